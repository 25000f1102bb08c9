#include "userspace/l4/ring.h"

#include <algorithm>
#include <numeric>
#include <queue>

namespace sluice::l4 {
namespace {

__extension__ using Wide = unsigned __int128;

/// splitmix64: one identity gives two independent numbers for the permutation.
std::uint64_t mixed(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

Wide weight_sum(std::span<const RingMember> members) {
  Wide sum = 0;
  for (const auto& member : members) sum += member.weight;
  return sum;
}

std::size_t holders(std::span<const RingMember> members) {
  return static_cast<std::size_t>(std::ranges::count_if(members, [](const auto& m) { return m.weight > 0; }));
}

/// |quota/slots - weight/sum| <= weight/sum/100, in integers.
bool within_one_percent(const RingMember& member, std::uint32_t quota, std::uint32_t slots, Wide sum) {
  const Wide due = Wide{member.weight} * slots;
  const Wide got = Wide{quota} * sum;
  const Wide off = due > got ? due - got : got - due;
  return off * 100 <= due;
}

/// A member's preferred slots, one after the other; `slots` is prime, so each comes once.
class Permutation {
 public:
  Permutation(std::uint64_t identity, std::uint32_t slots)
      : slots_(slots),
        next_(static_cast<std::uint32_t>(mixed(identity) % slots)),
        skip_(static_cast<std::uint32_t>(mixed(identity ^ 0x736c756963650000) % (slots - 1) + 1)) {}

  std::uint32_t take() {
    const std::uint32_t slot = next_;
    next_ += skip_;
    if (next_ >= slots_) next_ -= slots_;
    return slot;
  }

 private:
  std::uint32_t slots_;
  std::uint32_t next_;
  std::uint32_t skip_;
};

/// The k-th turn of a member is due at (2k + 1) / (2 quota): turns of all members interleave by their weights.
struct Turn {
  std::uint64_t numerator;
  std::uint64_t quota;
  std::size_t member;

  friend bool operator>(const Turn& left, const Turn& right) {
    const std::uint64_t a = left.numerator * right.quota;
    const std::uint64_t b = right.numerator * left.quota;
    return a != b ? a > b : left.member > right.member;
  }
};

std::vector<RingMember> by_identity(std::span<const RingMember> members) {
  std::vector<RingMember> sorted(members.begin(), members.end());
  std::ranges::sort(sorted, {}, &RingMember::identity);
  return sorted;
}

/// Gives each holder without a slot one of the richest's: only where there are more holders than the shares allow.
void lend_to_the_poor(std::span<const RingMember> members, std::vector<std::uint32_t>& quotas) {
  std::priority_queue<std::pair<std::uint32_t, std::size_t>> rich;
  for (std::size_t i = 0; i < quotas.size(); ++i) rich.emplace(quotas[i], i);
  for (std::size_t i = 0; i < quotas.size(); ++i) {
    if (members[i].weight == 0 || quotas[i] > 0) continue;
    const auto [quota, donor] = rich.top();
    if (quota < 2) return;
    rich.pop();
    --quotas[donor];
    quotas[i] = 1;
    rich.emplace(quotas[donor], donor);
  }
}

}  // namespace

std::vector<std::uint32_t> ring_quotas(std::span<const RingMember> members, std::uint32_t slots) {
  std::vector<std::uint32_t> quotas(members.size());
  const Wide sum = weight_sum(members);
  if (sum == 0) return quotas;
  std::vector<Wide> remainders(members.size());
  std::uint32_t given = 0;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const Wide due = Wide{members[i].weight} * slots;
    quotas[i] = static_cast<std::uint32_t>(due / sum);
    remainders[i] = due % sum;
    given += quotas[i];
  }
  std::vector<std::size_t> order(members.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    return remainders[a] != remainders[b] ? remainders[a] > remainders[b] : members[a].identity < members[b].identity;
  });
  for (std::size_t i = 0; given < slots; ++i, ++given) ++quotas[order[i]];
  lend_to_the_poor(members, quotas);
  return quotas;
}

RingSize ring_size(std::span<const RingMember> members, std::uint32_t limit) {
  const std::size_t count = holders(members);
  const Wide sum = weight_sum(members);
  RingSize chosen;
  if (count == 0) return chosen;
  for (const std::uint32_t slots : kRingSizes) {
    if (slots > limit || slots < count) continue;
    chosen.slots = slots;
    const auto quotas = ring_quotas(members, slots);
    chosen.exact = true;
    for (std::size_t i = 0; i < members.size() && chosen.exact; ++i) {
      chosen.exact = within_one_percent(members[i], quotas[i], slots, sum);
    }
    if (chosen.exact) break;
  }
  return chosen;
}

std::vector<std::uint32_t> maglev_ring(std::span<const RingMember> members, std::uint32_t slots) {
  const auto sorted = by_identity(members);
  const auto quotas = ring_quotas(sorted, slots);
  std::vector<Permutation> permutations;
  std::priority_queue<Turn, std::vector<Turn>, std::greater<>> turns;
  permutations.reserve(sorted.size());
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    permutations.emplace_back(sorted[i].identity, slots);
    if (quotas[i] > 0) turns.push({1, quotas[i], i});
  }
  std::vector<std::uint32_t> ring(slots);
  std::vector<bool> taken(slots);
  while (!turns.empty()) {
    Turn turn = turns.top();
    turns.pop();
    std::uint32_t slot = permutations[turn.member].take();
    while (taken[slot]) slot = permutations[turn.member].take();
    taken[slot] = true;
    ring[slot] = sorted[turn.member].value;
    turn.numerator += 2;
    if (turn.numerator < 2 * turn.quota) turns.push(turn);
  }
  return ring;
}

}  // namespace sluice::l4
