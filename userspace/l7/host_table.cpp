#include "userspace/l7/host_table.h"

#include <algorithm>
#include <numeric>

namespace sluice::l7 {
namespace {

std::vector<const model::v1::HttpFilter*> pointers(
    const google::protobuf::RepeatedPtrField<model::v1::HttpFilter>& filters) {
  std::vector<const model::v1::HttpFilter*> out;
  for (const auto& filter : filters) out.push_back(&filter);
  return out;
}

// Steps of about total / phi visit the circle evenly at every scale; coprime, they visit each ticket once a turn.
std::uint64_t golden_stride(std::uint64_t total) {
  if (total <= 2) return 1;
  auto stride = static_cast<std::uint64_t>(static_cast<double>(total) * 0.6180339887498949);
  while (std::gcd(stride, total) != 1) ++stride;
  return stride;
}

Action make_action(const model::v1::HttpAction& source, const HostTable::SlotOf& slot_of,
                   const HostTable::SeriesOf& series_of) {
  Action action;
  action.route = source.route();
  action.rule = source.rule();
  action.filters = FilterChain::make(pointers(source.filters()));
  action.request_timeout = std::chrono::milliseconds(source.request_timeout_ms());
  action.backend_request_timeout = std::chrono::milliseconds(source.backend_request_timeout_ms());
  action.unsupported = source.unsupported();
  action.grpc = source.grpc();
  for (const auto& backend : source.backends()) {
    action.total_weight += backend.weight();
    action.targets.push_back({.backend = slot_of(backend.backend()),
                              .weight = backend.weight(),
                              .until = action.total_weight,
                              .filters = FilterChain::make(pointers(backend.filters()))});
  }
  action.stride = golden_stride(action.total_weight);
  if (series_of) action.series = series_of(source);
  return action;
}

}  // namespace

const WeightedTarget* Action::pick(std::uint64_t turn) const {
  if (total_weight == 0) return nullptr;
  if (targets.size() == 1) return &targets.front();
  const std::uint64_t ticket = (turn % total_weight) * stride % total_weight;
  for (const WeightedTarget& target : targets) {
    if (ticket < target.until) return &target;
  }
  return nullptr;
}

std::shared_ptr<const HostTable> HostTable::make(const model::v1::HttpHost& host, const SlotOf& slot_of,
                                                 const SeriesOf& series_of) {
  auto table = std::make_shared<HostTable>();
  table->hostname_ = host.hostname();
  table->next_ = host.next();
  for (const auto& source : host.actions()) table->actions_.push_back(make_action(source, slot_of, series_of));
  for (const auto& source : host.entries()) table->add(source);
  std::ranges::stable_sort(table->entries_, {}, &Entry::rank);
  table->paths_ = PathIndex(table->entries_);
  return table;
}

// A rule of which a match cannot be read answers with an error, by its other matches too.
void HostTable::add(const model::v1::HttpEntry& source) {
  if (source.action() >= actions_.size()) {
    errors_.emplace_back("an entry names an action that is not there");
    return;
  }
  auto entry = Entry::make(source);
  const std::string why = entry ? entry->unreadable : entry.error();
  if (!why.empty()) {
    std::string& unsupported = actions_[source.action()].unsupported;
    if (unsupported.empty()) unsupported = why;
    errors_.push_back(why);
  }
  if (entry) entries_.push_back(std::move(*entry));
}

const Entry* HostTable::find(const RequestView& request) const {
  std::uint32_t best = UINT32_MAX;
  // Lists are in order of rank: the first match of each is its best, and none is asked that could not win any more.
  const auto ask = [&](const Candidates& candidates, bool path_known) {
    for (const std::uint32_t position : candidates) {
      if (position >= best) return;
      const Entry& entry = entries_[position];
      if (!path_known && !entry.matches_path(request.path)) continue;
      if (entry.match_beyond_path(request)) {
        best = position;
        return;
      }
    }
  };
  if (const Candidates* exact = paths_.exact(request.path)) ask(*exact, true);
  paths_.each_prefix(request.path, [&](const Candidates& candidates) { ask(candidates, true); });
  ask(paths_.unindexed(), false);
  return best == UINT32_MAX ? nullptr : &entries_[best];
}

}  // namespace sluice::l7
