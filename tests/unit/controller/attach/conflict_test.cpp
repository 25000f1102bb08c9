// Listeners that the schemas do not let into one Gateway, but that a Gateway and its ListenerSets, or Gateways on one
// address, can have; and those that a source without schemas could deliver (controller/attach/conflict.h).
#include "controller/attach/conflict.h"

#include <gtest/gtest.h>

#include <deque>

#include "controller/attach/neighbours.h"

namespace sluice::attach {
namespace {

class Conflicts : public testing::Test {
 protected:
  static ListenerFacts listener(std::string name, ListenerProtocol protocol, std::int32_t port,
                                std::string hostname = {}) {
    api::Listener object{.name = std::move(name), .port = port, .protocol = "any"};
    return {.listener = std::make_shared<const api::Listener>(std::move(object)),
            .protocol = protocol,
            .hostname = std::move(hostname),
            .passthrough = protocol == ListenerProtocol::Tls};
  }

  /// Gateways; a smaller name goes first.
  void owner(const std::string& name, std::vector<ListenerFacts> listeners,
             std::vector<std::string> addresses = {"192.0.2.1"}) {
    const auto& kept = listeners_.emplace_back(std::move(listeners));
    const api::ObjectRef ref{"Gateway", "edge", name};
    Precedence precedence;
    precedence.gateway = {"", {"edge", name}};
    neighbours_.set(
        ref, Owner{ref, precedence, std::make_shared<const std::vector<std::string>>(std::move(addresses)), kept});
    neighbours_.settle();
  }

  const Neighbourhood* of(const std::string& owner, const std::string& listener) {
    const auto found = neighbours_.all().find({{"Gateway", "edge", owner}, listener});
    return found == neighbours_.all().end() ? nullptr : &found->second;
  }

  /// The reason of the listener's conflict; "" where it has none.
  std::string conflict(const std::string& owner, const std::string& listener) {
    const auto* found = of(owner, listener);
    if (found == nullptr || !found->conflict) return "";
    return boost::describe::enum_to_string(found->conflict->reason, "?");
  }

  std::deque<std::vector<ListenerFacts>> listeners_;
  Neighbours neighbours_;
};

TEST_F(Conflicts, InOneOwnerHaveNoWinner) {
  owner("a-one",
        {listener("a", ListenerProtocol::Http, 80, "x.example"), listener("b", ListenerProtocol::Http, 80, "x.example"),
         listener("c", ListenerProtocol::Http, 80, "y.example")});
  EXPECT_EQ(conflict("a-one", "a"), "HostnameConflict");
  EXPECT_EQ(conflict("a-one", "b"), "HostnameConflict");
  EXPECT_EQ(conflict("a-one", "c"), "");
}

TEST_F(Conflicts, OfTcpListenersOnOnePort) {
  owner("a-one", {listener("a", ListenerProtocol::Tcp, 80), listener("b", ListenerProtocol::Tcp, 80)});
  EXPECT_EQ(conflict("a-one", "a"), "ListenerConflict");
  EXPECT_EQ(conflict("a-one", "b"), "ListenerConflict");
}

TEST_F(Conflicts, AreNotBetweenTcpAndUdp) {
  owner("a-one", {listener("a", ListenerProtocol::Tcp, 53), listener("b", ListenerProtocol::Udp, 53)});
  EXPECT_EQ(conflict("a-one", "a"), "");
  EXPECT_EQ(conflict("a-one", "b"), "");
}

TEST_F(Conflicts, OfTwoOwnersAreWonByTheEarlier) {
  owner("a-one", {listener("a", ListenerProtocol::Http, 80)});
  owner("b-two", {listener("a", ListenerProtocol::Http, 80)});
  EXPECT_EQ(conflict("a-one", "a"), "");
  EXPECT_EQ(conflict("b-two", "a"), "HostnameConflict");
}

TEST_F(Conflicts, AreNotWithWhatLostElsewhere) {
  owner("a-one", {listener("a", ListenerProtocol::Http, 80)}, {"192.0.2.1"});
  owner("b-two", {listener("tcp", ListenerProtocol::Tcp, 80)}, {"192.0.2.1", "192.0.2.2"});
  owner("c-three", {listener("a", ListenerProtocol::Http, 80)}, {"192.0.2.2"});
  EXPECT_EQ(conflict("b-two", "tcp"), "ProtocolConflict");
  EXPECT_EQ(conflict("c-three", "a"), "");
}

TEST_F(Conflicts, AreAlsoWithWhatIsIndistinctByItself) {
  owner("a-one", {listener("a", ListenerProtocol::Tcp, 80), listener("b", ListenerProtocol::Tcp, 80)});
  owner("b-two", {listener("late", ListenerProtocol::Tcp, 80)});
  EXPECT_EQ(conflict("b-two", "late"), "ListenerConflict");
}

TEST_F(Conflicts, AreNotBetweenAddresses) {
  owner("a-one", {listener("a", ListenerProtocol::Http, 80)}, {"192.0.2.1"});
  owner("b-two", {listener("a", ListenerProtocol::Http, 80)}, {"2001:db8::1"});
  EXPECT_EQ(conflict("b-two", "a"), "");
}

TEST_F(Conflicts, KeepAListenerFromOverlapping) {
  owner("a-one", {listener("a", ListenerProtocol::Https, 443, "x.example"),
                  listener("b", ListenerProtocol::Tls, 443, "x.example"),
                  listener("c", ListenerProtocol::Https, 443, "*.example")});
  ASSERT_NE(of("a-one", "a"), nullptr);
  EXPECT_FALSE(of("a-one", "a")->overlap);
  EXPECT_EQ(of("a-one", "c"), nullptr);
}

TEST_F(Conflicts, OfTlsHostnamesThatAWildcardCoversAreAnOverlapInstead) {
  owner("a-one", {listener("a", ListenerProtocol::Https, 443, "b.x.example"),
                  listener("w", ListenerProtocol::Https, 443, "*.example"),
                  listener("o", ListenerProtocol::Https, 443, "x.test")});
  ASSERT_NE(of("a-one", "a"), nullptr);
  EXPECT_TRUE(of("a-one", "a")->overlap);
  ASSERT_NE(of("a-one", "w"), nullptr);
  EXPECT_TRUE(of("a-one", "w")->overlap);
  EXPECT_EQ(of("a-one", "o"), nullptr);
}

}  // namespace
}  // namespace sluice::attach
