#include "controller/lease/life.h"

#include <algorithm>

namespace sluice::lease {

void Life::saw(const std::map<std::string, Record>& leases, Time now) {
  using Milliseconds = std::chrono::milliseconds;
  if (lives_.is_known) counted_ += std::min(std::chrono::duration_cast<Milliseconds>(now - last_), 2 * period_);
  last_ = now;
  lives_.is_known = true;
  lives_.problem.clear();
  lives_.nodes.clear();
  std::erase_if(seen_, [&](const auto& entry) { return !leases.contains(entry.first); });
  for (const auto& [node, record] : leases) {
    const auto [entry, is_new] = seen_.try_emplace(node);
    Seen& seen = entry->second;
    if (is_new || seen.holder != record.holder || seen.renewal != record.renew_time) {
      seen = {record.holder, record.renew_time, counted_};
    }
    const Milliseconds life = std::chrono::seconds(std::max(record.duration_seconds, 1));
    lives_.nodes[node] = {.is_live = !record.holder.empty() && counted_ - seen.since < life,
                          .holdings = holdings_of(record.annotations)};
  }
}

}  // namespace sluice::lease
