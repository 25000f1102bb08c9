#include "userspace/process/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "userspace/process/exposition.h"

namespace sluice::process {
namespace {

void add_gauge(Exposition& out, std::string_view name, std::string_view help, double value) {
  out.family(name, "gauge", help);
  out.sample(name, {}, value);
}

void add_cpu(Exposition& out) {
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return;
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  out.family("process_cpu_seconds_total", "counter", "User and system CPU time.");
  out.sample("process_cpu_seconds_total", {}, seconds(usage.ru_utime) + seconds(usage.ru_stime));
}

void add_memory(Exposition& out) {
  std::ifstream file("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  if (!(file >> total >> resident)) return;
  add_gauge(out, "process_resident_memory_bytes", "Resident memory.",
            static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)));
}

void add_descriptors(Exposition& out) {
  std::error_code error;
  const std::filesystem::directory_iterator open("/proc/self/fd", error);
  if (error) return;
  // The iterator's own descriptor is one of them.
  const auto count = std::distance(begin(open), end(open)) - 1;
  add_gauge(out, "process_open_fds", "Open file descriptors.", static_cast<double>(count));
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  add_gauge(out, "process_max_fds", "Most file descriptors that may be open.", static_cast<double>(limit.rlim_cur));
}

/// Boot time (/proc/stat) and the start in ticks since boot: field 22 of /proc/self/stat, counted after the name.
void add_start_time(Exposition& out) {
  std::ifstream stat("/proc/self/stat");
  std::string line;
  std::getline(stat, line);
  std::istringstream fields(line.substr(std::min(line.size(), line.rfind(')') + 1)));
  std::string field;
  for (int i = 3; i <= 22; ++i) fields >> field;
  std::ifstream system("/proc/stat");
  for (std::string key; system >> key; system.ignore(4096, '\n')) {
    double boot = 0;
    if (key != "btime" || !(system >> boot) || field.empty()) continue;
    const double start = boot + std::strtod(field.c_str(), nullptr) / static_cast<double>(sysconf(_SC_CLK_TCK));
    add_gauge(out, "process_start_time_seconds", "Start of the process, Unix time.", start);
    return;
  }
}

}  // namespace

std::string process_metrics() {
  Exposition out;
  add_cpu(out);
  add_memory(out);
  add_descriptors(out);
  add_start_time(out);
  return out.take();
}

}  // namespace sluice::process
