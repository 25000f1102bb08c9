#include "userspace/process/process_metrics.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>

namespace sluice::process {
namespace {

double value_of(const std::string& text, const std::string& name) {
  const auto at = text.find("\n" + name + " ");
  EXPECT_NE(at, std::string::npos) << name << " is missing in\n" << text;
  return at == std::string::npos ? -1 : std::strtod(text.c_str() + at + name.size() + 2, nullptr);
}

TEST(ProcessMetrics, AreThoseOfThisProcess) {
  const auto text = process_metrics();
  EXPECT_GT(value_of(text, "process_resident_memory_bytes"), 100000);
  EXPECT_GE(value_of(text, "process_cpu_seconds_total"), 0);
  EXPECT_GT(value_of(text, "process_max_fds"), value_of(text, "process_open_fds"));
  const auto start = value_of(text, "process_start_time_seconds");
  const auto now = static_cast<double>(std::time(nullptr));
  EXPECT_LT(start, now + 2);
  EXPECT_GT(start, now - 3600);
}

TEST(ProcessMetrics, CountADescriptorMoreWhenOneIsOpened) {
  const auto before = value_of(process_metrics(), "process_open_fds");
  const int opened = dup(0);
  EXPECT_EQ(value_of(process_metrics(), "process_open_fds"), before + 1);
  close(opened);
}

}  // namespace
}  // namespace sluice::process
