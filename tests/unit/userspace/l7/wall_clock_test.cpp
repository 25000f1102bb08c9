#include "userspace/l7/wall_clock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>

namespace sluice::l7 {
namespace {

using std::chrono::milliseconds;

std::string iso(WallClock& clock, WallClock::Steady time) {
  std::string text;
  clock.append_iso(time, text);
  return text;
}

// Milliseconds since the epoch.
std::int64_t parsed(const std::string& text) {
  std::tm utc{};
  EXPECT_NE(strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &utc), nullptr) << text;
  return static_cast<std::int64_t>(timegm(&utc)) * 1000 + std::stoi(text.substr(20, 3));
}

TEST(WallClock, SaysWhatTheSystemSays) {
  WallClock clock;
  const auto now = std::chrono::steady_clock::now();
  EXPECT_THAT(std::string(clock.date(now)),
              testing::MatchesRegex("[A-Z][a-z][a-z], [0-9][0-9] [A-Z][a-z][a-z] 20[0-9][0-9] "
                                    "[0-9][0-9]:[0-9][0-9]:[0-9][0-9] GMT"));
  const auto wall = std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch());
  EXPECT_NEAR(static_cast<double>(parsed(iso(clock, now))), static_cast<double>(wall.count()), 200);
}

TEST(WallClock, ATimeInThePastIsNotTheTimeItIsAskedAt) {
  WallClock clock;
  const auto now = std::chrono::steady_clock::now();
  clock.date(now);
  const std::int64_t reference = parsed(iso(clock, now));
  for (const int ago : {0, 1, 250, 999, 1000, 1500, 61'000, 86'400'000}) {
    EXPECT_EQ(reference - parsed(iso(clock, now - milliseconds(ago))), ago);
  }
}

TEST(WallClock, GoesOnWithTheLoopsClock) {
  WallClock clock;
  const auto now = std::chrono::steady_clock::now();
  const std::string date(clock.date(now));
  EXPECT_EQ(clock.date(now), date);
  // A second later by the loop the system is asked again, whose clock has not moved: the text is right either way.
  EXPECT_EQ(clock.date(now + std::chrono::seconds(1)).size(), date.size());
}

}  // namespace
}  // namespace sluice::l7
