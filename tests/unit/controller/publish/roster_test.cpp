// Who is live, who is given what, and that nobody waits for anybody.
#include "controller/publish/roster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/controller/publish/scripted_node.h"

namespace sluice::publish {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class FakeStream : public Stream {
 public:
  void wake() override { is_awake = true; }
  void end(const std::string& why) override { ended = why; }
  bool is_awake = false;
  std::string ended;
};

class RosterTest : public ::testing::Test {
 protected:
  /// A node and its stream.
  struct Peer {
    explicit Peer(const std::string& name) : node(name) {}
    ScriptedNode node;
    FakeStream stream;
  };
  static constexpr auto kNever = Roster::WallClock::time_point::max();

  Given take(Peer& peer) {
    Given given;
    while (const auto message = roster.next(peer.stream)) peer.node.take(*message, given);
    return given;
  }
  void say(Peer& peer, control::v1::NodeMessage message) { roster.receive(peer.stream, std::move(message), now); }
  void open(Peer& peer, const std::string& name) { roster.open(peer.stream, name, kNever, now); }
  void bring_up(Peer& peer, const std::string& name) {
    open(peer, name);
    say(peer, peer.node.hello());
    if (take(peer).asks > 0) say(peer, peer.node.holding());
    take(peer);
    say(peer, peer.node.ack());
  }
  void tick() { roster.tick(now, wall); }
  void pass(seconds time) {
    now += time;
    wall += time;
    tick();
  }

  Roster::Clock::time_point now{std::chrono::hours(1)};
  Roster::WallClock::time_point wall{std::chrono::hours(1)};
  std::map<std::string, NodeState> nodes;
  std::map<std::string, std::string> troubles;
  Roster roster{PublisherTiming(),
                [this](const std::string& node, const std::optional<NodeState>& state) {
                  if (state) {
                    nodes[node] = *state;
                  } else {
                    nodes.erase(node);
                  }
                },
                [this](const std::string& node, const std::string& what) { troubles[node] = what; }};
  Peer a{"a"}, b{"b"};
};

class LeadingTest : public RosterTest {
 protected:
  LeadingTest() {
    roster.lead(3);
    roster.publish(delta(1, whole("x", "10.0.0.1")));
  }
};

TEST_F(LeadingTest, ANodeThatHoldsAllIsLiveAtItsGeneration) {
  bring_up(a, "a");
  EXPECT_EQ(nodes.at("a"), (NodeState{.live = true, .generation = 1}));
  roster.publish(delta(2, {endpoints("x", 2)}));
  EXPECT_TRUE(a.stream.is_awake);
  const auto given = take(a);
  ASSERT_THAT(given.transactions, SizeIs(1));
  EXPECT_EQ(given.epoch.transitions(), 3);
  EXPECT_EQ(given.epoch.sequence(), 2);
  EXPECT_EQ(nodes.at("a").generation, 1);
  say(a, a.node.ack({{"l4/x", "no"}}));
  EXPECT_EQ(nodes.at("a"), (NodeState{.live = true, .generation = 2, .refused = {{"l4/x", "no"}}}));
}

TEST_F(LeadingTest, ANodeThatTakesNothingHoldsNobodyBackAndIsOwedTheNewestAlone) {
  bring_up(a, "a");
  bring_up(b, "b");
  for (unsigned i = 2; i < 500; ++i) {
    roster.publish(delta(i, {endpoints("x", i)}));
    ASSERT_THAT(take(b).transactions, SizeIs(1)) << i;
    say(b, b.node.ack());
    ASSERT_EQ(nodes.at("b").generation, i);
  }
  EXPECT_EQ(nodes.at("a").generation, 1);
  const auto given = take(a);
  ASSERT_THAT(given.transactions, SizeIs(1));
  EXPECT_EQ(given.transactions[0].changed[0].endpoints().endpoints(0).port(), 499);
}

TEST_F(LeadingTest, KeysAndSourcesGoToThoseAloneWhoNeedThem) {
  roster.set_serving({{"a", {.all = false, .frontends = {"frontend/x"}}}}, {.all = false});
  roster.publish(delta(2, {frontend("x", "10.0.0.1", "x", {"k"}), key("k"), vip("10.0.0.1", "a"),
                           source("a", "10.0.1.1"), source("b", "10.0.1.2")}));
  bring_up(a, "a");
  bring_up(b, "b");
  const auto names = [](const Peer& peer) {
    Names out;
    for (const auto& [name, hash] : peer.node.held) out.push_back(name);
    return out;
  };
  EXPECT_THAT(names(a),
              ElementsAre("backend/x", "endpoints/x", "frontend/x", "key/k", "l4/x", "source/a", "vip/10.0.0.1"));
  EXPECT_THAT(names(b), ElementsAre("source/b"));
  roster.publish(delta(3, {key("k", "new"), source("b", "10.0.1.3")}));
  EXPECT_THAT(take(a).transactions[0].names(), ElementsAre("key/k"));
  EXPECT_THAT(take(b).transactions[0].names(), ElementsAre("source/b"));
  say(a, a.node.ack());
  say(b, b.node.ack());
  roster.set_serving({{"b", {.all = false, .frontends = {"frontend/x"}}}}, {.all = false});
  EXPECT_THAT(take(a).transactions[0].removed, SizeIs(6));
  EXPECT_THAT(take(b).transactions[0].changed, SizeIs(6));
  say(a, a.node.ack());
  say(b, b.node.ack());
  EXPECT_THAT(names(a), ElementsAre("source/a"));
  EXPECT_EQ(nodes.at("b").generation, 3);
}

TEST_F(LeadingTest, ASilentNodeIsNotLiveAndLaterLeft) {
  bring_up(a, "a");
  bring_up(b, "b");
  for (int i = 0; i < 4; ++i) {
    pass(seconds(1));
    say(b, ScriptedNode::heartbeat());
  }
  EXPECT_TRUE(nodes.at("a").live);
  pass(seconds(1));
  EXPECT_FALSE(nodes.at("a").live);
  EXPECT_TRUE(nodes.at("b").live);
  roster.publish(delta(2, {key("unused")}));
  EXPECT_FALSE(nodes.at("a").live) << "what is published is no sign of life";
  say(a, ScriptedNode::heartbeat());
  EXPECT_TRUE(nodes.at("a").live);
  for (int i = 0; i < 15; ++i) {
    pass(seconds(1));
    say(b, ScriptedNode::heartbeat());
  }
  EXPECT_NE(a.stream.ended, "");
  EXPECT_NE(troubles.at("a"), "");
  EXPECT_EQ(b.stream.ended, "");
  pass(seconds(3600));
  EXPECT_FALSE(nodes.contains("a")) << "forgotten";
}

TEST_F(LeadingTest, AStreamThatBreaksAndComesBackMakesNoDifference) {
  bring_up(a, "a");
  roster.close(a.stream);
  pass(seconds(2));
  EXPECT_EQ(nodes.at("a"), (NodeState{.live = true, .generation = 1}));
  FakeStream again;
  roster.open(again, "a", kNever, now);
  roster.receive(again, a.node.hello(), now);
  EXPECT_EQ(nodes.at("a"), (NodeState{.live = true, .generation = 1}));
  Given given;
  while (const auto message = roster.next(again)) a.node.take(*message, given);
  EXPECT_EQ(given.asks, 0);
  EXPECT_THAT(given.transactions, IsEmpty());
}

TEST_F(LeadingTest, WhatANodeRefusedIsRefusedUntilItAnswersAgain) {
  bring_up(a, "a");
  const NodeState refuses{.live = true, .generation = 1, .refused = {{"l4/x", "no"}}};
  say(a, a.node.ack({{"l4/x", "no"}}));
  EXPECT_EQ(nodes.at("a"), refuses);
  roster.close(a.stream);
  FakeStream again;
  roster.open(again, "a", kNever, now);
  ScriptedNode restarted("a");  // from its saved model
  restarted.held = a.node.held;
  roster.receive(again, restarted.hello(), now);
  EXPECT_EQ(nodes.at("a"), refuses);
  roster.receive(again, restarted.ack(), now);
  EXPECT_EQ(nodes.at("a"), (NodeState{.live = true, .generation = 1}));
}

TEST_F(LeadingTest, ANodeThatComesBackWithLessIsAtNoGeneration) {
  bring_up(a, "a");
  roster.close(a.stream);
  FakeStream again;
  ScriptedNode empty("a");
  roster.open(again, "a", kNever, now);
  EXPECT_EQ(nodes.at("a").generation, 1) << "nothing is known of it yet";
  roster.receive(again, empty.hello(), now);
  EXPECT_EQ(nodes.at("a").generation, 0);
}

TEST_F(LeadingTest, AnotherStreamOfANodeReplacesTheFirst) {
  bring_up(a, "a");
  FakeStream second;
  roster.open(second, "a", kNever, now);
  EXPECT_NE(a.stream.ended, "");
  EXPECT_FALSE(roster.next(a.stream).has_value());
  EXPECT_TRUE(roster.next(second).has_value());
  roster.close(a.stream);
  roster.receive(second, a.node.hello(), now);
  EXPECT_EQ(second.ended, "") << "the end of the first is not that of the second";
}

TEST_F(LeadingTest, AStreamNeedsHelloSoonAndACertificateThatIsValid) {
  open(a, "a");
  roster.open(b.stream, "b", wall + seconds(100), now);
  say(b, b.node.hello());
  pass(seconds(10));
  EXPECT_NE(a.stream.ended, "");
  for (int i = 0; i < 89; ++i) {
    say(b, ScriptedNode::heartbeat());
    pass(seconds(1));
  }
  EXPECT_EQ(b.stream.ended, "");
  say(b, ScriptedNode::heartbeat());
  pass(seconds(1));
  EXPECT_NE(b.stream.ended, "");
}

TEST_F(LeadingTest, EachSecondANodeIsGivenAHeartbeat) {
  bring_up(a, "a");
  tick();
  take(a);
  for (int i = 0; i < 3; ++i) {
    say(a, ScriptedNode::heartbeat());
    pass(seconds(1));
    EXPECT_EQ(take(a).beats, 1);
  }
}

TEST_F(LeadingTest, WhatIsNotOfTheProtocolEndsTheStream) {
  bring_up(a, "a");
  say(a, a.node.holding());
  EXPECT_NE(a.stream.ended, "");
  EXPECT_NE(troubles.at("a"), "");
}

TEST_F(LeadingTest, WhoFollowsSendsItsNodesOnAndKnowsThemNoMore) {
  bring_up(a, "a");
  roster.follow("10.0.0.7:8443");
  EXPECT_THAT(nodes, IsEmpty());
  EXPECT_EQ(take(a).redirect, "10.0.0.7:8443");
  EXPECT_TRUE(roster.is_over(a.stream));
  open(b, "b");
  EXPECT_EQ(take(b).redirect, "10.0.0.7:8443");
}

TEST_F(RosterTest, WhoNeitherLeadsNorFollowsKnowsNoLeader) {
  open(a, "a");
  EXPECT_EQ(take(a).redirect, "");
}

TEST_F(RosterTest, ANewLeaderGivesNothingToWhoHasAll) {
  roster.publish(delta(40, whole("x", "10.0.0.1")));
  roster.publish(delta(41, {endpoints("x", 9)}));
  roster.lead(4);
  a.node.generation = 1234;
  for (const auto& resource : whole("x", "10.0.0.1")) a.node.held[resource.name()] = resource.hash();
  a.node.held["endpoints/x"] = endpoints("x", 9).hash();
  open(a, "a");
  say(a, a.node.hello());
  const auto given = take(a);
  EXPECT_EQ(given.asks, 0);
  EXPECT_THAT(given.transactions, IsEmpty());
  EXPECT_EQ(nodes.at("a"), (NodeState{.live = true, .generation = 0})) << "what of that it refuses is not known";
  say(a, a.node.ack({{"l4/x", "no"}}));
  EXPECT_EQ(nodes.at("a"), (NodeState{.live = true, .generation = 41, .refused = {{"l4/x", "no"}}}));
  roster.publish(delta(42, {endpoints("x", 10)}));
  EXPECT_EQ(take(a).transactions[0].base, 1234);
}

TEST_F(RosterTest, NodesWaitForTheFirstModel) {
  roster.lead(1);
  open(a, "a");
  say(a, a.node.hello());
  auto given = take(a);
  EXPECT_EQ(given.asks, 0);
  EXPECT_EQ(nodes.at("a"), (NodeState{.live = true, .generation = 0}));
  roster.publish(delta(1, {}));
  given = take(a);
  EXPECT_THAT(given.transactions, IsEmpty()) << "an empty node has the empty model";
  say(a, a.node.ack());
  EXPECT_EQ(nodes.at("a").generation, 1);
}

}  // namespace
}  // namespace sluice::publish
