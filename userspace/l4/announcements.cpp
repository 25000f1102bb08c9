#include "userspace/l4/announcements.h"

#include <algorithm>

namespace sluice::l4 {
namespace {

/// Addresses that follow one another, as those of a pool do, fall into seconds that follow one another.
std::uint64_t turn_of(const Address& address) {
  const auto bytes = address.wire();
  return (static_cast<std::uint64_t>(bytes[bytes.size() - 2]) << 8 | bytes[bytes.size() - 1]) % Announcements::kRefresh;
}

}  // namespace

std::vector<Address> Announcements::due(const std::set<Address>& held, std::uint64_t second) {
  std::vector<Address> out;
  for (const auto& address : held) {
    const auto repeated = repeats_.find(address);
    if (repeated == repeats_.end()) {
      if (second % kRefresh == turn_of(address)) out.push_back(address);
      continue;
    }
    out.push_back(address);
    if (--repeated->second == 0) repeats_.erase(repeated);
  }
  return out;
}

}  // namespace sluice::l4
