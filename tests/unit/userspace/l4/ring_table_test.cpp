#include "userspace/l4/ring_table.h"

#include <gmock/gmock.h>

namespace sluice::l4 {
namespace {

const RingTable::Clock::time_point kStart{};

std::vector<RingMember> set_of(std::initializer_list<std::pair<std::uint32_t, std::uint64_t>> values) {
  std::vector<RingMember> members;
  for (const auto& [value, weight] : values) members.push_back({value * 77777777ULL + 5, weight, value});
  return members;
}

struct Fixture : testing::Test {
  std::vector<std::uint32_t> slots = std::vector<std::uint32_t>(2000);
  RingTable table{slots};
  bool inexact = false;

  ring_ref acquire(std::vector<RingMember> members, ring_ref current = {0, 0}) {
    const auto ring = table.acquire(std::move(members), current, kStart, inexact);
    EXPECT_TRUE(ring) << ring.error();
    return ring.value_or(ring_ref{9, 9});
  }
};

using RingTableTest = Fixture;

TEST_F(RingTableTest, ASingleBackendNeedsNoSlots) {
  const auto ring = acquire(set_of({{7, 3}, {8, 0}}));
  EXPECT_EQ(ring.offset, 7U);
  EXPECT_EQ(ring.slots, 0U);
  EXPECT_EQ(table.used_slots(), 0U);
}

TEST_F(RingTableTest, NoWeightAtAllRejects) {
  const auto ring = acquire(set_of({{7, 0}}));
  EXPECT_EQ(ring.offset, 0U);
  EXPECT_EQ(ring.slots, 0U);
}

TEST_F(RingTableTest, EqualSetsShareARingWhateverTheScaleOfTheirWeights) {
  const auto ring = acquire(set_of({{1, 70}, {2, 30}}));
  const auto other = acquire(set_of({{2, 3}, {1, 7}}));
  EXPECT_EQ(ring.offset, other.offset);
  EXPECT_EQ(table.used_slots(), 251U);
  EXPECT_NE(acquire(set_of({{1, 30}, {2, 70}})).offset, ring.offset);
}

TEST_F(RingTableTest, ARingIsFreedWithItsLastUser) {
  const auto ring = acquire(set_of({{1, 1}, {2, 1}}));
  (void)acquire(set_of({{1, 1}, {2, 1}}));
  table.release(ring, kStart);
  EXPECT_EQ(table.used_slots(), 251U);
  table.release(ring, kStart);
  bool unused = false;
  (void)table.acquire(set_of({{3, 1}, {4, 1}}), {0, 0}, kStart + RingPool::kRest, unused);
  EXPECT_EQ(table.used_slots(), 251U);
}

TEST_F(RingTableTest, AnAdoptedRingWithTheSameContentIsKept) {
  const auto ring = acquire(set_of({{1, 1}, {2, 1}}));
  RingTable next(slots);
  ASSERT_TRUE(next.adopt(ring));
  const auto kept = next.acquire(set_of({{1, 1}, {2, 1}}), ring, kStart, inexact);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->offset, ring.offset);
  EXPECT_EQ(next.written(), 0U);
  const auto other = next.acquire(set_of({{1, 1}, {2, 2}}), ring, kStart, inexact);
  ASSERT_TRUE(other);
  EXPECT_NE(other->offset, ring.offset);
}

TEST_F(RingTableTest, AnAdoptedRingThatLiesOutsideIsRefused) {
  EXPECT_FALSE(table.adopt({1900, 251}));
  EXPECT_TRUE(table.adopt({0, 251}));
  EXPECT_FALSE(table.adopt({0, 1021})) << "two lengths at one place";
}

TEST_F(RingTableTest, WhereRoomIsShortASmallerRingServes) {
  const auto ring = acquire(set_of({{1, 99}, {2, 1}}));
  EXPECT_EQ(ring.slots, 1021U);
  EXPECT_TRUE(inexact);
}

TEST_F(RingTableTest, AFullPoolIsAnErrorAndChangesNothing) {
  for (std::uint32_t i = 0; i < 7; ++i) (void)acquire(set_of({{1, 1}, {100 + i, 1}}));
  const auto before = slots;
  EXPECT_FALSE(table.acquire(set_of({{1, 1}, {300, 1}}), {0, 0}, kStart, inexact));
  EXPECT_EQ(slots, before);
}

}  // namespace
}  // namespace sluice::l4
