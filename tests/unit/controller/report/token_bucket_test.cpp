#include "controller/report/token_bucket.h"

#include <gtest/gtest.h>

namespace sluice::report {
namespace {

using std::chrono::milliseconds;

const TokenBucket::Time kStart{std::chrono::hours(1)};

TEST(TokenBucket, GivesItsBurstAtOnceAndThenItsRate) {
  TokenBucket bucket(10, 3);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(bucket.take(kStart));
  EXPECT_FALSE(bucket.take(kStart));
  EXPECT_FALSE(bucket.take(kStart + milliseconds(99)));
  EXPECT_TRUE(bucket.take(kStart + milliseconds(101)));
  EXPECT_FALSE(bucket.take(kStart + milliseconds(101)));
}

TEST(TokenBucket, SaysWhenThereIsOneAndKeepsItsWord) {
  TokenBucket bucket(50, 1);
  EXPECT_EQ(bucket.next(kStart), kStart);
  auto now = kStart;
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(bucket.take(now));
    ASSERT_FALSE(bucket.take(now));
    now = bucket.next(now);
  }
  EXPECT_GE(now - kStart, milliseconds(19'990));
  EXPECT_LE(now - kStart, milliseconds(20'010));
}

TEST(TokenBucket, HoldsNoMoreThanItsBurst) {
  TokenBucket bucket(10, 2);
  EXPECT_TRUE(bucket.take(kStart));
  EXPECT_FALSE(bucket.is_full(kStart));
  const auto later = kStart + std::chrono::hours(1);
  EXPECT_TRUE(bucket.is_full(later));
  EXPECT_TRUE(bucket.take(later));
  EXPECT_TRUE(bucket.take(later));
  EXPECT_FALSE(bucket.take(later));
}

}  // namespace
}  // namespace sluice::report
