#include "userspace/l4/ring_table.h"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <numeric>

#include "sluice/bpf/ring.h"

namespace sluice::l4 {
namespace {

std::vector<std::pair<std::uint64_t, std::uint64_t>> key_of(std::span<const RingMember> members) {
  std::uint64_t divisor = 0;
  for (const auto& member : members) divisor = std::gcd(divisor, member.weight);
  std::vector<std::pair<std::uint64_t, std::uint64_t>> key;
  for (const auto& member : members) key.emplace_back(member.identity, member.weight / divisor);
  std::ranges::sort(key);
  return key;
}

/// The largest size below `slots`; 0 where there is none.
std::uint32_t next_smaller(std::uint32_t slots) {
  const auto* found = std::ranges::lower_bound(kRingSizes, slots);
  return found == kRingSizes.begin() ? 0 : *std::prev(found);
}

}  // namespace

RingTable::RingTable(std::span<std::uint32_t> slots) : slots_(slots), pool_(static_cast<std::uint32_t>(slots.size())) {}

std::expected<ring_ref, std::string> RingTable::acquire(std::vector<RingMember> members, const ring_ref& current,
                                                        Clock::time_point now, bool& inexact) {
  inexact = false;
  std::erase_if(members, [](const RingMember& member) { return member.weight == 0; });
  if (members.empty()) return ring_ref{RING_REJECT, 0};
  if (members.size() == 1) return ring_ref{members.front().value, 0};
  const Key key = key_of(members);
  if (const auto known = by_key_.find(key); known != by_key_.end()) {
    auto& region = regions_[known->second];
    ++region.users;
    return ring_ref{known->second, region.slots};
  }
  auto built = build(members, current, now, inexact);
  if (!built) return built;
  auto& region = regions_[built->offset];
  region.slots = built->slots;
  ++region.users;
  const auto [named, added] = by_key_.insert_or_assign(key, built->offset);
  region.key = &named->first;
  return built;
}

std::expected<ring_ref, std::string> RingTable::build(std::span<const RingMember> members, const ring_ref& current,
                                                      Clock::time_point now, bool& inexact) {
  for (std::uint32_t limit = kRingSizes.back(); limit > 0;) {
    const auto size = ring_size(members, limit);
    if (size.slots == 0) break;
    inexact = !size.exact;
    const auto ring = maglev_ring(members, size.slots);
    const auto held = regions_.find(current.offset);
    if (current.slots == size.slots && held != regions_.end() && held->second.key == nullptr &&
        std::ranges::equal(ring, slots_.subspan(current.offset, current.slots))) {
      return current;
    }
    if (const auto offset = pool_.allocate(size.slots, now)) {
      std::ranges::copy(ring, slots_.subspan(*offset, size.slots).begin());
      std::atomic_thread_fence(std::memory_order_release);
      ++written_;
      return ring_ref{*offset, size.slots};
    }
    limit = next_smaller(size.slots);
  }
  return std::unexpected("no room for a ring of " + std::to_string(members.size()) + " backends: " +
                         std::to_string(pool_.used()) + " of " + std::to_string(pool_.capacity()) + " slots in use");
}

void RingTable::release(const ring_ref& ring, Clock::time_point now) {
  if (ring.slots == 0) return;
  const auto region = regions_.find(ring.offset);
  if (region == regions_.end() || --region->second.users > 0) return;
  if (region->second.key != nullptr) by_key_.erase(*region->second.key);
  regions_.erase(region);
  pool_.free(ring.offset, ring.slots, now);
}

bool RingTable::adopt(const ring_ref& ring) {
  if (ring.slots == 0) return true;
  if (const auto region = regions_.find(ring.offset); region != regions_.end()) {
    if (region->second.slots != ring.slots) return false;
    ++region->second.users;
    return true;
  }
  if (!pool_.reserve(ring.offset, ring.slots)) return false;
  regions_[ring.offset] = {ring.slots, 1, nullptr};
  return true;
}

}  // namespace sluice::l4
