// When a Lease may be taken, when it must be let go, and what is written: client-go's rules.
#include "controller/lease/election.h"

#include <gtest/gtest.h>

namespace sluice::lease {
namespace {

using namespace std::chrono_literals;

const Election::Time kStart{std::chrono::hours(1)};
const std::string kWall = "2026-11-25T13:00:00.000000Z";

Election contender(const std::string& identity) {
  return Election(
      {.name = "sluice-controller", .identity = identity, .annotations = {{"sluice.dev/advertise", identity}}});
}

/// Held by another, renewed at some time.
Record held(const std::string& holder, const std::string& renewed = "r1") {
  return {.resource_version = "7", .holder = holder, .duration_seconds = 15, .renew_time = renewed, .transitions = 3};
}

/// As the server answers a bid.
Record granted(Record bid) {
  bid.resource_version = "8";
  return bid;
}

TEST(Election, ALeaseThatIsNotThereIsCreated) {
  auto a = contender("a");
  a.saw(std::nullopt, kStart);
  const auto bid = a.bid(kStart, kWall);
  ASSERT_TRUE(bid);
  EXPECT_EQ(bid->resource_version, "");
  EXPECT_EQ(bid->holder, "a");
  EXPECT_EQ(bid->duration_seconds, 15);
  EXPECT_EQ(bid->acquire_time, kWall);
  EXPECT_EQ(bid->renew_time, kWall);
  EXPECT_FALSE(a.holds(kStart)) << "a bid is no grant";
  a.wrote(granted(*bid), kStart);
  EXPECT_TRUE(a.holds(kStart));
}

TEST(Election, AnothersLeaseIsFreeWhenNoRenewalWasSeenForItsDuration) {
  auto a = contender("a");
  a.saw(held("b"), kStart);
  EXPECT_FALSE(a.bid(kStart, kWall));
  a.saw(held("b"), kStart + 14s);
  EXPECT_FALSE(a.bid(kStart + 14999ms, kWall));
  const auto bid = a.bid(kStart + 15s, kWall);
  ASSERT_TRUE(bid);
  EXPECT_EQ(bid->holder, "a");
  EXPECT_EQ(bid->transitions, 4);
  EXPECT_EQ(bid->resource_version, "7");
}

TEST(Election, ARenewalStartsTheTimeAnewWhateverItsOwnClockSays) {
  auto a = contender("a");
  a.saw(held("b", "2099-01-01T00:00:00Z"), kStart);
  a.saw(held("b", "1970-01-01T00:00:00Z"), kStart + 10s);
  EXPECT_FALSE(a.bid(kStart + 24s, kWall));
  EXPECT_TRUE(a.bid(kStart + 25s, kWall));
}

TEST(Election, ALeaseThatWasGivenUpIsFreeAtOnce) {
  auto a = contender("a");
  a.saw(held(""), kStart);
  EXPECT_TRUE(a.bid(kStart, kWall));
}

TEST(Election, WhoCannotRenewHoldsItNoMoreBeforeAnybodyElseCan) {
  auto a = contender("a");
  a.saw(std::nullopt, kStart);
  a.wrote(granted(*a.bid(kStart, kWall)), kStart);
  EXPECT_TRUE(a.holds(kStart + 9999ms));
  EXPECT_FALSE(a.holds(kStart + 10s));
  EXPECT_TRUE(a.is_ours());
  EXPECT_TRUE(a.bid(kStart + 12s, kWall)) << "it may try on";
}

TEST(Election, ARenewalKeepsTransitionsAndTheTimeOfAcquisition) {
  auto a = contender("a");
  a.saw(held("b"), kStart);
  a.wrote(granted(*a.bid(kStart + 20s, kWall)), kStart + 20s);
  const auto renewal = a.bid(kStart + 22s, "later");
  ASSERT_TRUE(renewal);
  EXPECT_EQ(renewal->transitions, 4);
  EXPECT_EQ(renewal->acquire_time, kWall);
  EXPECT_EQ(renewal->renew_time, "later");
  EXPECT_EQ(renewal->resource_version, "8");
}

TEST(Election, ALeaseThatIsDeletedGoesOnWithAHigherEpoch) {
  auto a = contender("a");
  a.saw(std::nullopt, kStart);
  EXPECT_EQ(a.bid(kStart, kWall)->transitions, 0);
  a.saw(held("b"), kStart);
  a.saw(std::nullopt, kStart + 1s);
  EXPECT_EQ(a.bid(kStart + 1s, kWall)->transitions, 4);
  a.wrote(granted(*a.bid(kStart + 1s, kWall)), kStart + 1s);
  a.saw(std::nullopt, kStart + 2s);
  EXPECT_FALSE(a.holds(kStart + 2s));
  EXPECT_EQ(a.bid(kStart + 2s, kWall)->transitions, 5);
}

TEST(Election, OurAnnotationsReplaceThoseOfTheHolderBeforeAndNobodyElses) {
  auto a = contender("a");
  Record record = held("");
  record.annotations = {{"sluice.dev/advertise", "b"}, {"sluice.dev/old", "x"}, {"example.com/theirs", "y"}};
  a.saw(record, kStart);
  EXPECT_EQ(a.bid(kStart, kWall)->annotations,
            (std::map<std::string, std::string>{{"example.com/theirs", "y"}, {"sluice.dev/advertise", "a"}}));
}

TEST(Election, AResignationLeavesTheLeaseToNobody) {
  auto a = contender("a");
  EXPECT_FALSE(a.resignation(kWall));
  a.saw(held("b"), kStart);
  EXPECT_FALSE(a.resignation(kWall));
  a.wrote(granted(*a.bid(kStart + 15s, kWall)), kStart + 15s);
  const auto record = a.resignation(kWall);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->holder, "");
  EXPECT_EQ(record->transitions, 4);
  EXPECT_EQ(record->duration_seconds, 1);
}

TEST(Election, AnUncontendedLeaseIsTakenAtOnceAndKeptWithoutRenewals) {
  Election a({.name = "sluice-node-n", .identity = "a", .terms = kNodeTerms, .is_contended = false});
  a.saw(held("b"), kStart);
  const auto bid = a.bid(kStart, kWall);
  ASSERT_TRUE(bid);
  EXPECT_EQ(bid->duration_seconds, 5);
  a.wrote(granted(*bid), kStart);
  EXPECT_TRUE(a.holds(kStart + 1h));
  EXPECT_TRUE(a.state(kStart + 4499ms).is_renewed);
  EXPECT_FALSE(a.state(kStart + 4500ms).is_renewed) << "to others it is gone soon";
  a.saw(held("b"), kStart + 2h);
  EXPECT_FALSE(a.holds(kStart + 2h));
}

TEST(Election, TheStateNamesTheHolderAndItsAnnotations) {
  auto a = contender("a");
  EXPECT_EQ(a.state(kStart), LeaseState{});
  Record record = held("b");
  record.annotations = {{"sluice.dev/advertise", "10.0.0.2:8443"}};
  a.saw(record, kStart);
  const auto state = a.state(kStart);
  EXPECT_FALSE(state.holds);
  EXPECT_EQ(state.holder, "b");
  EXPECT_EQ(state.transitions, 3);
  EXPECT_EQ(state.annotation(kAdvertiseAnnotation), "10.0.0.2:8443");
  EXPECT_EQ(state.annotation("none"), "");
}

TEST(ElectionTimes, ARenewalThatHangsIsFollowedByTwoOthersBeforeANodeIsDead) {
  const Election election({.terms = kNodeTerms, .is_contended = false});
  const auto hangs = election.request_time();
  const auto second = kNodeTerms.retry_period + hangs + election.pause(hangs);
  const auto third = second + hangs + election.pause(hangs);
  EXPECT_LE(second + hangs, kNodeTerms.duration) << "it may take all of its time";
  EXPECT_LT(third, kNodeTerms.duration);
  EXPECT_GT(election.pause(hangs), std::chrono::milliseconds(0)) << "no try without a pause";
}

TEST(ElectionTimes, RenewalsBeginInEvenSteps) {
  const Election election({.terms = kControllerTerms});
  EXPECT_EQ(election.pause(std::chrono::milliseconds(300)), std::chrono::milliseconds(1'700));
  EXPECT_EQ(election.pause(std::chrono::milliseconds(0)), kControllerTerms.retry_period);
  EXPECT_LT(kControllerTerms.retry_period + election.request_time() + election.pause(election.request_time()),
            kControllerTerms.renew_deadline);
}

}  // namespace
}  // namespace sluice::lease
