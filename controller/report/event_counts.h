// What the recorder of Events counts.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace sluice::report {

/// Written by the owner's thread, read by any.
struct EventCounts {
  std::atomic<std::uint64_t> created = 0;
  std::atomic<std::uint64_t> repeated = 0;  ///< series written
  std::atomic<std::uint64_t> failed = 0;    ///< refused by the API server
  std::atomic<std::uint64_t> dropped = 0;   ///< over the limits
  std::atomic<std::uint64_t> known = 0;
};

/// Prometheus text.
std::string metrics_text(const EventCounts& counts);

}  // namespace sluice::report
