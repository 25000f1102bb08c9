#include "userspace/l4/backend_table.h"

#include <arpa/inet.h>

#include "plan_builder.h"

namespace sluice::l4 {
namespace {

constexpr std::uint32_t kDrain = 60;

struct BackendTableTest : testing::Test {
  std::vector<backend> entries = std::vector<backend>(4);
  BackendSource source{3, 1, {}};
  BackendTable table{entries, [this](const Target&) { return source; }};
  Target first{ip("10.0.0.1"), 80};
  Target second{ip("fd00::2"), 80};
};

TEST_F(BackendTableTest, AnEntryIsWholeWhenItsIndexIsKnown) {
  ASSERT_EQ(table.acquire(first, true), 1U);
  EXPECT_EQ(entries[1].state, BACKEND_READY);
  EXPECT_EQ(ntohs(entries[1].port), 80);
  EXPECT_EQ(entries[1].family, FAMILY_V4);
  EXPECT_EQ(entries[1].snat_first, 3U);
  EXPECT_EQ(entries[1].epoch, 1U);
  ASSERT_EQ(table.acquire(second, false), 2U);
  EXPECT_EQ(entries[2].state, BACKEND_DRAINING);
  EXPECT_EQ(entries[2].family, FAMILY_V6);
}

TEST_F(BackendTableTest, OneServiceThatHasItReadyMakesItReady) {
  (void)table.acquire(first, false);
  (void)table.acquire(first, true);
  EXPECT_EQ(entries[1].state, BACKEND_READY);
  table.release(first, true);
  EXPECT_EQ(entries[1].state, BACKEND_DRAINING);
}

TEST_F(BackendTableTest, TheLastUserGoneMarksItRemovedAndLaterFree) {
  (void)table.acquire(first, true);
  table.release(first, true);
  EXPECT_EQ(entries[1].state, BACKEND_READY) << "it may be taken again in the same change";
  EXPECT_TRUE(table.remove_unused(1000, kDrain));
  EXPECT_EQ(entries[1].state, BACKEND_REMOVED);
  EXPECT_EQ(entries[1].removed_at, 1000U);
  EXPECT_FALSE(table.remove_unused(1000 + kDrain, kDrain));
  EXPECT_EQ(entries[1].state, BACKEND_REMOVED);
  EXPECT_FALSE(table.remove_unused(1001 + kDrain, kDrain));
  EXPECT_EQ(entries[1].state, BACKEND_FREE);
}

TEST_F(BackendTableTest, BackWithinTheDrainItKeepsIndexAndEpoch) {
  (void)table.acquire(first, true);
  table.release(first, true);
  (void)table.remove_unused(1000, kDrain);
  EXPECT_EQ(table.acquire(first, true), 1U);
  EXPECT_EQ(entries[1].state, BACKEND_READY);
  EXPECT_EQ(entries[1].epoch, 1U);
}

TEST_F(BackendTableTest, AnIndexUsedAgainHasAnotherEpoch) {
  (void)table.acquire(first, true);
  table.release(first, true);
  (void)table.remove_unused(1000, kDrain);
  (void)table.remove_unused(1000 + 2 * kDrain, kDrain);
  EXPECT_EQ(table.acquire(second, true), 1U);
  EXPECT_EQ(entries[1].epoch, 2U);
}

TEST_F(BackendTableTest, AFullTableSaysSo) {
  for (std::uint16_t port = 1; port <= 3; ++port) EXPECT_NE(table.acquire({ip("10.0.0.1"), port}, true), 0U);
  EXPECT_EQ(table.acquire(second, true), 0U);
  EXPECT_THAT(table.why(), testing::HasSubstr("in use"));
}

TEST_F(BackendTableTest, ATargetWithoutASourceIsNotGivenOut) {
  source = {0, 0, "no route"};
  EXPECT_EQ(table.acquire(first, true), 0U);
  EXPECT_EQ(table.why(), "no route");
  source = {3, 1, {}};
  EXPECT_EQ(table.acquire(first, true), 1U);
  EXPECT_EQ(table.why(), "");
}

TEST_F(BackendTableTest, ANewRouteChangesTheSource) {
  (void)table.acquire(first, true);
  EXPECT_FALSE(table.resolve_all());
  source.first = 5;
  EXPECT_TRUE(table.resolve_all());
  EXPECT_EQ(entries[1].snat_first, 5U);
}

TEST_F(BackendTableTest, WhatAnEarlierProcessLeftIsTakenOver) {
  (void)table.acquire(first, true);
  (void)table.acquire(second, true);
  BackendTable next(entries, [this](const Target&) { return source; });
  next.adopt();
  EXPECT_EQ(next.acquire(second, true), 2U);
  EXPECT_EQ(entries[2].epoch, 1U);
  EXPECT_TRUE(next.remove_unused(5, kDrain)) << "nobody asked for the first";
  EXPECT_EQ(entries[1].state, BACKEND_REMOVED);
  EXPECT_EQ(entries[2].state, BACKEND_READY);
}

}  // namespace
}  // namespace sluice::l4
