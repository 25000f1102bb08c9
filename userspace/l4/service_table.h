// The services in force: what the plans ask for, against what the kernel's maps hold, changed in the order that loses
// nothing: backends, rings, services; removals last (include/sluice/bpf/service.h, backend.h).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "sluice/bpf/service.h"
#include "userspace/l4/backend_table.h"
#include "userspace/l4/ring_table.h"
#include "userspace/l4/service_plan.h"

namespace sluice::l4 {

/// The hash map `service_ids`. Calls are cheap (a syscall each).
struct ServiceIndex {
  std::function<bool(const service_key&, std::uint32_t id)> set;  ///< false: the kernel refused
  std::function<void(const service_key&)> erase;
  /// From now on the id counts for another route, or for none.
  std::function<void(std::uint32_t id, const std::string& route)> retire;
};

/// Flows of a service to a backend. One that has left the service while others still use it is not REMOVED: the sweep
/// ends such flows.
struct Departure {
  std::uint32_t service = 0;
  std::uint32_t backend = 0;
  auto operator<=>(const Departure&) const = default;
};

class ServiceTable {
 public:
  using Clock = RingPool::Clock;

  /// How the time is told: `jiffies` is the kernel's, `drain` what TIMEOUT_DRAIN holds.
  struct Now {
    Clock::time_point steady;
    std::uint32_t jiffies = 0;
    std::uint32_t drain = 0;
  };

  ServiceTable(std::span<service> services, ServiceIndex index, BackendTable& backends, RingTable& rings);

  /// Takes over what an earlier process left in force. Call once, before the first update.
  void adopt(const std::map<ServiceId, std::uint32_t>& ids);

  /// Makes these services as `find` plans them (nullptr: gone). True: config.generation must be bumped.
  bool update(const std::set<ServiceId>& touched, const std::function<ServicePlanPtr(const ServiceId&)>& find,
              const Now& now);

  /// What could not be done, by frontend; its share rejects. update() of the service tries again.
  [[nodiscard]] std::map<std::string, std::string> refusals() const;

  /// Services that have a refusal.
  [[nodiscard]] std::set<ServiceId> refused() const;

  /// What time brings: ids and indices whose drain is over. Cheap.
  void tick(const Now& now);

  [[nodiscard]] std::set<ServiceId> in_force() const;
  [[nodiscard]] std::set<Address> vips() const;                    ///< of services in force
  [[nodiscard]] std::set<Address> draining_vips() const;           ///< of removed ones whose flows may live
  [[nodiscard]] std::uint32_t id(const ServiceId& service) const;  ///< 0: none
  /// Id -> the route that it serves ("": none is attached), for metrics.
  [[nodiscard]] std::map<std::uint32_t, std::string> routes() const;
  /// The frontends on that address.
  [[nodiscard]] std::set<std::string> frontends_of(const Address& vip) const;

  /// Since when that backend is none of the service's (any more): jiffies, counted from the first call that finds it
  /// so. nullopt: it is one of them. `service` must be in force.
  std::optional<std::uint32_t> departed(const Departure& flow, std::uint32_t now_jiffies);
  [[nodiscard]] std::size_t capacity() const { return services_.size(); }

 private:
  struct Entry {
    std::uint32_t id = 0;
    bool serving = false;
    ServicePlanPtr plan = std::make_shared<const ServicePlan>();
    std::vector<Target> ready;     ///< acquired; in order
    std::vector<Target> draining;  ///< acquired; in order
    std::string why;               ///< of a refusal; "": none
  };

  void change(const ServiceId& service, const ServicePlanPtr& plan, const Now& now);
  void set_ring(Entry& entry, const ring_ref& ring, const Now& now);
  void remove(Entry& entry, const ServiceId& service, const Now& now);
  std::vector<RingMember> acquire_members(const ServicePlan& plan, Entry& entry);
  void release(Entry& entry, const std::vector<Target>& ready, const std::vector<Target>& draining);
  std::uint32_t free_id();

  std::span<service> services_;
  ServiceIndex index_;
  BackendTable& backends_;
  RingTable& rings_;
  std::map<ServiceId, Entry> entries_;
  std::set<Departure> members_;
  std::map<Departure, std::uint32_t> departures_;
  std::set<ServiceId> refused_;
  std::vector<std::uint32_t> free_;
  std::uint32_t next_ = 1;
};

/// As the map has it.
service_key as_key(const ServiceId& service);
ServiceId from_key(const service_key& key);

}  // namespace sluice::l4
