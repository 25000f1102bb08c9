#include "userspace/l4/ring_pool.h"

#include <gmock/gmock.h>

#include <random>
#include <vector>

namespace sluice::l4 {
namespace {

using std::chrono::milliseconds;
const RingPool::Clock::time_point kStart{};

TEST(RingPool, GivesDisjointRegions) {
  RingPool pool(1000);
  EXPECT_EQ(pool.allocate(251, kStart), 0U);
  EXPECT_EQ(pool.allocate(251, kStart), 251U);
  EXPECT_EQ(pool.used(), 502U);
  EXPECT_FALSE(pool.allocate(499, kStart));
  EXPECT_EQ(pool.allocate(498, kStart), 502U);
}

TEST(RingPool, AFreedRegionRestsBeforeItIsUsedAgain) {
  RingPool pool(251);
  ASSERT_TRUE(pool.allocate(251, kStart));
  pool.free(0, 251, kStart);
  EXPECT_FALSE(pool.allocate(251, kStart + RingPool::kRest - milliseconds(1)));
  EXPECT_EQ(pool.allocate(251, kStart + RingPool::kRest), 0U);
}

TEST(RingPool, RegionsThatTouchBecomeOne) {
  RingPool pool(753);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(pool.allocate(251, kStart));
  pool.free(0, 251, kStart);
  pool.free(502, 251, kStart);
  pool.free(251, 251, kStart);
  EXPECT_EQ(pool.allocate(753, kStart + RingPool::kRest), 0U);
}

TEST(RingPool, AnAdoptedRegionIsKeptOut) {
  RingPool pool(1000);
  EXPECT_TRUE(pool.reserve(100, 251));
  EXPECT_FALSE(pool.reserve(300, 251)) << "overlaps";
  EXPECT_FALSE(pool.reserve(900, 251)) << "beyond the end";
  EXPECT_EQ(pool.allocate(251, kStart), 351U);
  EXPECT_EQ(pool.allocate(100, kStart), 0U);
}

TEST(RingPool, NothingIsLostOverManyRandomUses) {
  RingPool pool(20000);
  std::mt19937 random(1);
  std::vector<std::pair<std::uint32_t, std::uint32_t>> held;
  auto now = kStart;
  for (int i = 0; i < 5000; ++i, now += milliseconds(50)) {
    const std::uint32_t slots = std::vector<std::uint32_t>{251, 1021, 4093}[random() % 3];
    if (const auto offset = pool.allocate(slots, now)) held.emplace_back(*offset, slots);
    if (held.size() > 8) {
      const auto victim = held.begin() + static_cast<std::ptrdiff_t>(random() % held.size());
      pool.free(victim->first, victim->second, now);
      held.erase(victim);
    }
  }
  for (const auto& [offset, slots] : held) pool.free(offset, slots, now);
  EXPECT_EQ(pool.allocate(20000, now + RingPool::kRest), 0U);
}

}  // namespace
}  // namespace sluice::l4
