// What nodes have acknowledged, as what Programmed is made from.
#include "controller/daemon/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::daemon {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using State = status::DataPlane::State;

const api::ObjectRef kOne{"Gateway", "edge", "one"};
const api::ObjectRef kTwo{"Gateway", "edge", "two"};

const address::Owners kOwners{{"10.0.0.1", "a"}, {"10.0.0.2", "a"}};

attach::Graph graph() {
  attach::Graph out;
  for (const auto& [ref, address] : {std::pair{kOne, "10.0.0.1"}, std::pair{kTwo, "10.0.0.2"}}) {
    auto& gateway = out.gateways[{ref.namespace_, ref.name}];
    gateway.ref = ref;
    gateway.accepted = true;
    gateway.addresses = {address};
    gateway.listeners = {{ref, "http"}, {{"ListenerSet", "edge", "set-" + ref.name}, "extra"}};
  }
  return out;
}

model::v1::Delta delta(std::uint64_t generation, const std::vector<std::string>& changed,
                       const std::vector<std::string>& removed = {}) {
  model::v1::Delta out;
  out.set_generation(generation);
  for (const auto& name : changed) out.add_changed()->set_name(name);
  for (const auto& name : removed) out.add_removed(name);
  return out;
}

publish::NodeState at(std::uint64_t generation) {
  return {.live = true, .generation = generation};
}

TEST(ProgressTest, WithoutALiveNodeThereAreNoResources) {
  Progress progress;
  progress.published(delta(1, {"frontend/edge/Gateway/one/http"}), graph(), {});
  EXPECT_EQ(progress.data_plane(graph(), kOwners, {}).state, State::NoResources);
  EXPECT_EQ(progress.data_plane(graph(), kOwners, {{"a", {.live = false, .generation = 1}}}).state, State::NoResources);
  EXPECT_FALSE(progress.is_everywhere({}));
}

TEST(ProgressTest, AGatewayWaitsForTheNodesThatLackItsFrontendOrItsVip) {
  Progress progress;
  progress.published(delta(1, {"frontend/edge/Gateway/one/http", "frontend/edge/Gateway/two/http"}), graph(), {});
  progress.published(delta(2, {"frontend/edge/Gateway/one/http"}), graph(), {});
  auto plane = progress.data_plane(graph(), kOwners, {{"a", at(1)}, {"b", at(2)}, {"c", at(1)}});
  EXPECT_EQ(plane.state, State::Programmed);
  EXPECT_THAT(plane.pending, ElementsAre(Pair(kOne, "waiting for nodes a, c")));
  progress.published(delta(3, {"vip/10.0.0.2"}), graph(), {});
  plane = progress.data_plane(graph(), kOwners, {{"a", at(2)}, {"b", at(3)}});
  EXPECT_THAT(plane.pending, ElementsAre(Pair(kTwo, "waiting for node a")));
  EXPECT_FALSE(progress.is_everywhere({{"a", at(2)}, {"b", at(3)}}));
  EXPECT_TRUE(progress.is_everywhere({{"a", at(3)}, {"b", at(3)}, {"dead", {.live = false}}}));
}

TEST(ProgressTest, ListenerSetsCountAndRoutesAndEndpointsDoNot) {
  Progress progress;
  progress.published(delta(1, {"frontend/edge/ListenerSet/set-one/extra"}), graph(), {});
  EXPECT_THAT(progress.data_plane(graph(), kOwners, {{"a", at(0)}}).pending,
              ElementsAre(Pair(kOne, "waiting for node a")));
  progress.published(delta(2, {"http/edge/Gateway/two/http", "endpoints/edge/web:80/tcp"}), graph(), {});
  EXPECT_THAT(progress.data_plane(graph(), kOwners, {{"a", at(1)}}).pending, IsEmpty());
  progress.published(delta(3, {}, {"frontend/edge/Gateway/two/http"}), graph(), {});
  EXPECT_THAT(progress.data_plane(graph(), kOwners, {{"a", at(2)}}).pending,
              ElementsAre(Pair(kTwo, "waiting for node a")));
}

TEST(ProgressTest, OnlyNodesThatServeAGatewayHoldItBack) {
  Progress progress;
  progress.published(delta(1, {"frontend/edge/Gateway/one/http"}), graph(), {{{"edge", "one"}, {"b"}}});
  EXPECT_THAT(progress.data_plane(graph(), kOwners, {{"a", at(0)}, {"b", at(1)}}).pending, IsEmpty());
  EXPECT_THAT(progress.data_plane(graph(), kOwners, {{"a", at(1)}}).pending,
              ElementsAre(Pair(kOne, "no node that its SluiceParameters select is there to serve it")));
}

TEST(ProgressTest, ANodeThatServesAGatewaySinceHoldsItBackThoughTheModelIsTheSame) {
  Progress progress;
  progress.published(delta(1, {"frontend/edge/Gateway/one/http"}), graph(), {{{"edge", "one"}, {"a"}}});
  progress.published(delta(2, {}), graph(), {{{"edge", "one"}, {"a", "b"}}});
  EXPECT_THAT(progress.data_plane(graph(), kOwners, {{"a", at(2)}, {"b", at(1)}}).pending,
              ElementsAre(Pair(kOne, "waiting for node b")));
  progress.published(delta(3, {}), graph(), {});
  EXPECT_THAT(progress.data_plane(graph(), kOwners, {{"a", at(3)}, {"b", at(3)}, {"c", at(2)}}).pending,
              ElementsAre(Pair(kOne, "waiting for node c")));
}

TEST(ProgressTest, AnAddressThatNobodyAnswersForHoldsItsGatewayBack) {
  Progress progress;
  progress.published(delta(1, {"frontend/edge/Gateway/one/http"}), graph(), {});
  const Progress::Nodes nodes{{"a", at(1)}, {"b", at(1)}, {"gone", {.live = false, .generation = 1}}};
  EXPECT_THAT(progress.data_plane(graph(), {{"10.0.0.1", "b"}, {"10.0.0.2", ""}}, nodes).pending,
              ElementsAre(Pair(kTwo, "no node answers for 10.0.0.2")));
  EXPECT_THAT(progress.data_plane(graph(), {{"10.0.0.1", "gone"}, {"10.0.0.2", "never"}}, nodes).pending,
              ElementsAre(Pair(kOne, "node gone, which answers for 10.0.0.1, is not connected"),
                          Pair(kTwo, "node never, which answers for 10.0.0.2, is not connected")));
  EXPECT_THAT(progress.data_plane(graph(), {{"10.0.0.1", "a"}}, nodes).pending,
              ElementsAre(Pair(kTwo, "no node answers for 10.0.0.2")));
  auto refused = graph();
  refused.gateways.at({"edge", "two"}).accepted = false;
  EXPECT_THAT(unanswered(refused, {{"10.0.0.1", "a"}}, nodes), IsEmpty());
}

TEST(ProgressTest, RefusalsNameTheirNodes) {
  Progress progress;
  auto a = at(1);
  a.refused = {{"frontend/edge/Gateway/one/http", "no"}};
  auto b = at(1);
  b.refused = {{"frontend/edge/Gateway/one/http", "port is taken"}};
  auto gone = a;
  gone.live = false;
  EXPECT_THAT(progress.data_plane(graph(), kOwners, {{"a", a}, {"b", b}, {"c", gone}}).refused,
              ElementsAre(Pair("frontend/edge/Gateway/one/http", "node a: no; node b: port is taken")));
}

TEST(ProgressTest, AnOwnerThatLivesByItsLeaseIsWaitedForAsLongAsItMayCome) {
  const Presence::Time start{1h};
  const address::Owners owners{{"10.0.0.1", "a"}, {"10.0.0.2", "b"}};
  lease::NodeLives lives;
  lives.nodes["a"].is_live = lives.nodes["b"].is_live = true;
  Presence presence;
  presence.lead(start);
  presence.heard({"a"}, start + 1s);
  EXPECT_EQ(owners_awaited(graph(), owners, lives, presence, start + 6s), start + 31s) << "b may come";
  EXPECT_FALSE(owners_awaited(graph(), owners, lives, presence, start + 31s));
  presence.heard({"a", "b"}, start + 40s);
  EXPECT_FALSE(owners_awaited(graph(), owners, lives, presence, start + 41s));
  presence.heard({"b"}, start + 50s);
  EXPECT_EQ(owners_awaited(graph(), owners, lives, presence, start + 51s), start + 61s) << "a may come back";
  lives.nodes["a"].is_live = false;
  EXPECT_FALSE(owners_awaited(graph(), owners, lives, presence, start + 51s)) << "its Lease says that it does not";
  EXPECT_FALSE(owners_awaited(graph(), {{"10.0.0.1", ""}}, lives, presence, start + 51s)) << "nobody's";
  EXPECT_FALSE(owners_awaited({}, owners, lives, presence, start + 6s)) << "of no Gateway";
}

TEST(ProgressTest, ANodeWhoseStreamWasBrokenMayFallBehind) {
  const publish::NodeState gone{.live = false, .generation = 3};
  EXPECT_TRUE(has_fallen_behind({{"a", at(3)}}, {{"a", at(0)}}));
  EXPECT_FALSE(has_fallen_behind({{"a", at(3)}}, {{"a", at(3)}}));
  EXPECT_FALSE(has_fallen_behind({{"a", at(3)}}, {{"a", at(4)}, {"b", at(0)}})) << "b is new";
  EXPECT_FALSE(has_fallen_behind({{"a", at(3)}, {"b", gone}}, {{"a", gone}, {"b", at(0)}}));
}

TEST(ProgressTest, NodesServeWhatSelectsThemAndWhatSelectsNobody) {
  const auto who = serving_of(graph(), {{{"edge", "one"}, {"b"}}}, {"a", "b"});
  ASSERT_EQ(who.nodes.size(), 2U);
  EXPECT_FALSE(who.nodes.at("a").all);
  EXPECT_THAT(who.nodes.at("a").frontends,
              ElementsAre("frontend/edge/Gateway/two/http", "frontend/edge/ListenerSet/set-two/extra"));
  EXPECT_FALSE(who.nodes.at("b").all);
  EXPECT_THAT(who.nodes.at("b").frontends,
              ElementsAre("frontend/edge/Gateway/one/http", "frontend/edge/Gateway/two/http",
                          "frontend/edge/ListenerSet/set-one/extra", "frontend/edge/ListenerSet/set-two/extra"));
}

TEST(ProgressTest, WhatIsNoNodeServesNothing) {
  for (const Serving& serving : {Serving{}, Serving{{{"edge", "one"}, {"a", "removed"}}}}) {
    const auto who = serving_of(graph(), serving, {"a"});
    EXPECT_FALSE(who.others.all);
    EXPECT_THAT(who.others.frontends, IsEmpty());
    EXPECT_FALSE(who.nodes.contains("removed"));
  }
  EXPECT_TRUE(serving_of(graph(), {}, {"a"}).nodes.at("a").all);
}

}  // namespace
}  // namespace sluice::daemon
