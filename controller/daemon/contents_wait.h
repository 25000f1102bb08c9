// How long a change is held back for Secrets and ConfigMaps that are referred to and have not been read: a model
// without the certificates that it names, for a moment, would end the service of those who have them.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace sluice::daemon {

/// Without clock. One thread.
class ContentsWait {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kForNew{2};     ///< for each that is referred to now
  static constexpr std::chrono::seconds kForMany{10};   ///< and for one after another
  static constexpr std::chrono::seconds kForFirst{30};  ///< for all, before anything was published

  /// One more is wanted; that others could not be read before does not count.
  void wanted(Time now) {
    if (!began_ || now >= end()) began_ = now;
    since_ = now;
  }
  /// All have been read.
  void answered() { began_.reset(); }
  /// There is a model in force.
  void published() { is_first_ = false; }

  /// Until when to wait; nullopt: no longer.
  [[nodiscard]] std::optional<Time> until(Time now) const {
    return began_ && now < end() ? std::optional(end()) : std::nullopt;
  }

 private:
  [[nodiscard]] Time end() const {
    return is_first_ ? *began_ + kForFirst : std::min(since_ + kForNew, *began_ + kForMany);
  }

  std::optional<Time> began_;
  Time since_{};  ///< where it began
  bool is_first_ = true;
};

}  // namespace sluice::daemon
