#include "userspace/l4/announcements.h"

#include <map>

#include "plan_builder.h"

namespace sluice::l4 {
namespace {

using testing::IsEmpty;

/// In which seconds of `from` .. `to` - 1 each is announced.
std::map<Address, std::vector<std::uint64_t>> seconds_of(Announcements& announcements, const std::set<Address>& held,
                                                         std::uint64_t from, std::uint64_t to) {
  std::map<Address, std::vector<std::uint64_t>> seconds;
  for (auto second = from; second < to; ++second) {
    for (const auto& each : announcements.due(held, second)) seconds[each].push_back(second);
  }
  return seconds;
}

TEST(Announcements, ATakeoverIsRepeatedEachSecond) {
  Announcements announcements;
  announcements.begin(ip("192.0.2.20"));
  auto seconds = seconds_of(announcements, {ip("192.0.2.20")}, 30, 30 + Announcements::kRepeats);
  EXPECT_EQ(seconds[ip("192.0.2.20")].size(), Announcements::kRepeats);
}

TEST(Announcements, WhatIsHeldIsAnnouncedOnceInEachPeriodAndNotAllOfItAtOnce) {
  Announcements announcements;
  std::set<Address> held;
  for (int i = 0; i < 60; ++i) held.insert(ip(("192.0.2." + std::to_string(i)).c_str()));
  held.insert(ip("2001:db8::1"));
  for (auto& [address, seconds] : seconds_of(announcements, held, 100, 100 + 2 * Announcements::kRefresh)) {
    ASSERT_EQ(seconds.size(), 2) << address.text();
    EXPECT_EQ(seconds[1] - seconds[0], Announcements::kRefresh) << address.text();
  }
  for (std::uint64_t second = 0; second < Announcements::kRefresh; ++second) {
    EXPECT_LE(announcements.due(held, second).size(), 3);
  }
}

TEST(Announcements, ARefreshFollowsTheRepeats) {
  Announcements announcements;
  const auto vip = ip("192.0.2.20");
  announcements.begin(vip);
  const auto seconds = seconds_of(announcements, {vip}, 0, Announcements::kRepeats + Announcements::kRefresh)[vip];
  EXPECT_EQ(seconds.size(), Announcements::kRepeats + 1);
}

TEST(Announcements, WhatIsNotHeldIsNotAnnounced) {
  Announcements announcements;
  announcements.begin(ip("192.0.2.1"));
  EXPECT_THAT(announcements.due({}, 1), IsEmpty());
  announcements.end(ip("192.0.2.1"));
  auto seconds = seconds_of(announcements, {ip("192.0.2.1")}, 0, Announcements::kRefresh);
  EXPECT_EQ(seconds[ip("192.0.2.1")].size(), 1) << "a refresh, and no repeats of a takeover that is over";
}

}  // namespace
}  // namespace sluice::l4
