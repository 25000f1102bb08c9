// Rings: which backend a new flow gets. docs/concepts/ring.md says why.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace sluice::l4 {

/// The sizes a ring may have: primes, about four times each other.
inline constexpr std::array<std::uint32_t, 5> kRingSizes{251, 1021, 4093, 16381, 65537};

/// One holder of slots. Reject is a member like others, with a value of its own.
struct RingMember {
  std::uint64_t identity = 0;  ///< hash of what it is (address, port, protocol): the same on every node
  std::uint64_t weight = 0;    ///< share of the sum; 0 gets no slot
  std::uint32_t value = 0;     ///< what its slots hold
};

/// A choice of size. `exact`: every member's slots are within 1 % of its weight (relative to that weight).
struct RingSize {
  std::uint32_t slots = 0;
  bool exact = false;
};

/// The smallest size that keeps every weight within 1 %, at most `limit`; the largest up to `limit` where none does.
/// slots 0: there is no member with a weight, or there are more of them than the largest size has slots.
RingSize ring_size(std::span<const RingMember> members, std::uint32_t limit = kRingSizes.back());

/// Slots of each member: by largest remainder, so that each is off by less than one slot, but at least one for a
/// weight above 0. Ties go to the smaller identity. The sum is `slots` if any weight is above 0.
std::vector<std::uint32_t> ring_quotas(std::span<const RingMember> members, std::uint32_t slots);

/// Weighted Maglev (Eisenbud et al., NSDI 2016, 3.4): the value of each slot. Each member gets exactly its quota, and
/// takes its turns spread over the filling as its weight asks. Any order of members gives the same ring; identities
/// must differ. Pure; about 20 ns a slot.
std::vector<std::uint32_t> maglev_ring(std::span<const RingMember> members, std::uint32_t slots);

}  // namespace sluice::l4
