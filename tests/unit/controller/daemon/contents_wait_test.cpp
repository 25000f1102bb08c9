#include "controller/daemon/contents_wait.h"

#include <gtest/gtest.h>

namespace sluice::daemon {
namespace {

using namespace std::chrono_literals;

const ContentsWait::Time kStart{std::chrono::hours(1)};

TEST(ContentsWait, TheFirstModelWaitsThirtySeconds) {
  ContentsWait wait;
  wait.wanted(kStart);
  EXPECT_EQ(wait.until(kStart), kStart + 30s);
  wait.wanted(kStart + 5s);
  EXPECT_EQ(wait.until(kStart + 5s), kStart + 30s);
  EXPECT_FALSE(wait.until(kStart + 30s)) << "one Secret that cannot be read does not hold up the rest of the world";
}

TEST(ContentsWait, ALaterOneIsWaitedForThoughAnotherWasNeverRead) {
  ContentsWait wait;
  wait.wanted(kStart);
  wait.published();
  EXPECT_FALSE(wait.until(kStart + 60s));
  wait.wanted(kStart + 60s);
  EXPECT_EQ(wait.until(kStart + 60s), kStart + 62s);
  EXPECT_FALSE(wait.until(kStart + 62s));
  wait.wanted(kStart + 63s);
  EXPECT_EQ(wait.until(kStart + 63s), kStart + 65s);
}

TEST(ContentsWait, OneAfterAnotherHoldAChangeBackForTenSecondsAtMost) {
  ContentsWait wait;
  wait.published();
  for (auto i = 0s; i < 10s; ++i) {
    wait.wanted(kStart + i);
    EXPECT_EQ(wait.until(kStart + i), kStart + std::min(i + 2s, 10s));
  }
  EXPECT_FALSE(wait.until(kStart + 10s));
}

TEST(ContentsWait, WhatHasBeenReadIsWaitedForNoLonger) {
  ContentsWait wait;
  wait.published();
  wait.wanted(kStart);
  wait.answered();
  EXPECT_FALSE(wait.until(kStart));
}

}  // namespace
}  // namespace sluice::daemon
