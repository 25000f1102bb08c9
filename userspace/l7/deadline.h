// A time by which something must have happened, moved with every step that is made: the timer below is armed for the
// first such time alone, and when it fires looks whether that has been moved since.
#pragma once

#include <chrono>

#include "userspace/transport/loop.h"
#include "userspace/transport/timer.h"

namespace sluice::l7 {

/// Embedded in what it wakes. Allocates nothing.
class Deadline {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Deadline::bind<&Connection::on_deadline>(this)
  template <auto Passed, class T>
  static Deadline bind(T* object) {
    return Deadline([](void* self) { (static_cast<T*>(self)->*Passed)(); }, object);
  }
  Deadline(void (*passed)(void*), void* self) : passed_(passed), self_(self) {}
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  void set(transport::Loop& loop, std::chrono::milliseconds after) {
    loop_ = &loop;
    at_ = loop.now() + after;
    if (timer_.armed() && due_ <= at_) return;
    due_ = at_;
    loop.arm(timer_, after);
  }

  /// None for now; the timer stays as it is, for the next.
  void clear() { at_ = Time::max(); }

  /// None any more.
  void cancel() { timer_.cancel(); }

  [[nodiscard]] Time at() const { return at_; }

 private:
  void fire() {
    if (at_ == Time::max()) return;
    const auto now = loop_->now();
    if (now >= at_) return passed_(self_);
    due_ = at_;
    loop_->arm(timer_, std::chrono::ceil<std::chrono::milliseconds>(at_ - now));
  }

  void (*passed_)(void*);
  void* self_;
  transport::Loop* loop_ = nullptr;
  Time at_{};
  Time due_{};  ///< when the timer fires, if it is armed
  transport::Timer timer_ = transport::Timer::bind<&Deadline::fire>(this);
};

}  // namespace sluice::l7
