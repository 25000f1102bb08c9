// Where rings lie: regions of one mapped array of slots.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>

namespace sluice::l4 {

/// Gives out regions of an array of `slots` slots. A freed region rests: a program that read the service entry before
/// it changed may still read the old ring. Knows offsets only; who writes the slots is the caller's matter.
class RingPool {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr auto kRest = std::chrono::seconds(2);  ///< no program runs that long

  explicit RingPool(std::uint32_t slots);

  /// First fit. nullopt: no region of that length is free at `now`.
  std::optional<std::uint32_t> allocate(std::uint32_t slots, Clock::time_point now);

  /// A region that is in force already (adopted maps). False: not wholly free.
  bool reserve(std::uint32_t offset, std::uint32_t slots);

  /// The region comes back kRest after `now`.
  void free(std::uint32_t offset, std::uint32_t slots, Clock::time_point now);

  /// Regions that have rested until `now` are free again; allocate() does it, too.
  void wake(Clock::time_point now);

  [[nodiscard]] std::uint32_t capacity() const { return capacity_; }
  [[nodiscard]] std::uint32_t used() const;  ///< resting ones count as used

 private:
  struct Resting {
    Clock::time_point until;
    std::uint32_t offset;
    std::uint32_t slots;
  };

  void insert(std::uint32_t offset, std::uint32_t slots);

  std::uint32_t capacity_;
  std::uint32_t free_slots_;
  std::map<std::uint32_t, std::uint32_t> free_;  ///< offset -> length; never two that touch
  std::deque<Resting> resting_;
};

}  // namespace sluice::l4
