#include "controller/daemon/patience.h"

#include <gtest/gtest.h>

namespace sluice::daemon {
namespace {

using namespace std::chrono_literals;

const Patience::Time kStart{std::chrono::hours(1)};

TEST(Patience, AStatusIsToldAtOnceWithoutAChange) {
  EXPECT_FALSE(Patience{}.wait(kStart, true, false, true));
}

TEST(Patience, AChangeIsToldWhenAllHaveItOrAfterTwoSeconds) {
  Patience patience;
  patience.changed(kStart);
  EXPECT_EQ(patience.wait(kStart, true, false, true), kStart + 2s);
  EXPECT_FALSE(patience.wait(kStart + 10ms, true, true, true));
  EXPECT_FALSE(patience.wait(kStart + 2s, true, false, true));
}

TEST(Patience, ChangesThatNeverEndHoldNothingBackForLonger) {
  Patience patience;
  patience.changed(kStart);
  patience.changed(kStart + 1s);
  EXPECT_EQ(patience.wait(kStart + 1s, true, false, true), kStart + 2s);
  patience.told();
  EXPECT_FALSE(patience.wait(kStart + 2s, true, false, true));
  patience.changed(kStart + 3s);
  EXPECT_EQ(patience.wait(kStart + 3s, true, false, true), kStart + 5s);
}

TEST(Patience, WithoutNodesThereIsNobodyToWaitFor) {
  Patience patience;
  patience.lead(kStart);
  patience.changed(kStart);
  EXPECT_FALSE(patience.wait(kStart, false, false, true));
}

TEST(Patience, ANewLeaderGivesNodesFiveSecondsToComeBack) {
  Patience patience;
  patience.lead(kStart);
  EXPECT_EQ(patience.wait(kStart, false, false, false), kStart + 5s);
  EXPECT_EQ(patience.wait(kStart + 1s, true, true, false), kStart + 5s) << "some are back, not all";
  EXPECT_EQ(patience.wait(kStart + 1s, true, false, true), kStart + 5s) << "all are back, not all have all";
  EXPECT_FALSE(patience.wait(kStart + 1s, true, true, true));
  EXPECT_FALSE(patience.wait(kStart + 5s, true, true, false));
}

TEST(Patience, ANewLeaderThatNobodyHasFoundWaitsThirtySeconds) {
  Patience patience;
  patience.lead(kStart);
  EXPECT_EQ(patience.wait(kStart + 5s, false, false, false), kStart + 30s);
  EXPECT_FALSE(patience.wait(kStart + 5s, false, false, true)) << "no node lives by its Lease";
  EXPECT_FALSE(patience.wait(kStart + 30s, false, false, false));
}

TEST(Patience, AnOwnerThatMayStillComeIsWaitedForThoughOthersAreThere) {
  Patience patience;
  patience.lead(kStart);
  EXPECT_EQ(patience.wait(kStart + 6s, true, true, false, kStart + 31s), kStart + 31s);
  EXPECT_FALSE(patience.wait(kStart + 31s, true, true, false, kStart + 31s));
  EXPECT_FALSE(patience.wait(kStart + 6s, true, true, false));
}

TEST(Patience, AMomentWithoutAnyNodeIsNotTold) {
  Patience patience;
  patience.alone(kStart);
  patience.changed(kStart);
  EXPECT_EQ(patience.wait(kStart, false, false, false), kStart + 30s);
  EXPECT_EQ(patience.wait(kStart + 1s, true, false, false), kStart + 2s) << "one is back, and catches up";
  EXPECT_FALSE(patience.wait(kStart + 1s, true, true, false));
  patience.told();
  EXPECT_FALSE(patience.wait(kStart + 3s, false, false, false));
}

}  // namespace
}  // namespace sluice::daemon
