#include "controller/report/write_counts.h"

#include <string_view>

namespace sluice::report {
namespace {

void family(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  out.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ");
  out.append(name).append(" ").append(type).append("\n");
}

void sample(std::string& out, std::string_view name, std::string_view label, std::uint64_t value) {
  out.append(name).append(label).append(" ").append(std::to_string(value)).append("\n");
}

}  // namespace

std::string metrics_text(const WriteCounts& counts) {
  std::string out;
  family(out, "sluice_status_writes_total", "counter", "Statuses sent to the API server, by what came of them.");
  sample(out, "sluice_status_writes_total", R"({result="ok"})", counts.written);
  for (std::size_t i = 0; i < kubernetes::kApiErrorKinds; ++i) {
    if (counts.errors[i] == 0) continue;
    const auto kind = to_string(static_cast<kubernetes::ApiErrorKind>(i));
    sample(out, "sluice_status_writes_total", R"({result=")" + std::string(kind) + "\"}", counts.errors[i]);
  }
  family(out, "sluice_status_unchanged_total", "counter", "Statuses that the API server held already.");
  sample(out, "sluice_status_unchanged_total", "", counts.same);
  family(out, "sluice_status_pending", "gauge", "Objects whose status is to be looked at or written.");
  sample(out, "sluice_status_pending", "", counts.pending);
  family(out, "sluice_status_leading", "gauge", "1 where this replica writes statuses.");
  sample(out, "sluice_status_leading", "", counts.leads ? 1 : 0);
  return out;
}

}  // namespace sluice::report
