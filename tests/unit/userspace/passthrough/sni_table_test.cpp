// Server name -> entry -> backend: names by specificity, shares by weight, refusals by reason.
#include "userspace/passthrough/sni_table.h"

#include <map>

#include <gtest/gtest.h>

namespace sluice::passthrough {
namespace {

class SniTableTest : public testing::Test {
 protected:
  model::v1::Resource& add(const std::string& name) {
    auto& resource = *model_.add_resources();
    resource.set_name(name);
    return resource;
  }
  void backend(const std::string& name, const std::vector<int>& ports) {
    add("backend/" + name).mutable_backend()->set_endpoints("endpoints/" + name);
    auto& endpoints = *add("endpoints/" + name).mutable_endpoints();
    for (const int port : ports) {
      auto& endpoint = *endpoints.add_endpoints();
      endpoint.mutable_address()->set_ip(std::string("\x7f\0\0\1", 4));
      endpoint.set_port(static_cast<std::uint32_t>(port));
    }
  }
  model::v1::SniEntry& entry(const std::string& hostname,
                             const std::vector<std::pair<std::string, std::uint32_t>>& backends) {
    auto& made = *sni_.add_entries();
    made.set_rank(static_cast<std::uint32_t>(sni_.entries_size() - 1));
    made.set_hostname(hostname);
    for (const auto& [name, weight] : backends) {
      auto& share = *made.add_backends();
      share.set_backend("backend/" + name);
      share.set_weight(weight);
    }
    return made;
  }
  model::Store store() {
    *add("sni/t").mutable_sni() = sni_;
    for (auto& resource : *model_.mutable_resources()) resource.set_hash(resource.SerializeAsString());
    model_.set_generation(1);
    model::Store store;
    (void)store.apply(model::as_delta(model_));
    return store;
  }
  std::shared_ptr<const SniTable> table() { return builder_.build(store(), "sni/t"); }

  model::v1::Model model_;
  model::v1::SniTable sni_;
  SniTableBuilder builder_;
};

TEST_F(SniTableTest, AnExactNameGoesBeforeTheLongestWildcardBeforeNone) {
  for (const char* name : {"exact", "long", "short", "any"}) backend(name, {1});
  entry("", {{"any", 1}});
  entry("*.example.com", {{"short", 1}});
  entry("*.a.example.com", {{"long", 1}});
  entry("x.a.example.com", {{"exact", 1}});
  const auto built = table();
  const auto chosen = [&](std::string_view name) { return built->choose(name).backend->name; };
  EXPECT_EQ(chosen("x.a.example.com"), "backend/exact");
  EXPECT_EQ(chosen("y.a.example.com"), "backend/long");
  EXPECT_EQ(chosen("z.y.a.example.com"), "backend/long");
  EXPECT_EQ(chosen("b.example.com"), "backend/short");
  EXPECT_EQ(chosen("example.com"), "backend/any");
  EXPECT_EQ(chosen(""), "backend/any");
}

TEST_F(SniTableTest, AHelloWithoutNameIsForARouteWithoutHostnamesAlone) {
  backend("b", {1});
  entry("*.example.com", {{"b", 1}});
  const auto built = table();
  EXPECT_EQ(built->choose("").refusal, Reason::kNoSni);
  EXPECT_EQ(built->choose("other.org").refusal, Reason::kUnknownName);
  EXPECT_EQ(built->choose("*.example.com").refusal, Reason::kForwarded);  // no client can say so: client_hello
}

TEST_F(SniTableTest, OfTwoRoutesWithOneNameTheSmallerRankServes) {
  backend("first", {1});
  backend("second", {1});
  entry("a.example", {{"second", 1}}).set_rank(7);
  entry("a.example", {{"first", 1}}).set_rank(3);
  EXPECT_EQ(table()->choose("a.example").backend->name, "backend/first");
}

TEST_F(SniTableTest, SharesAreExactInEveryRunOfAThousand) {
  for (const char* name : {"a", "b", "c", "never"}) backend(name, {1});
  entry("", {{"a", 1}, {"b", 2}, {"never", 0}, {"c", 7}});
  const auto built = table();
  for (int run = 0; run < 20; ++run) {
    std::map<std::string, int> hits;
    for (int i = 0; i < 1000; ++i) ++hits[built->choose("x").backend->name];
    EXPECT_NEAR(hits["backend/a"], 100, 4);
    EXPECT_NEAR(hits["backend/b"], 200, 4);
    EXPECT_NEAR(hits["backend/c"], 700, 4);
    EXPECT_FALSE(hits.contains("backend/never"));
  }
}

TEST_F(SniTableTest, AShareThatCannotBeServedIsRefusedAndNotGivenToOthers) {
  backend("good", {1});
  backend("empty", {});
  add("backend/bad").mutable_backend()->set_state(model::v1::Backend::INVALID);
  entry("", {{"good", 1}, {"empty", 1}, {"bad", 1}, {"missing", 1}});
  const auto built = table();
  std::map<Reason, int> refusals;
  for (int i = 0; i < 400; ++i) ++refusals[built->choose("x").refusal];
  EXPECT_NEAR(refusals[Reason::kForwarded], 100, 4);
  EXPECT_NEAR(refusals[Reason::kNoEndpoints], 100, 4);
  EXPECT_NEAR(refusals[Reason::kInvalidBackend], 200, 6);
}

TEST_F(SniTableTest, AnEntryWithoutWeightsHasNoBackend) {
  backend("a", {1});
  entry("", {{"a", 0}});
  EXPECT_EQ(table()->choose("x").refusal, Reason::kNoBackend);
}

TEST_F(SniTableTest, EndpointsThatAreNotReadyGetNoConnections) {
  backend("a", {1, 2, 3});
  model_.mutable_resources(1)->mutable_endpoints()->mutable_endpoints(1)->set_state(model::v1::Endpoint::DRAINING);
  entry("", {{"a", 1}});
  const auto built = table();
  ASSERT_EQ(built->backends()[0]->ready.size(), 2);
  EXPECT_EQ(built->backends()[0]->ready[1].port(), 3);
}

TEST_F(SniTableTest, EndpointsOfThePreferredNodeGetAllConnectionsWhileOneIsReady) {
  backend("a", {1, 2, 3});
  auto& list = *model_.mutable_resources(1)->mutable_endpoints();
  list.mutable_endpoints(0)->set_node("here");
  list.mutable_endpoints(1)->set_node("there");
  entry("", {{"a", 1}});
  const model::Store held = store();
  const auto near = builder_.build(held, "sni/t", "here");
  ASSERT_EQ(near->backends()[0]->ready.size(), 1);
  EXPECT_EQ(near->backends()[0]->ready[0].port(), 1);
  const auto everywhere = builder_.build(held, "sni/t");
  EXPECT_EQ(everywhere->backends()[0]->ready.size(), 3) << "another frontend of the same backend";
  EXPECT_EQ(&near->routes(), &everywhere->routes());
  EXPECT_EQ(builder_.build(held, "sni/t", "nowhere")->backends()[0]->ready.size(), 3);

  model_.clear_resources();
  model_.clear_generation();
  backend("a", {1, 2});
  auto& left = *model_.mutable_resources(1)->mutable_endpoints();
  left.mutable_endpoints(0)->set_node("here");
  left.mutable_endpoints(0)->set_state(model::v1::Endpoint::DRAINING);
  const auto after = builder_.build(store(), "sni/t", "here");
  ASSERT_EQ(after->backends()[0]->ready.size(), 1);
  EXPECT_EQ(after->backends()[0]->ready[0].port(), 2);
}

TEST_F(SniTableTest, EndpointsTakeTurns) {
  backend("a", {1, 2, 3});
  entry("", {{"a", 1}});
  const auto built = table();
  std::map<std::size_t, int> hits;
  for (int i = 0; i < 30; ++i) ++hits[built->choose("x").backend->next()];
  EXPECT_EQ(hits, (std::map<std::size_t, int>{{0, 10}, {1, 10}, {2, 10}}));
}

TEST_F(SniTableTest, WhatDidNotChangeIsTakenOver) {
  backend("a", {1});
  backend("b", {2});
  entry("", {{"a", 1}, {"b", 1}});
  model::Store held = store();
  const auto before = builder_.build(held, "sni/t");
  model::v1::Delta delta;
  delta.set_base_generation(1);
  delta.set_generation(2);
  auto& endpoints = *delta.add_changed();
  endpoints.set_name("endpoints/b");
  endpoints.set_hash("new");
  ASSERT_TRUE(held.apply(delta));
  const auto after = builder_.build(held, "sni/t");
  EXPECT_EQ(&after->routes(), &before->routes());
  EXPECT_EQ(after->backends()[0], before->backends()[0]);
  EXPECT_NE(after->backends()[1], before->backends()[1]);
  EXPECT_EQ(builder_.build(held, "sni/none"), nullptr);
}

}  // namespace
}  // namespace sluice::passthrough
