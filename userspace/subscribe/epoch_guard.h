// Keeps a node from a leader that does not know yet that it is none any more.
#pragma once

#include <chrono>

#include "sluice/control.h"

namespace sluice::subscribe {

class EpochGuard {
 public:
  using Clock = std::chrono::steady_clock;

  /// memory: a leader that was not heard for so long leads no more, whoever leads now.
  explicit EpochGuard(std::chrono::milliseconds memory) : memory_(memory) {}

  /// False: a higher epoch was heard, and not long ago.
  bool take(const control::v1::Epoch& epoch, Clock::time_point now) {
    if (control::is_lower(epoch, highest_) && now - heard_ < memory_) return false;
    highest_ = epoch;
    heard_ = now;
    return true;
  }

  [[nodiscard]] const control::v1::Epoch& highest() const { return highest_; }

 private:
  std::chrono::milliseconds memory_;
  control::v1::Epoch highest_;
  Clock::time_point heard_{};
};

}  // namespace sluice::subscribe
