// A node is given what it lacks: once, in one transaction at a time, for what it says that it holds.
#include "controller/publish/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/controller/publish/scripted_node.h"

namespace sluice::publish {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using Refused = std::map<std::string, std::string>;

class SessionTest : public ::testing::Test {
 protected:
  SessionTest() { publish(1, joined(whole("a", "10.0.0.1"), std::vector{source("n", "10.0.1.1")})); }

  void publish(std::uint64_t generation, const std::vector<Resource>& changed, const Names& removed = {}) {
    const auto changes = catalogue.apply(delta(generation, changed, removed));
    auto touched = all.update(changes);
    for (const auto& change : changes) {
      if (change.name == "source/n") touched.insert(change.name);
    }
    session.changed(touched);
  }
  Given take(Session& from) {
    Given given;
    while (const auto message = from.next(epoch)) node.take(*message, given);
    return given;
  }
  Given take() { return take(session); }
  void say(const control::v1::NodeMessage& message) {
    const auto taken = session.receive(message);
    EXPECT_TRUE(taken) << taken.error();
  }
  /// Until the node holds all.
  void bring_up() {
    say(node.hello());
    if (take().asks > 0) say(node.holding());
    take();
    say(node.ack());
    ASSERT_EQ(session.generation(), catalogue.generation());
  }

  control::v1::Epoch epoch;
  Catalogue catalogue;
  View all{{}, catalogue};
  Session session{"n", catalogue, all};
  ScriptedNode node{"n"};
};

TEST_F(SessionTest, BeginsWithWelcomeAndItsEpoch) {
  epoch.set_transitions(7);
  epoch.set_sequence(3);
  const auto given = take();
  EXPECT_EQ(given.welcomes, 1);
  EXPECT_EQ(given.epoch.transitions(), 7);
  EXPECT_EQ(given.epoch.sequence(), 3);
  EXPECT_EQ(take().welcomes, 0);
}

TEST_F(SessionTest, AnEmptyNodeIsGivenAllInOneTransaction) {
  say(node.hello());
  EXPECT_EQ(take().asks, 1);
  say(node.holding());
  const auto given = take();
  ASSERT_THAT(given.transactions, SizeIs(1));
  EXPECT_THAT(given.transactions[0].names(), ElementsAre("backend/a", "endpoints/a", "frontend/a", "l4/a", "source/n"));
  EXPECT_EQ(given.transactions[0].base, 0);
  EXPECT_EQ(given.transactions[0].generation, 1);
  EXPECT_EQ(session.generation(), 0) << "before it is acknowledged";
  say(node.ack());
  EXPECT_EQ(session.generation(), 1);
}

TEST_F(SessionTest, ANodeThatHasAllIsAskedNothingAndGivenNothing) {
  bring_up();
  Session next("n", catalogue, all);
  ASSERT_TRUE(next.receive(node.hello()));
  const auto given = take(next);
  EXPECT_EQ(given.asks, 0);
  EXPECT_THAT(given.transactions, IsEmpty());
  EXPECT_EQ(next.generation(), 0) << "it has not said what of that it refuses";
  ASSERT_TRUE(next.receive(node.ack()));
  EXPECT_EQ(next.generation(), 1);
}

TEST_F(SessionTest, AHeartbeatSaysWhetherANodeHasAllThatThereIsForIt) {
  const auto current = [&] {
    session.beat();
    return take().current;
  };
  EXPECT_EQ(current(), 0);
  say(node.hello());
  EXPECT_EQ(current(), 0) << "it is asked what it holds";
  say(node.holding());
  EXPECT_EQ(current(), 0) << "a transaction is under way";
  say(node.ack());
  EXPECT_EQ(current(), node.hello_number);
  say(node.hello());
  EXPECT_EQ(current(), node.hello_number) << "what it holds is what it is to hold";
  publish(2, {endpoints("a", 2)});
  EXPECT_EQ(current(), 0);
}

TEST_F(SessionTest, OfWhatItHoldsANodeIsGivenWhatDiffers) {
  bring_up();
  node.held["l4/a"] = "another hash";
  node.held["backend/gone"] = "x";
  node.held.erase("endpoints/a");
  node.generation = 4711;
  say(node.hello());
  EXPECT_EQ(take().asks, 1);
  EXPECT_EQ(session.generation(), 0);
  say(node.holding());
  const auto given = take();
  ASSERT_THAT(given.transactions, SizeIs(1));
  EXPECT_THAT(given.transactions[0].names(), ElementsAre("endpoints/a", "l4/a"));
  EXPECT_THAT(given.transactions[0].removed, ElementsAre("backend/gone"));
  EXPECT_EQ(given.transactions[0].base, 4711) << "whatever the node calls what it holds";
  EXPECT_EQ(given.transactions[0].generation, 1);
}

TEST_F(SessionTest, WhatANodeHoldsMayBeToldInPieces) {
  bring_up();
  node.held["l4/a"] = "another hash";
  say(node.hello());
  take();
  auto all_of_it = node.holding();
  for (const auto& item : all_of_it.holding().items()) {
    control::v1::NodeMessage piece;
    piece.mutable_holding()->set_hello(node.hello_number);
    *piece.mutable_holding()->add_items() = item;
    say(piece);
    EXPECT_THAT(take().transactions, IsEmpty());
  }
  all_of_it.mutable_holding()->clear_items();
  say(all_of_it);
  const auto given = take();
  ASSERT_THAT(given.transactions, SizeIs(1));
  EXPECT_THAT(given.transactions[0].names(), ElementsAre("l4/a"));
}

TEST_F(SessionTest, ChangesDuringATransactionMakeOneOther) {
  bring_up();
  publish(2, {endpoints("a", 2)});
  ASSERT_THAT(take().transactions, SizeIs(1));
  for (unsigned i = 3; i <= 100; ++i) publish(i, {endpoints("a", i)});
  publish(101, whole("b", "10.0.0.2"));
  publish(102, {}, {"frontend/b", "l4/b", "backend/b", "endpoints/b"});
  EXPECT_THAT(take().transactions, IsEmpty()) << "the one before is not acknowledged";
  say(node.ack());
  EXPECT_EQ(session.generation(), 2);
  const auto given = take();
  ASSERT_THAT(given.transactions, SizeIs(1));
  EXPECT_THAT(given.transactions[0].names(), ElementsAre("endpoints/a"));
  EXPECT_EQ(given.transactions[0].changed[0].endpoints().endpoints(0).port(), 100);
  EXPECT_EQ(given.transactions[0].base, 2);
  EXPECT_EQ(given.transactions[0].generation, 102);
  say(node.ack());
  EXPECT_EQ(session.generation(), 102);
}

TEST_F(SessionTest, WhatDoesNotTouchANodeIsInForceThereAtOnce) {
  bring_up();
  publish(2, {key("unused")});
  EXPECT_EQ(session.generation(), 2);
  EXPECT_THAT(take().transactions, IsEmpty());
  publish(3, {endpoints("a", 3)});
  publish(4, {key("unused", "other")});
  EXPECT_EQ(session.generation(), 2);
  take();
  publish(5, {key("unused", "another")});
  EXPECT_EQ(session.generation(), 2);
  say(node.ack());
  EXPECT_EQ(session.generation(), 5) << "what is under way brings the node there";
}

TEST_F(SessionTest, RefusedResourcesAreThoseOfTheLastAck) {
  bring_up();
  publish(2, {endpoints("a", 2)});
  take();
  say(node.ack({{"l4/a", "no ring"}, {"frontend/a", "no ring"}}));
  EXPECT_EQ(session.generation(), 2);
  EXPECT_THAT(session.refused(),
              UnorderedElementsAre(std::pair("l4/a", "no ring"), std::pair("frontend/a", "no ring")));
  say(node.ack({}));
  EXPECT_THAT(session.refused(), IsEmpty()) << "the same transaction again: what is refused has changed";
  EXPECT_EQ(session.generation(), 2);
}

TEST_F(SessionTest, AnAckCountsWhenItsListIsWhole) {
  bring_up();
  publish(2, {endpoints("a", 2)});
  take();
  auto first = node.ack({{"l4/a", "x"}});
  first.mutable_ack()->set_last(false);
  say(first);
  EXPECT_EQ(session.generation(), 1);
  EXPECT_THAT(session.refused(), IsEmpty());
  say(node.ack({{"l4/b", "y"}}));
  EXPECT_EQ(session.generation(), 2);
  EXPECT_THAT(session.refused(), SizeIs(2));
}

TEST_F(SessionTest, AfterAnotherHelloATransactionIsMadeForThat) {
  bring_up();
  publish(2, {endpoints("a", 2), key("unused")});
  take();
  const auto late = node.ack();
  // It could not be applied: the node still holds the first one.
  node.held["endpoints/a"] = endpoints("a").hash();
  node.generation = 1;
  say(node.hello());
  say(late);
  EXPECT_EQ(session.generation(), 0);
  EXPECT_EQ(take().asks, 1);
  say(node.holding());
  const auto given = take();
  ASSERT_THAT(given.transactions, SizeIs(1));
  EXPECT_EQ(given.transactions[0].base, 1);
  EXPECT_THAT(given.transactions[0].names(), ElementsAre("endpoints/a"));
}

TEST_F(SessionTest, WhatIsLongIsCutAndWholeAgain) {
  std::vector<Resource> many{endpoints("a", 1, 3U << 20)};
  for (int i = 0; i < 2000; ++i) many.push_back(backend(std::to_string(i)));
  Names backends;
  for (int i = 0; i < 2000; ++i) backends.push_back(std::to_string(i));
  auto referred = backends;
  referred.emplace_back("a");
  many.push_back(table("a", referred));
  publish(2, many);
  bring_up();
  Session fresh("n", catalogue, all);
  ScriptedNode empty("n");
  ASSERT_TRUE(fresh.receive(empty.hello()));
  Given ignored;
  while (const auto message = fresh.next(epoch)) empty.take(*message, ignored);
  ASSERT_TRUE(fresh.receive(empty.holding()));
  Given given;
  while (const auto message = fresh.next(epoch)) empty.take(*message, given);
  EXPECT_GT(given.parts, 12);
  EXPECT_LT(given.longest, static_cast<std::size_t>(control::kMessageLimit));
  ASSERT_THAT(given.transactions, SizeIs(1));
  EXPECT_EQ(empty.held, node.held);
  for (const auto& resource : given.transactions[0].changed) {
    EXPECT_EQ(resource.SerializeAsString(), catalogue.find(resource.name())->bytes);
  }
  publish(3, {}, [&] {
    Names gone;
    for (const auto& name : backends) gone.push_back("backend/" + name);
    return gone;
  }());
  EXPECT_THAT(take().transactions[0].removed, SizeIs(2000));
}

TEST_F(SessionTest, NothingIsGivenBeforeThereIsAModel) {
  Catalogue none;
  View nothing({}, none);
  Session early("n", none, nothing);
  ASSERT_TRUE(early.receive(node.hello()));
  const auto given = take(early);
  EXPECT_EQ(given.welcomes, 1);
  EXPECT_EQ(given.asks, 0);
  nothing.update(none.apply(delta(5, whole("a", "10.0.0.1"))));
  early.changed({"frontend/a"});
  EXPECT_EQ(take(early).asks, 1);
}

TEST_F(SessionTest, ANodeThatHasGivenUpAnOldModelIsAtTheNewestGeneration) {
  Catalogue empty;
  View nothing({}, empty);
  empty.apply(delta(1, {}));
  Session clearing("n", empty, nothing);
  node.held["backend/old"] = "x";
  ASSERT_TRUE(clearing.receive(node.hello()));
  take(clearing);
  ASSERT_TRUE(clearing.receive(node.holding()));
  EXPECT_THAT(take(clearing).transactions[0].removed, ElementsAre("backend/old"));
  const auto touched = nothing.update(empty.apply(delta(2, {key("unused")})));
  clearing.changed(touched);
  ASSERT_TRUE(clearing.receive(node.ack()));
  EXPECT_EQ(clearing.generation(), 2);
}

TEST_F(SessionTest, ANodeThatServesMoreHasNothingInForceUntilItHasThat) {
  View none({.all = false}, catalogue);
  Session small("n", catalogue, none);
  ASSERT_TRUE(small.receive(node.hello()));
  take(small);
  ASSERT_TRUE(small.receive(node.holding()));
  EXPECT_THAT(take(small).transactions[0].names(), ElementsAre("source/n"));
  ASSERT_TRUE(small.receive(node.ack()));
  EXPECT_EQ(small.generation(), 1);
  small.set_view(all);
  EXPECT_EQ(small.generation(), 0);
  EXPECT_THAT(take(small).transactions[0].names(), ElementsAre("backend/a", "endpoints/a", "frontend/a", "l4/a"));
  ASSERT_TRUE(small.receive(node.ack()));
  EXPECT_EQ(small.generation(), 1);
}

TEST_F(SessionTest, AFollowerSendsTheNodeOnAndIsOver) {
  Session elsewhere("n", catalogue, all, "10.0.0.5:8443");
  const auto given = take(elsewhere);
  EXPECT_EQ(given.welcomes, 0);
  EXPECT_EQ(given.redirect, "10.0.0.5:8443");
  EXPECT_TRUE(elsewhere.is_over());
  EXPECT_TRUE(elsewhere.receive(node.hello()));
}

TEST_F(SessionTest, BeatsOnlyWhenThereIsNothingElseToSay) {
  bring_up();
  session.beat();
  publish(2, {endpoints("a", 2)});
  const auto given = take();
  EXPECT_EQ(given.beats, 1);
  EXPECT_THAT(given.transactions, SizeIs(1));
  EXPECT_EQ(take().beats, 0);
}

TEST_F(SessionTest, WhatIsNotOfTheProtocolEndsIt) {
  ScriptedNode other("m");
  EXPECT_FALSE(session.receive(other.hello())) << "another node than the certificate's";
  bring_up();
  EXPECT_FALSE(session.receive(node.holding())) << "not asked for";
  auto early = node.ack();
  early.mutable_ack()->set_transaction(99);
  EXPECT_FALSE(session.receive(early)) << "not sent";
  node.hello_number = 0;
  EXPECT_FALSE(session.receive(node.hello())) << "a number that was used";
}

}  // namespace
}  // namespace sluice::publish
