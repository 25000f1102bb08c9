// What a rule does with a request that it has won: filters, weighted backends, timeouts.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "userspace/l7/filter.h"

namespace sluice::l7 {

class RuleSeries;

/// A backend's place in Tables::backends, as frontends of one preference see it; kept while any table refers to it: a
/// changed endpoint replaces the backend behind the slot, and no route table is rebuilt.
struct BackendSlot {
  std::uint32_t index = 0;
  std::string name;            ///< of the model's Backend
  bool prefers_local = false;  ///< for a frontend that prefers this node's endpoints
};

struct WeightedTarget {
  std::shared_ptr<const BackendSlot> backend;
  std::uint32_t weight = 0;
  std::uint64_t until = 0;  ///< tickets below it and not below the one before it are this target's
  FilterChain filters;
};

struct Action {
  model::v1::ObjectRef route;  ///< section = rule name
  std::uint32_t rule = 0;      ///< index in the route
  FilterChain filters;
  std::vector<WeightedTarget> targets;
  std::uint64_t total_weight = 0;
  std::uint64_t stride = 1;                      ///< coprime with total_weight, near its golden section
  std::chrono::milliseconds request_timeout{0};  ///< 0: none
  std::chrono::milliseconds backend_request_timeout{0};
  std::string unsupported;  ///< field that this build cannot carry out: 500
  bool grpc = false;
  std::shared_ptr<RuleSeries> series;  ///< counters; nullptr in tables that serve no traffic (explain)

  /// The target of the `turn`-th request. Over total_weight turns in a row each target is picked exactly weight times,
  /// and in any window its share is as near as a low-discrepancy sequence keeps it. nullptr: no target has a weight.
  [[nodiscard]] const WeightedTarget* pick(std::uint64_t turn) const;
};

}  // namespace sluice::l7
