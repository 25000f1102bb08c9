// What the writer of statuses counts.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

#include "controller/source/kubernetes/api_error.h"

namespace sluice::report {

/// Written by the owner's thread, read by any.
struct WriteCounts {
  std::atomic<std::uint64_t> same = 0;     ///< merges that had nothing to write
  std::atomic<std::uint64_t> written = 0;  ///< patches that the API server took
  std::array<std::atomic<std::uint64_t>, kubernetes::kApiErrorKinds> errors{};
  std::atomic<std::uint64_t> pending = 0;
  std::atomic<bool> leads = false;
};

/// Prometheus text.
std::string metrics_text(const WriteCounts& counts);

}  // namespace sluice::report
