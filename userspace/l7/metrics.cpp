#include "userspace/l7/metrics.h"

#include <algorithm>

namespace sluice::l7 {

std::size_t method_label(std::string_view method) {
  const auto known = std::ranges::find(kMethodLabels.begin(), kMethodLabels.end() - 1, method);
  return static_cast<std::size_t>(known - kMethodLabels.begin());
}

void Histogram::observe(std::chrono::nanoseconds duration) {
  const auto microseconds = static_cast<std::uint64_t>(
      std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::microseconds>(duration).count()));
  std::size_t bucket = 0;
  while (bucket < kDurationBounds.size() && microseconds > kDurationBounds[bucket]) ++bucket;
  buckets_[bucket].add();
  sum_.add(microseconds);
}

RuleSeries::RuleSeries(RuleLabels labels, std::size_t workers) : labels_(std::move(labels)), cells_(workers) {}

RuleSeries::~RuleSeries() {
  for (auto& slot : cells_) delete slot.load(std::memory_order_acquire);
}

RuleCell& RuleSeries::make_cell(std::size_t worker) {
  auto* cell = new RuleCell;
  cells_[worker].store(cell, std::memory_order_release);
  return *cell;
}

std::shared_ptr<RuleSeries> RuleRegistry::series(const model::v1::ObjectRef& route, std::uint32_t rule) {
  RuleLabels labels{.route = route.kind() + "/" + route.namespace_() + "/" + route.name(),
                    .rule = route.section().empty() ? std::to_string(rule) : route.section()};
  const std::lock_guard lock(mutex_);
  forget_unused();
  auto& held = series_[labels];
  auto series = held.lock();
  if (series == nullptr) held = series = std::make_shared<RuleSeries>(std::move(labels), workers_);
  return series;
}

// A cluster whose routes come and go has any number of names in the end.
void RuleRegistry::forget_unused() {
  if (series_.size() < forget_at_) return;
  std::erase_if(series_, [](const auto& held) { return held.second.expired(); });
  forget_at_ = 2 * series_.size() + kForgetAt;
}

std::size_t RuleRegistry::held() const {
  const std::lock_guard lock(mutex_);
  return series_.size();
}

std::vector<std::shared_ptr<const RuleSeries>> RuleRegistry::all() const {
  std::vector<std::shared_ptr<const RuleSeries>> out;
  const std::lock_guard lock(mutex_);
  for (const auto& [labels, held] : series_) {
    if (auto series = held.lock()) out.push_back(std::move(series));
  }
  return out;
}

}  // namespace sluice::l7
