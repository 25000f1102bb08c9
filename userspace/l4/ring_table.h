// The rings in force: one for each distinct set of weighted backends, shared by the services that have it.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sluice/bpf/service.h"
#include "userspace/l4/ring.h"
#include "userspace/l4/ring_pool.h"

namespace sluice::l4 {

/// Writes rings into the mapped array and counts who uses them.
class RingTable {
 public:
  using Clock = RingPool::Clock;

  /// slots: the mapped array. Borrowed.
  explicit RingTable(std::span<std::uint32_t> slots);

  /// A reference to a ring of these members (value = backend index, RING_REJECT to refuse), written if it is new. A set
  /// with one member needs no slots. `current` is kept if it holds the same already. Error: the pool is full.
  /// `inexact` is set where no size keeps the weights within 1 %.
  std::expected<ring_ref, std::string> acquire(std::vector<RingMember> members, const ring_ref& current,
                                               Clock::time_point now, bool& inexact);

  /// One user less; the last one's region rests, then is free.
  void release(const ring_ref& ring, Clock::time_point now);

  /// Frees what has rested until `now`.
  void tick(Clock::time_point now) { pool_.wake(now); }

  /// One user more of a region that was in force before this process. False: it overlaps or lies outside (a map that is
  /// not ours to trust): the caller rebuilds.
  bool adopt(const ring_ref& ring);

  [[nodiscard]] std::uint32_t used_slots() const { return pool_.used(); }
  [[nodiscard]] std::uint32_t capacity() const { return pool_.capacity(); }
  [[nodiscard]] std::uint64_t written() const { return written_; }

 private:
  using Key = std::vector<std::pair<std::uint64_t, std::uint64_t>>;  ///< (identity, weight / gcd), sorted
  struct Region {
    std::uint32_t slots = 0;
    std::uint32_t users = 0;
    const Key* key = nullptr;  ///< in by_key_; nullptr for an adopted one
  };

  std::expected<ring_ref, std::string> build(std::span<const RingMember> members, const ring_ref& current,
                                             Clock::time_point now, bool& inexact);

  std::span<std::uint32_t> slots_;
  RingPool pool_;
  std::map<std::uint32_t, Region> regions_;  ///< by offset
  std::map<Key, std::uint32_t> by_key_;
  std::uint64_t written_ = 0;
};

}  // namespace sluice::l4
