#include "controller/report/event_counts.h"

#include <array>
#include <string_view>
#include <utility>

namespace sluice::report {

std::string metrics_text(const EventCounts& counts) {
  std::string out =
      "# HELP sluice_kubernetes_reported_events_total Kubernetes Events of ours, by what came of them.\n"
      "# TYPE sluice_kubernetes_reported_events_total counter\n";
  const std::array<std::pair<std::string_view, std::uint64_t>, 4> samples{{{"created", counts.created},
                                                                           {"repeated", counts.repeated},
                                                                           {"failed", counts.failed},
                                                                           {"dropped", counts.dropped}}};
  for (const auto& [result, value] : samples) {
    out.append("sluice_kubernetes_reported_events_total{result=\"").append(result).append("\"} ");
    out.append(std::to_string(value)).append("\n");
  }
  out +=
      "# HELP sluice_kubernetes_reported_events_known Events remembered, so that they are not told twice.\n"
      "# TYPE sluice_kubernetes_reported_events_known gauge\n"
      "sluice_kubernetes_reported_events_known " +
      std::to_string(counts.known) + "\n";
  return out;
}

}  // namespace sluice::report
