#include "userspace/l4/service_table.h"

#include <netinet/in.h>

#include <algorithm>
#include <utility>

#include "userspace/l4/shared_memory.h"

namespace sluice::l4 {
namespace {

// A member that is no target: its identity must meet no endpoint's, and be the same everywhere.
constexpr std::uint64_t kRejectIdentity = 0x72656a656374;

}  // namespace

service_key as_key(const ServiceId& service) {
  service_key key{};
  key.vip = as_addr(service.vip);
  key.port = htons(service.port);
  key.protocol = service.protocol;
  return key;
}

ServiceId from_key(const service_key& key) {
  return {from_addr(key.vip), ntohs(key.port), key.protocol};
}

ServiceTable::ServiceTable(std::span<service> services, ServiceIndex index, BackendTable& backends, RingTable& rings)
    : services_(services), index_(std::move(index)), backends_(backends), rings_(rings) {}

void ServiceTable::adopt(const std::map<ServiceId, std::uint32_t>& ids) {
  for (std::uint32_t id = 1; id < services_.size(); ++id) {
    auto& held = services_[id];
    if (held.epoch == 0) return;  // ids are given out in order: from here on none was ever used
    next_ = id + 1;
    const ServiceId key = from_key(held.key);
    const auto named = ids.find(key);
    const bool serving = held.state == SERVICE_SERVING && named != ids.end() && named->second == id;
    if (held.state == SERVICE_FREE || (!serving && held.state == SERVICE_SERVING) || entries_.contains(key)) {
      free_.push_back(id);
      continue;
    }
    Entry entry;
    entry.id = id;
    entry.serving = serving;
    // A reference that overlaps another's is not trusted: the first update writes a ring of its own.
    if (serving && !rings_.adopt(held.ring)) held.ring = {0, 0};
    held.previous = {0, 0};
    entries_.emplace(key, std::move(entry));
  }
}

std::uint32_t ServiceTable::free_id() {
  if (!free_.empty()) {
    const std::uint32_t id = free_.back();
    free_.pop_back();
    return id;
  }
  return next_ < services_.size() ? next_++ : 0;
}

bool ServiceTable::update(const std::set<ServiceId>& touched,
                          const std::function<ServicePlanPtr(const ServiceId&)>& find, const Now& now) {
  std::vector<ServiceId> gone;
  for (const auto& service : touched) {
    if (const auto plan = find(service)) {
      change(service, plan, now);
    } else {
      gone.push_back(service);
    }
  }
  bool bump = false;
  for (const auto& service : gone) {
    const auto found = entries_.find(service);
    if (found == entries_.end() || !found->second.serving) continue;
    remove(found->second, service, now);
    bump = true;
  }
  return backends_.remove_unused(now.jiffies, now.drain) || bump;
}

std::vector<RingMember> ServiceTable::acquire_members(const ServicePlan& plan, Entry& entry) {
  std::vector<RingMember> members;
  std::uint64_t rejected = plan.rejected;
  for (const auto& [target, weight] : plan.shares) {
    const std::uint32_t index = backends_.acquire(target, true);
    if (index == 0) {
      entry.why = "endpoint " + target.text() + ": " + backends_.why() + "; its share is refused";
      rejected += weight;
      continue;
    }
    entry.ready.push_back(target);
    members.push_back({target.identity(), weight, index});
  }
  for (const auto& target : plan.draining) {
    if (backends_.acquire(target, false) != 0) entry.draining.push_back(target);
  }
  for (const auto* used : {&entry.ready, &entry.draining}) {
    for (const auto& target : *used) {
      const Departure member{entry.id, backends_.index(target)};
      members_.insert(member);
      departures_.erase(member);
    }
  }
  members.push_back({kRejectIdentity, rejected, 0});
  return members;
}

void ServiceTable::release(Entry& entry, const std::vector<Target>& ready, const std::vector<Target>& draining) {
  const auto give_back = [&](const std::vector<Target>& targets, bool were_ready) {
    for (const auto& target : targets) {
      const bool stays =
          std::ranges::binary_search(entry.ready, target) || std::ranges::binary_search(entry.draining, target);
      if (!stays) members_.erase({entry.id, backends_.index(target)});
      backends_.release(target, were_ready);
    }
  };
  give_back(ready, true);
  give_back(draining, false);
}

void ServiceTable::set_ring(Entry& entry, const ring_ref& ring, const Now& now) {
  auto& held = services_[entry.id];
  const ring_ref former = held.ring;
  if (ring.offset != former.offset || ring.slots != former.slots) {
    publish(held.previous, entry.serving ? former : ring_ref{0, 0});
    publish(held.ring, ring);
    ++held.generation;
  }
  if (entry.serving) rings_.release(former, now.steady);
}

void ServiceTable::change(const ServiceId& service, const ServicePlanPtr& plan, const Now& now) {
  auto& entry = entries_[service];
  if (entry.serving && entry.why.empty() && *entry.plan == *plan) {
    entry.plan = plan;
    return;
  }
  const bool fresh = entry.id == 0;
  if (fresh) entry.id = free_id();
  if (!fresh && entry.plan->route != plan->route && !entry.plan->frontend.empty())
    index_.retire(entry.id, entry.plan->route);
  entry.plan = plan;
  entry.why.clear();
  refused_.erase(service);
  if (entry.id == 0) {
    entry.why = "all " + std::to_string(services_.size() - 1) + " service entries are in use";
    refused_.insert(service);
    return;
  }
  auto& held = services_[entry.id];
  if (fresh) {
    held.key = as_key(service);
    held.ring = {0, 0};
    held.previous = {0, 0};
    publish(held.epoch, held.epoch + 1);
  }
  const auto former_ready = std::exchange(entry.ready, {});
  const auto former_draining = std::exchange(entry.draining, {});
  bool inexact = false;
  const auto ring = rings_.acquire(acquire_members(*plan, entry), held.ring, now.steady, inexact);
  if (!ring) entry.why = ring.error() + "; the service is refused";
  publish(held.flags, plan->local ? std::uint32_t{SERVICE_LOCAL} : 0U);
  set_ring(entry, ring.value_or(ring_ref{0, 0}), now);
  publish(held.state, std::uint32_t{SERVICE_SERVING});
  if (!entry.serving && !index_.set(held.key, entry.id)) entry.why = "the kernel's service map is full";
  entry.serving = true;
  if (!entry.why.empty()) refused_.insert(service);
  release(entry, former_ready, former_draining);
}

void ServiceTable::remove(Entry& entry, const ServiceId& service, const Now& now) {
  auto& held = services_[entry.id];
  index_.erase(as_key(service));
  held.removed_at = now.jiffies;
  publish(held.state, std::uint32_t{SERVICE_REMOVED});
  rings_.release(held.ring, now.steady);
  publish(held.ring, ring_ref{0, 0});
  publish(held.previous, ring_ref{0, 0});
  const auto ready = std::exchange(entry.ready, {});
  const auto draining = std::exchange(entry.draining, {});
  release(entry, ready, draining);
  entry.serving = false;
  entry.why.clear();
  refused_.erase(service);
}

std::optional<std::uint32_t> ServiceTable::departed(const Departure& flow, std::uint32_t now_jiffies) {
  if (members_.contains(flow)) return std::nullopt;
  return departures_.try_emplace(flow, now_jiffies).first->second;
}

std::map<std::string, std::string> ServiceTable::refusals() const {
  std::map<std::string, std::string> refusals;
  for (const auto& service : refused_) {
    const auto& entry = entries_.at(service);
    refusals[entry.plan->frontend] = service.text() + ": " + entry.why;
  }
  return refusals;
}

std::set<ServiceId> ServiceTable::refused() const {
  return refused_;
}

void ServiceTable::tick(const Now& now) {
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    auto& held = services_[entry->second.id];
    if (entry->second.serving || entry->second.id == 0 || now.jiffies - held.removed_at <= now.drain) {
      ++entry;
      continue;
    }
    publish(held.state, std::uint32_t{SERVICE_FREE});
    index_.retire(entry->second.id, entry->second.plan->route);
    free_.push_back(entry->second.id);
    entry = entries_.erase(entry);
  }
  // Kept for a drain more: by then the sweep has met every flow of it.
  std::erase_if(departures_, [&](const auto& departure) { return now.jiffies - departure.second > 2 * now.drain; });
  (void)backends_.remove_unused(now.jiffies, now.drain);
  rings_.tick(now.steady);
}

std::set<ServiceId> ServiceTable::in_force() const {
  std::set<ServiceId> services;
  for (const auto& [service, entry] : entries_) {
    if (entry.serving) services.insert(service);
  }
  return services;
}

std::set<Address> ServiceTable::vips() const {
  std::set<Address> vips;
  for (const auto& [service, entry] : entries_) {
    if (entry.serving) vips.insert(service.vip);
  }
  return vips;
}

std::set<Address> ServiceTable::draining_vips() const {
  std::set<Address> vips;
  for (const auto& [service, entry] : entries_) {
    if (!entry.serving && entry.id != 0) vips.insert(service.vip);
  }
  return vips;
}

std::uint32_t ServiceTable::id(const ServiceId& service) const {
  const auto found = entries_.find(service);
  return found != entries_.end() && found->second.serving ? found->second.id : 0;
}

std::map<std::uint32_t, std::string> ServiceTable::routes() const {
  std::map<std::uint32_t, std::string> routes;
  for (const auto& [service, entry] : entries_) {
    if (entry.id != 0 && !entry.plan->local) routes[entry.id] = entry.plan->route;
  }
  return routes;
}

std::set<std::string> ServiceTable::frontends_of(const Address& vip) const {
  std::set<std::string> frontends;
  for (auto entry = entries_.lower_bound({vip, 0, 0}); entry != entries_.end() && entry->first.vip == vip; ++entry) {
    if (entry->second.serving) frontends.insert(entry->second.plan->frontend);
  }
  return frontends;
}

}  // namespace sluice::l4
