#include "userspace/l4/backend_table.h"

#include <netinet/in.h>

#include <algorithm>
#include <utility>

#include "userspace/l4/shared_memory.h"

namespace sluice::l4 {

BackendTable::BackendTable(std::span<backend> backends, Resolve resolve)
    : backends_(backends), resolve_(std::move(resolve)) {}

void BackendTable::adopt() {
  for (std::uint32_t index = 1; index < backends_.size(); ++index) {
    const auto& held = backends_[index];
    if (held.epoch == 0) return;  // indices are given out in order: from here on none was ever used
    next_ = index + 1;
    const Target target{from_addr(held.address), ntohs(held.port)};
    if (held.state == BACKEND_FREE || !entries_.emplace(target, Entry{index, 0, 0}).second) {
      free_.push_back(index);
      continue;
    }
    (held.state == BACKEND_REMOVED ? removed_ : unused_).insert(target);
  }
}

std::uint32_t BackendTable::free_index() {
  if (!free_.empty()) {
    const std::uint32_t index = free_.back();
    free_.pop_back();
    return index;
  }
  return next_ < backends_.size() ? next_++ : 0;
}

std::uint32_t BackendTable::acquire(const Target& target, bool ready) {
  why_.clear();
  auto found = entries_.find(target);
  const bool fresh = found == entries_.end();
  if (fresh || (found->second.ready == 0 && found->second.draining == 0)) {
    const auto source = resolve_(target);
    if (source.count == 0) {
      why_ = source.why;
      return 0;
    }
    if (fresh) {
      const std::uint32_t index = free_index();
      if (index == 0) {
        why_ = "all " + std::to_string(backends_.size() - 1) + " backend entries are in use";
        return 0;
      }
      found = entries_.emplace(target, Entry{index, 0, 0}).first;
      publish(backends_[index].epoch, backends_[index].epoch + 1);
    }
    write(target, found->second, source);
  }
  ++(ready ? found->second.ready : found->second.draining);
  unused_.erase(target);
  removed_.erase(target);
  set_state(found->second);
  return found->second.index;
}

void BackendTable::write(const Target& target, const Entry& entry, const BackendSource& source) {
  auto& held = backends_[entry.index];
  held.address = as_addr(target.address);
  held.port = htons(target.port);
  held.family = target.address.is_v4() ? FAMILY_V4 : FAMILY_V6;
  held.zero = 0;
  publish(held.snat_first, source.first);
  publish(held.snat_count, source.count);
}

void BackendTable::set_state(const Entry& entry) {
  const std::uint32_t state = entry.ready > 0 ? BACKEND_READY : BACKEND_DRAINING;
  if (backends_[entry.index].state != state) publish(backends_[entry.index].state, state);
}

void BackendTable::release(const Target& target, bool ready) {
  const auto found = entries_.find(target);
  if (found == entries_.end()) return;
  auto& users = ready ? found->second.ready : found->second.draining;
  if (users > 0) --users;
  if (found->second.ready == 0 && found->second.draining == 0) {
    unused_.insert(target);
  } else {
    set_state(found->second);
  }
}

bool BackendTable::remove_unused(std::uint32_t now_jiffies, std::uint32_t drain_jiffies) {
  const bool removed = !unused_.empty();
  for (const auto& target : unused_) {
    auto& held = backends_[entries_[target].index];
    held.removed_at = now_jiffies;
    publish(held.state, std::uint32_t{BACKEND_REMOVED});
  }
  removed_.merge(unused_);
  unused_.clear();
  std::erase_if(removed_, [&](const Target& target) {
    const std::uint32_t index = entries_[target].index;
    if (now_jiffies - backends_[index].removed_at <= drain_jiffies) return false;
    publish(backends_[index].state, std::uint32_t{BACKEND_FREE});
    free_.push_back(index);
    entries_.erase(target);
    return true;
  });
  return removed;
}

bool BackendTable::resolve_all() {
  bool changed = false;
  for (const auto& [target, entry] : entries_) {
    if (entry.ready == 0 && entry.draining == 0) continue;
    const auto source = resolve_(target);
    auto& held = backends_[entry.index];
    if (source.count == 0 || (held.snat_first == source.first && held.snat_count == source.count)) continue;
    // The count first where it shrinks, last where it grows: the region named is valid at each moment.
    publish(held.snat_count, std::min(held.snat_count, source.count));
    publish(held.snat_first, source.first);
    publish(held.snat_count, source.count);
    changed = true;
  }
  return changed;
}

std::uint32_t BackendTable::index(const Target& target) const {
  const auto found = entries_.find(target);
  return found == entries_.end() ? 0 : found->second.index;
}

}  // namespace sluice::l4
