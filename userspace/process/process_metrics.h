// The metrics that every Prometheus client library gives of its process, by their usual names.
#pragma once

#include <string>

namespace sluice::process {

/// process_cpu_seconds_total, process_resident_memory_bytes, process_open_fds, process_max_fds,
/// process_start_time_seconds; read from /proc/self now. What cannot be read is left out.
std::string process_metrics();

}  // namespace sluice::process
