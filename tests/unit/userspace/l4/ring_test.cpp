#include "userspace/l4/ring.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <numeric>

namespace sluice::l4 {
namespace {

std::uint64_t identity_of(std::uint32_t value) {
  return 0x9e3779b97f4a7c15ULL * (value + 1);
}

std::vector<RingMember> members(const std::vector<std::uint64_t>& weights) {
  std::vector<RingMember> list;
  for (std::uint32_t i = 0; i < weights.size(); ++i) list.push_back({identity_of(i), weights[i], i});
  return list;
}

std::map<std::uint32_t, std::uint32_t> slots_by_value(const std::vector<std::uint32_t>& ring) {
  std::map<std::uint32_t, std::uint32_t> counts;
  for (const auto value : ring) ++counts[value];
  return counts;
}

std::uint32_t moved(const std::vector<std::uint32_t>& before, const std::vector<std::uint32_t>& after) {
  return std::inner_product(before.begin(), before.end(), after.begin(), 0U, std::plus<>(), std::not_equal_to<>());
}

TEST(RingSize, TheSmallestThatKeepsEachWeightWithinOnePercent) {
  EXPECT_EQ(ring_size(members({70, 30})).slots, 251U);
  EXPECT_EQ(ring_size(members({1, 1, 1})).slots, 251U);
  EXPECT_EQ(ring_size(members({99, 1})).slots, 4093U);
  EXPECT_EQ(ring_size(members({999, 1})).slots, 65537U);
  EXPECT_TRUE(ring_size(members({999, 1})).exact);
}

TEST(RingSize, SaysWhenNoSizeIsEnough) {
  const auto size = ring_size(members({1000000, 1}));
  EXPECT_EQ(size.slots, 65537U);
  EXPECT_FALSE(size.exact);
}

TEST(RingSize, ALimitIsKept) {
  const auto size = ring_size(members({99, 1}), 1021);
  EXPECT_EQ(size.slots, 1021U);
  EXPECT_FALSE(size.exact);
}

TEST(RingSize, WithoutAWeightThereIsNoRing) {
  EXPECT_EQ(ring_size(members({})).slots, 0U);
  EXPECT_EQ(ring_size(members({0, 0})).slots, 0U);
}

TEST(RingQuotas, SumToTheSlotsAndAreOffByLessThanOne) {
  const auto list = members({5, 3, 1, 7});
  for (const auto slots : kRingSizes) {
    const auto quotas = ring_quotas(list, slots);
    EXPECT_EQ(std::accumulate(quotas.begin(), quotas.end(), 0U), slots);
    for (std::size_t i = 0; i < list.size(); ++i) {
      EXPECT_NEAR(quotas[i], static_cast<double>(list[i].weight) * slots / 16, 1.0);
    }
  }
}

TEST(RingQuotas, AWeightAboveZeroAlwaysHasASlot) {
  std::vector<std::uint64_t> weights(200, 1);
  weights.push_back(1000000);
  const auto quotas = ring_quotas(members(weights), 251);
  EXPECT_THAT(quotas, testing::Each(testing::Ge(1U)));
  EXPECT_EQ(std::accumulate(quotas.begin(), quotas.end(), 0U), 251U);
}

TEST(RingQuotas, AWeightOfZeroHasNone) {
  EXPECT_EQ(ring_quotas(members({1, 0, 1}), 251)[1], 0U);
}

TEST(MaglevRing, EachMemberGetsExactlyItsQuota) {
  const auto list = members({70, 30, 0, 11});
  const auto quotas = ring_quotas(list, 1021);
  auto counts = slots_by_value(maglev_ring(list, 1021));
  for (std::uint32_t i = 0; i < list.size(); ++i) EXPECT_EQ(counts[i], quotas[i]) << i;
}

TEST(MaglevRing, TheOrderOfMembersDoesNotMatter) {
  auto list = members({3, 1, 4, 1, 5, 9, 2, 6});
  const auto ring = maglev_ring(list, 1021);
  std::ranges::reverse(list);
  EXPECT_EQ(maglev_ring(list, 1021), ring);
}

// A node of another build must pick the same backends: a change here moves every new flow of a running cluster.
TEST(MaglevRing, IsTheSameForEver) {
  const auto ring = maglev_ring(members({2, 1, 1}), 251);
  const std::vector<std::uint32_t> head(ring.begin(), ring.begin() + 16);
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const auto value : ring) hash = (hash ^ value) * 0x100000001b3;
  EXPECT_EQ(hash, 12203358413541907940U) << testing::PrintToString(head);
}

TEST(MaglevRing, ARemovedMemberMovesFewSlotsOfTheOthers) {
  const std::vector<std::uint64_t> ten(10, 1);
  auto list = members(ten);
  const auto before = maglev_ring(list, 4093);
  list.erase(list.begin() + 3);
  const auto after = maglev_ring(list, 4093);
  // A tenth has to move; Maglev moves a little more.
  EXPECT_LT(moved(before, after), 4093U * 22 / 100);
  EXPECT_GE(moved(before, after), 409U);
}

TEST(MaglevRing, AChangedWeightMovesLittleMoreThanItMust) {
  const auto before = maglev_ring(members({50, 50, 50, 50}), 4093);
  const auto after = maglev_ring(members({50, 50, 50, 40}), 4093);
  EXPECT_LT(moved(before, after), 4093U * 15 / 100);
}

TEST(MaglevRing, RejectKeepsItsShareWhateverTheOthersAre) {
  constexpr std::uint32_t kReject = 0;
  for (std::uint32_t endpoints = 1; endpoints < 8; ++endpoints) {
    std::vector<RingMember> list{{0x72656a656374, 30 * 840, kReject}};
    for (std::uint32_t i = 1; i <= endpoints; ++i) list.push_back({identity_of(i), 70 * 840 / endpoints, i});
    const auto size = ring_size(list);
    const auto counts = slots_by_value(maglev_ring(list, size.slots));
    EXPECT_NEAR(counts.at(kReject), size.slots * 0.3, 1.0) << endpoints;
  }
}

}  // namespace
}  // namespace sluice::l4
