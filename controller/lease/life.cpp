#include "controller/lease/life.h"

#include <algorithm>
#include <utility>

namespace sluice::lease {

namespace {

using Milliseconds = std::chrono::milliseconds;

/// A Lease that says more is taken for what it says after so long: nothing is published before.
constexpr Milliseconds kLongestProof{15'000};

}  // namespace

void Life::saw(const std::string& node, const Record& record, bool is_beginning) {
  const auto [entry, is_new] = seen_.try_emplace(node);
  Seen& seen = entry->second;
  if (is_new || seen.holder != record.holder || seen.renewal != record.renew_time) {
    seen = {record.holder, record.renew_time, counted_, !is_new, is_new ? is_beginning : seen.is_of_beginning};
  }
}

void Life::saw(const std::map<std::string, Record>& leases, Time now) {
  const bool is_beginning = !std::exchange(has_read_, true);
  if (!is_beginning) counted_ += std::min(std::chrono::duration_cast<Milliseconds>(now - last_), 2 * period_);
  last_ = now;
  lives_.problem.clear();
  lives_.nodes.clear();
  std::erase_if(seen_, [&](const auto& entry) { return !leases.contains(entry.first); });
  bool is_proven = true;
  for (const auto& [node, record] : leases) {
    saw(node, record, is_beginning);
    const Seen& seen = seen_.at(node);
    const Milliseconds life = std::chrono::seconds(std::max(record.duration_seconds, 1));
    const Milliseconds silence = counted_ - seen.since;
    lives_.nodes[node] = {.is_live = !record.holder.empty() && silence < life,
                          .is_renewed = seen.is_renewed,
                          .is_given_up = record.holder.empty(),
                          .holdings = holdings_of(record.annotations)};
    // Who comes later proves nothing: nodes may go on coming for ever.
    is_proven = is_proven && (!seen.is_of_beginning || record.holder.empty() || seen.is_renewed ||
                              silence >= std::min(life, kLongestProof));
  }
  lives_.is_known = lives_.is_known || is_proven;
}

}  // namespace sluice::lease
