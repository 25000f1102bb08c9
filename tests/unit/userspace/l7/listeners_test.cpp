// (address, port) and server name -> frontend, and what a delta rebuilds.
#include "userspace/l7/listeners.h"

#include <gtest/gtest.h>

#include "tests/unit/userspace/l7/frontend_model.h"

namespace sluice::l7 {
namespace {

using test::FrontendModel;

class ListenersTest : public testing::Test {
 protected:
  static transport::Address at(std::uint16_t port) { return transport::Address::loopback(AF_INET, port); }
  static SocketAddress place(std::uint16_t port) { return SocketAddress::make(at(port).ip(), port); }
  std::string frontend_of(const Listeners& listeners, std::uint16_t port, std::string_view name) {
    const PortListeners* found = listeners.find(place(port));
    const TlsListener* listener = found == nullptr ? nullptr : found->select(name);
    return listener == nullptr ? "" : listener->frontend;
  }
  FrontendModel model_;
  TlsKeysBuilder keys_;
  ListenersBuilder builder_{keys_};
};

TEST_F(ListenersTest, TheMostSpecificHostnameOfThePortTakesTheName) {
  model_.passthrough("exact", at(443), "a.b.example");
  model_.passthrough("long", at(443), "*.b.example");
  model_.passthrough("short", at(443), "*.example");
  model_.passthrough("other", at(8443), "");
  const auto listeners = builder_.update(model_.store(), {});
  EXPECT_EQ(frontend_of(*listeners, 443, "a.b.example"), "frontend/exact");
  EXPECT_EQ(frontend_of(*listeners, 443, "x.b.example"), "frontend/long");
  EXPECT_EQ(frontend_of(*listeners, 443, "b.example"), "frontend/short");
  EXPECT_EQ(frontend_of(*listeners, 443, "example"), "");
  EXPECT_EQ(frontend_of(*listeners, 443, ""), "");
  EXPECT_EQ(frontend_of(*listeners, 8443, ""), "frontend/other");
  EXPECT_EQ(listeners->find(place(80)), nullptr);
}

TEST_F(ListenersTest, TcpAndUdpAreNotTheEngines) {
  model_.passthrough("l4", at(53), "").set_protocol(model::v1::UDP);
  EXPECT_EQ(builder_.update(model_.store(), {})->find(place(53)), nullptr);
}

TEST_F(ListenersTest, TlsThatGoesOnAsTcpIsRefusedAndSaysSo) {
  auto& frontend = model_.passthrough("t", at(443), "");
  frontend.set_l4("l4/t");
  const auto listeners = builder_.update(model_.store(), {});
  const TlsListener* listener = listeners->find(place(443))->select("a.example");
  ASSERT_NE(listener, nullptr);
  EXPECT_EQ(listener->passthrough, nullptr);
  EXPECT_EQ(listener->keys, nullptr);
  EXPECT_EQ(listeners->errors().at("frontend/t"),
            "TLS that ends here and goes on as TCP is not supported: connections are refused");
}

TEST_F(ListenersTest, AChangeRebuildsItsOwnPortAndSharesTheRest) {
  model_.passthrough("one", at(443), "");
  model_.passthrough("two", at(8443), "");
  model_.sni_entry("one", "", {{"b", 1}});
  model_.backend("b", {at(1)});
  model::Store store = model_.store();
  const auto before = builder_.update(store, {});
  model::v1::Delta delta;
  delta.set_base_generation(1);
  delta.set_generation(2);
  auto& endpoints = *delta.add_changed();
  endpoints.set_name("endpoints/b");
  endpoints.set_hash("new");
  endpoints.mutable_endpoints();
  ASSERT_TRUE(store.apply(delta));
  const auto after = builder_.update(store, {"endpoints/b"});
  EXPECT_EQ(after->find(place(8443)), before->find(place(8443)));
  EXPECT_NE(after->find(place(443)), before->find(place(443)));
  const auto choose = [&](const Listeners& listeners) {
    return listeners.find(place(443))->select("")->passthrough->choose("").refusal;
  };
  EXPECT_EQ(choose(*before), passthrough::Reason::kForwarded);
  EXPECT_EQ(choose(*after), passthrough::Reason::kNoEndpoints);
}

TEST_F(ListenersTest, APassthroughFrontendHasTheEndpointsThatItPrefers) {
  model_.passthrough("near", at(443), "").set_distribution(model::v1::Frontend::PREFER_LOCAL);
  model_.passthrough("wide", at(8443), "");
  for (const auto* name : {"near", "wide"}) model_.sni_entry(name, "", {{"b", 1}});
  model_.backend("b", {at(1), at(2)}, {"there", "here"});
  ListenersBuilder builder(keys_, "here");
  const auto listeners = builder.update(model_.store(), {});
  const auto ready = [&](std::uint16_t port) {
    return listeners->find(place(port))->select("")->passthrough->choose("").backend->ready;
  };
  ASSERT_EQ(ready(443).size(), 1U);
  EXPECT_EQ(ready(443)[0].port(), 2);
  EXPECT_EQ(ready(8443).size(), 2U);
}

TEST_F(ListenersTest, AFrontendThatMovesLeavesItsOldPort) {
  model_.passthrough("one", at(443), "");
  model::Store store = model_.store();
  builder_.update(store, {});
  FrontendModel next;
  next.passthrough("one", at(8443), "");
  model::v1::Delta delta;
  delta.set_base_generation(1);
  delta.set_generation(2);
  const model::v1::Model built = next.build();
  for (const auto& resource : built.resources()) *delta.add_changed() = resource;
  ASSERT_TRUE(store.apply(delta));
  const auto after = builder_.update(store, {"frontend/one", "sni/one"});
  EXPECT_EQ(after->find(place(443)), nullptr);
  EXPECT_EQ(frontend_of(*after, 8443, "x"), "frontend/one");
}

}  // namespace
}  // namespace sluice::l7
