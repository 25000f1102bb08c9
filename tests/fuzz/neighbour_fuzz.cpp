// ARP and neighbour advertisements from anybody on the link: read within bounds, and what they claim stands in them.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "userspace/l4/rivals.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span frame(data, size);
  const auto claim = sluice::l4::claim_of(frame);
  if (!claim) return 0;
  if (std::ranges::search(frame, claim->mac).empty()) std::abort();
  if (std::ranges::search(frame, claim->address.wire()).empty()) std::abort();
  return 0;
}
