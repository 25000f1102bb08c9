// Timers of one loop: a wheel of 1024 slots of 8 ms. Arming and cancelling are O(1) and allocate nothing; a timer fires
// up to one tick late, never early. Timers further away than one turn of the wheel (8.2 s) are passed over once a turn.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

namespace sluice::transport {

class TimerWheel;

struct TimerLink {
  TimerLink* next = this;
  TimerLink* previous = this;
};

/// Embedded in what it wakes. Destroying it cancels it.
class Timer : private TimerLink {
 public:
  /// Timer::bind<&Connection::on_idle>(this)
  template <auto Method, class T>
  static Timer bind(T* object) {
    return Timer([](void* self) { (static_cast<T*>(self)->*Method)(); }, object);
  }
  Timer(void (*fire)(void*), void* self) : fire_(fire), self_(self) {}
  ~Timer() { cancel(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void cancel();
  [[nodiscard]] bool armed() const { return next != this; }

 private:
  friend class TimerWheel;
  void (*fire_)(void*);
  void* self_;
  std::uint64_t tick_ = 0;  ///< when it is due
};

class TimerWheel {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kTick{8};
  static constexpr std::size_t kSlots = 1024;

  explicit TimerWheel(Clock::time_point start) : start_(start), now_(start) {}
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  /// Fires `after` from now(), once; armed again, only the last holds. 0: at the turn's end, without waiting.
  void arm(Timer& timer, std::chrono::milliseconds after);

  /// Moves the time on, so that what is armed from here on counts from it; fires nothing.
  void set_now(Clock::time_point now) { now_ = now; }

  /// Fires what is due at `now`. A timer may arm, cancel or destroy any.
  void advance(Clock::time_point now);

  /// As last set: cheap, the same for a whole turn.
  [[nodiscard]] Clock::time_point now() const { return now_; }

  /// Until the next slot that holds a timer; -1 ms: none is armed. May be early (a far timer's slot), never late.
  [[nodiscard]] std::chrono::milliseconds next() const;

 private:
  [[nodiscard]] std::uint64_t tick_of(Clock::time_point time) const {
    return static_cast<std::uint64_t>((time - start_) / kTick);
  }
  void fire_slot(std::size_t slot, std::uint64_t due);

  Clock::time_point start_;
  Clock::time_point now_;
  std::uint64_t tick_ = 0;  ///< all up to this one have fired
  TimerLink at_once_;
  std::array<TimerLink, kSlots> slots_;
  std::array<std::uint64_t, kSlots / 64> occupied_{};  ///< a bit a slot; may be set for an empty one, never the reverse
};

}  // namespace sluice::transport
