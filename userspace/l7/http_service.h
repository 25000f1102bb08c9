// HTTP on the engine's workers: what they share, and the HttpService of each.
//
//   HttpServices http(options, workers, rules, log);
//   Engine::start({.workers = workers, .rules = rules, .http = http.make()})
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "userspace/l7/access_log.h"
#include "userspace/l7/engine.h"
#include "userspace/l7/http_options.h"
#include "userspace/l7/metrics.h"

namespace sluice::l7 {

/// Outlives the engine. Any thread may read the metrics.
class HttpServices {
 public:
  /// rules: the engine's; nullptr: no series of rules. log: nullptr: no access log; borrowed.
  HttpServices(HttpOptions options, std::size_t workers, std::shared_ptr<RuleRegistry> rules, AccessLog* log = nullptr);
  HttpServices(const HttpServices&) = delete;
  HttpServices& operator=(const HttpServices&) = delete;

  /// For EngineOptions::http.
  [[nodiscard]] MakeHttpService make();

  /// Prometheus text of requests, connections and upstream pools (append_metrics).
  [[nodiscard]] std::string metrics() const;

  [[nodiscard]] const WorkerCounters& counters(std::size_t worker) const { return *counters_[worker]; }

 private:
  HttpOptions options_;
  std::shared_ptr<RuleRegistry> rules_;
  AccessLog* log_;
  std::vector<std::unique_ptr<WorkerCounters>> counters_;
};

}  // namespace sluice::l7
