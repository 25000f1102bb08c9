// So many at once, and then so many a second.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace sluice::report {

class TokenBucket {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Seconds = std::chrono::duration<double>;

  /// Full. per_second > 0, burst >= 1.
  TokenBucket(double per_second, double burst) : per_second_(per_second), burst_(burst), tokens_(burst) {}

  /// Takes one if there is one.
  bool take(Time now) {
    fill(now);
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

  /// When there is one; not after `now` if there is.
  [[nodiscard]] Time next(Time now) {
    fill(now);
    if (tokens_ >= 1) return now;
    // Rounded up: who comes at that time finds one.
    return now + std::chrono::ceil<Time::duration>(Seconds((1 - tokens_) / per_second_)) + std::chrono::nanoseconds(1);
  }

  [[nodiscard]] bool is_full(Time now) const { return tokens_at(now) >= burst_; }

 private:
  [[nodiscard]] double tokens_at(Time now) const {
    if (!filled_ || now <= *filled_) return tokens_;
    return std::min(burst_, tokens_ + Seconds(now - *filled_).count() * per_second_);
  }

  void fill(Time now) {
    tokens_ = tokens_at(now);
    if (!filled_ || now > *filled_) filled_ = now;
  }

  double per_second_, burst_, tokens_;
  std::optional<Time> filled_;
};

}  // namespace sluice::report
