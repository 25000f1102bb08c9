// The engine's counters. Each worker counts in cells of its own; a scrape sums them. Nothing is shared on the way of a
// request, and a series lives as long as a table that names its rule.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/model.pb.h"
#include "userspace/l7/reason.h"
#include "userspace/transport/counter.h"

namespace sluice::l7 {

using transport::Counter;

/// The nine registered methods (RFC 9110 9.3, RFC 5789) and `other`: a client cannot make a label.
inline constexpr std::array<std::string_view, 10> kMethodLabels{"GET",     "HEAD",    "POST",  "PUT",   "DELETE",
                                                                "CONNECT", "OPTIONS", "TRACE", "PATCH", "other"};
std::size_t method_label(std::string_view method);

/// Upper bounds of the duration histogram, microseconds; the last bucket is +Inf.
inline constexpr std::array<std::uint64_t, 14> kDurationBounds{
    250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 10000000};

class Histogram {
 public:
  void observe(std::chrono::nanoseconds duration);
  [[nodiscard]] const auto& buckets() const { return buckets_; }
  [[nodiscard]] std::uint64_t sum_microseconds() const { return sum_.value(); }

 private:
  std::array<Counter, kDurationBounds.size() + 1> buckets_;
  Counter sum_;
};

/// What one worker counts for one rule.
struct RuleCell {
  std::array<std::array<Counter, kMethodLabels.size()>, 6> requests;  ///< [status / 100, 0 for none][method]
  Histogram duration;
  std::uint64_t turn = 0;  ///< for Action::pick; the worker's own
};

struct RuleLabels {
  std::string route;  ///< "HTTPRoute/namespace/name"
  std::string rule;   ///< its name, else its index
  auto operator<=>(const RuleLabels&) const = default;
};

class RuleSeries {
 public:
  RuleSeries(RuleLabels labels, std::size_t workers);
  ~RuleSeries();
  RuleSeries(const RuleSeries&) = delete;
  RuleSeries& operator=(const RuleSeries&) = delete;

  /// The worker's own cell, made when it first asks. worker < the number given to the registry.
  RuleCell& cell(std::size_t worker) {
    RuleCell* cell = cells_[worker].load(std::memory_order_relaxed);
    return cell != nullptr ? *cell : make_cell(worker);
  }

  [[nodiscard]] const RuleLabels& labels() const { return labels_; }
  /// For a scrape: calls visit(const RuleCell&) for each worker's.
  template <class Visit>
  void each_cell(Visit&& visit) const {
    for (const auto& slot : cells_) {
      if (const RuleCell* cell = slot.load(std::memory_order_acquire)) visit(*cell);
    }
  }

 private:
  RuleCell& make_cell(std::size_t worker);

  RuleLabels labels_;
  std::vector<std::atomic<RuleCell*>> cells_;
};

/// The series of all rules in force, by labels. Any thread.
class RuleRegistry {
 public:
  explicit RuleRegistry(std::size_t workers) : workers_(workers) {}

  /// The series of that rule; the same one as long as anybody holds it.
  std::shared_ptr<RuleSeries> series(const model::v1::ObjectRef& route, std::uint32_t rule);

  [[nodiscard]] std::vector<std::shared_ptr<const RuleSeries>> all() const;

  /// What is kept, that of rules which are gone included: at most twice those in force and a bit.
  [[nodiscard]] std::size_t held() const;

 private:
  void forget_unused();

  static constexpr std::size_t kForgetAt = 1024;
  std::size_t forget_at_ = kForgetAt;
  std::size_t workers_;
  mutable std::mutex mutex_;
  std::map<RuleLabels, std::weak_ptr<RuleSeries>> series_;
};

/// What one worker counts for the engine as a whole.
struct WorkerCounters {
  std::array<Counter, kReasons> ended;  ///< requests by why they ended
  Counter connections;
  Counter connections_active;
  Counter http2_connections;  ///< of clients
  Counter http2_streams;      ///< of clients
  Counter upstream_connects;
  Counter upstream_connect_failures;
  Counter upstream_reuses;
  Counter upstream_retries;
  Counter upstream_streams;  ///< requests sent by HTTP/2
  Counter upstream_idle;     ///< gauge: connections in the pools
  Histogram upstream_connect_duration;
  Counter bytes_received;
  Counter bytes_sent;
};

/// Appends the engine's metrics in Prometheus' text format (names: docs/operations/metrics.md).
void append_metrics(const RuleRegistry& rules, const std::vector<const WorkerCounters*>& workers, std::string& out);

}  // namespace sluice::l7
