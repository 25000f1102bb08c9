#include "userspace/transport/timer.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <vector>

namespace sluice::transport {
namespace {

using std::chrono::milliseconds;

struct Alarm {
  void ring() { ++rung; }
  int rung = 0;
  Timer timer = Timer::bind<&Alarm::ring>(this);
};

TEST(TimerWheel, FiresAtMostOneTickLateAndNeverEarly) {
  const TimerWheel::Clock::time_point start{};
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    TimerWheel wheel(start);
    Alarm alarm;
    const milliseconds after(std::uniform_int_distribution<>(0, 30000)(random));
    wheel.arm(alarm.timer, after);
    for (milliseconds at(0); at < after; at += milliseconds(7)) {
      wheel.advance(start + at);
      ASSERT_EQ(alarm.rung, 0) << "early by " << (after - at).count() << " ms";
    }
    wheel.advance(start + after + TimerWheel::kTick);
    ASSERT_EQ(alarm.rung, 1);
  }
}

TEST(TimerWheel, SleepingUntilNextMissesNoTimer) {
  const TimerWheel::Clock::time_point start{};
  TimerWheel wheel(start);
  std::vector<std::unique_ptr<Alarm>> alarms;
  std::mt19937 random(2);
  for (int i = 0; i < 500; ++i) {
    alarms.push_back(std::make_unique<Alarm>());
    wheel.arm(alarms.back()->timer, milliseconds(std::uniform_int_distribution<>(0, 20000)(random)));
  }
  auto now = start;
  for (auto wait = wheel.next(); wait.count() >= 0; wait = wheel.next()) {
    now += wait;
    ASSERT_LE(now - start, milliseconds(20016));
    wheel.advance(now);
  }
  for (const auto& alarm : alarms) EXPECT_EQ(alarm->rung, 1);
}

TEST(TimerWheel, ALongSleepFiresAllThatIsDue) {
  const TimerWheel::Clock::time_point start{};
  TimerWheel wheel(start);
  Alarm soon;
  Alarm far;
  wheel.arm(soon.timer, milliseconds(100));
  wheel.arm(far.timer, milliseconds(60000));
  wheel.advance(start + milliseconds(50000));
  EXPECT_EQ(soon.rung, 1);
  EXPECT_EQ(far.rung, 0);
  wheel.advance(start + milliseconds(60010));
  EXPECT_EQ(far.rung, 1);
}

TEST(TimerWheel, CancelledAndDestroyedTimersDoNotFire) {
  const TimerWheel::Clock::time_point start{};
  TimerWheel wheel(start);
  Alarm cancelled;
  auto destroyed = std::make_unique<Alarm>();
  wheel.arm(cancelled.timer, milliseconds(10));
  wheel.arm(destroyed->timer, milliseconds(10));
  cancelled.timer.cancel();
  destroyed.reset();
  wheel.advance(start + milliseconds(100));
  EXPECT_EQ(cancelled.rung, 0);
  EXPECT_EQ(wheel.next(), milliseconds(-1));
}

struct Destroyer {
  void ring() { victim.reset(); }
  std::unique_ptr<Alarm> victim = std::make_unique<Alarm>();
  Timer timer = Timer::bind<&Destroyer::ring>(this);
};

TEST(TimerWheel, ATimerMayDestroyAnotherOfTheSameTick) {
  const TimerWheel::Clock::time_point start{};
  TimerWheel wheel(start);
  Destroyer destroyer;
  wheel.arm(destroyer.timer, milliseconds(10));
  wheel.arm(destroyer.victim->timer, milliseconds(10));
  wheel.advance(start + milliseconds(100));
  EXPECT_EQ(destroyer.victim, nullptr);
}

}  // namespace
}  // namespace sluice::transport
