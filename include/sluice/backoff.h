// How long to wait before the next try.
#pragma once

#include <algorithm>
#include <chrono>
#include <random>

namespace sluice {

/// Doubles from first to most, and draws each wait from the upper half, so that those who were thrown out together do
/// not come back together.
class Backoff {
 public:
  using Milliseconds = std::chrono::milliseconds;

  Backoff(Milliseconds first, Milliseconds most) : first_(first), most_(most), next_(first) {}

  Milliseconds next() {
    const auto most = std::max<Milliseconds::rep>(next_.count(), 1);
    next_ = std::min(next_ * 2, most_);
    return Milliseconds(std::uniform_int_distribution<Milliseconds::rep>((most + 1) / 2, most)(random_));
  }
  /// It went well.
  void reset() { next_ = first_; }
  std::minstd_rand& random() { return random_; }

 private:
  Milliseconds first_, most_, next_;
  std::minstd_rand random_{std::random_device()()};
};

}  // namespace sluice
