#include "userspace/l4/datapath_state.h"

#include <bpf/bpf.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "sluice/bpf/device.h"

namespace sluice::l4 {
namespace {

constexpr std::uint32_t kSweepPause = 5 * kTicksASecond;  // between rounds: a round looks at every bucket

PortRange ports_of(const DatapathOptions& options) {
  return {options.snat_port_low, options.snat_port_high};
}

FlowMaps flow_maps(const Programs& programs, bool v4) {
  return {programs.map(v4 ? "flows4" : "flows6"), programs.map(v4 ? "half4" : "half6")};
}

std::map<ServiceId, std::uint32_t> named_ids(int map) {
  std::map<ServiceId, std::uint32_t> ids;
  service_key key{};
  const service_key* previous = nullptr;
  while (bpf_map_get_next_key(map, previous, &key) == 0) {
    std::uint32_t id = 0;
    if (bpf_map_lookup_elem(map, &key, &id) == 0) ids[from_key(key)] = id;
    previous = &key;
  }
  return ids;
}

}  // namespace

Datapath::State::State(Opened opened)
    : parts(std::move(opened)),
      attachment(parts.pins, parts.programs, parts.journal, parts.options.xdp == "shared"),
      source_array(parts.programs.snat_sources(), ports_of(parts.options)),
      sources(parts.network, source_array, parts.configured_sources, source_hooks()),
      backends(parts.programs.backends(),
               [this](const Target& target) {
                 auto source = sources.choose(target);
                 publish_sources();
                 return source;
               }),
      rings(parts.programs.rings()),
      counters(parts.programs),
      services(parts.programs.services(), service_index(), backends, rings),
      planner({.node = parts.options.node, .addresses = {}}),
      addresses(parts.programs.map("addresses"), parts.network, parts.journal),
      sweep(flow_maps(parts.programs, true), flow_maps(parts.programs, false), parts.programs.settings(),
            [this](const Departure& flow, std::uint32_t at) { return services.departed(flow, at); }) {}

ServiceIndex Datapath::State::service_index() {
  const int map = parts.programs.map("service_ids");
  return {[map](const service_key& key, std::uint32_t id) { return bpf_map_update_elem(map, &key, &id, BPF_ANY) == 0; },
          [map](const service_key& key) { (void)bpf_map_delete_elem(map, &key); },
          [this](std::uint32_t id, const std::string& route) { counters.retire(id, route); }};
}

SourceChooser::Hooks Datapath::State::source_hooks() {
  return {[this](int index) {
            const auto* link = parts.network.link(index);
            return link != nullptr && attachment.devices().contains(link->name);
          },
          [this] { return pod_device(); }, [this](const Link& link) { return forward_from(link); },
          [this](const Link& link) { write_device(link.index, DEVICE_PEER); },
          [this]() -> std::expected<void, std::string> {
            if (forwarding_problem.empty()) return {};
            return std::unexpected(forwarding_problem);
          }};
}

/// A source is in `addresses` before the first backend that names it.
void Datapath::State::publish_sources() {
  const auto all = source_array.addresses();
  if (all.size() == sources_known) return;
  sources_known = all.size();
  std::set<Address> routed;
  if (pods) routed.insert(pods->sources.begin(), pods->sources.end());
  (void)addresses.set_sources(all, routed);
}

void Datapath::State::adopt() {
  source_array.adopt(parts.programs.backends());
  backends.adopt();
  services.adopt(named_ids(parts.programs.map("service_ids")));
  addresses.adopt();
  fenced = lease_is_over();
}

std::expected<void, std::string> Datapath::State::set_up() {
  events = Fd(::epoll_create1(EPOLL_CLOEXEC));
  timer = Fd(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  const itimerspec period{{0, 1000000000 / kTicksASecond}, {0, 1000000000 / kTicksASecond}};
  (void)::timerfd_settime(timer.get(), 0, &period, nullptr);
  for (const int fd : {timer.get(), parts.monitor.fd()}) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (::epoll_ctl(events.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
      return std::unexpected("epoll: " + std::string(std::strerror(errno)));
    }
  }
  adopt();
  if (parts.options.member) {
    if (auto opened = Rivals::open()) rivals.emplace(std::move(*opened));
  }
  if (rivals) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = rivals->fd();
    if (::epoll_ctl(events.get(), EPOLL_CTL_ADD, rivals->fd(), &event) != 0) {
      return std::unexpected("epoll: " + std::string(std::strerror(errno)));
    }
  }
  if (auto reserved = reserve_ports(parts.journal, ports_of(parts.options)); !reserved) return reserved;
  // Slots first: a trampoline that is attached to an empty one drops.
  if (auto served = parts.programs.serve(Hook::kIngress); !served) return served;
  if (find_pod_device(parts.network, parts.pins.instance()) != nullptr) {
    if (auto device = pod_device(); !device) return std::unexpected(device.error());
  }
  if (auto attached = attach_devices(parts.options.devices); !attached) return attached;
  if (auto attached = attachment.attach_sk_lookup(); !attached) return attached;
  attachment.drop_others();
  publish_sources();
  return {};
}

ServiceTable::Now Datapath::State::now() const {
  const auto& settings = parts.programs.settings();
  return {Clock::now(), parts.programs.jiffies(), settings.timeout[TIMEOUT_DRAIN]};
}

std::set<Address> Datapath::State::own_addresses() const {
  std::set<Address> own;
  for (const auto& entry : parts.network.addresses()) {
    if (!entry.address.is_link_local()) own.insert(entry.address);
  }
  return own;
}

std::map<std::string, std::string> Datapath::State::apply(const model::Store& store,
                                                          const std::set<std::string>& changed) {
  std::set<std::string> frontends = store.frontends_of(changed);
  if (!applied) {
    for (auto entry = store.all().lower_bound("frontend/"); entry != store.all().end(); ++entry) {
      if (!entry->first.starts_with("frontend/")) break;
      frontends.insert(entry->first);
    }
  }
  auto moved = planner.set_addresses(own_addresses());
  // Links come and go with pods: what they change of VIPs and sources the timer looks after.
  if (applied && changed.empty() && moved.empty()) return refusals;
  frontends.merge(moved);
  place(store, changed);
  auto touched = planner.update(store, frontends);
  // What an adopted map holds beyond the store goes now.
  if (!applied) touched.merge(services.in_force());
  applied = true;
  settle(touched);
  // From here on this process answers for what it has, and hears of others who claim it.
  fenced = false;
  attend();
  return refusals;
}

/// Not for the model's sake, but since the host has changed or a drain is over.
void Datapath::State::settle_again(const std::set<ServiceId>& touched) {
  const auto before = refusals;
  settle(touched);
  if (refusals_told && refusals != before) refusals_told();
}

void Datapath::State::settle(const std::set<ServiceId>& touched) {
  const bool bump = services.update(touched, [this](const ServiceId& id) { return planner.find(id); }, now());
  refusals = planner.refusals();
  refusals.merge(services.refusals());
  attend();  // a large model takes its time
  for (const auto& [vip, why] : addresses.serve(services.vips(), services.draining_vips(), elsewhere())) {
    for (const auto& frontend : services.frontends_of(vip)) refusals.emplace(frontend, vip.text() + ": " + why);
  }
  if (bump) parts.programs.bump_generation();
}

void Datapath::State::network_changed(const NetworkChange& change) {
  if (change.links) {
    (void)parts.network.refresh();
    follow_devices();
    addresses.forget(change.came);
    if (told) told();
  }
  // Many routes change at once where a routing daemon starts: sources are chosen anew by the timer.
  sources_stale |= change.routes || change.links;
  if (change.next_hops) next_hops_changed();
}

/// A bump costs every flow a FIB lookup: a burst of changes is one, and a steady stream is one a tick.
void Datapath::State::next_hops_changed() {
  if (bumped_at == ticks) {
    bump_due = true;
    return;
  }
  bumped_at = ticks;
  parts.programs.bump_generation();
}

void Datapath::State::tick() {
  ++ticks;
  if (applied && !current && lease_is_over()) come_late();
  attend();
  if (std::exchange(bump_due, false)) next_hops_changed();
  if (!applied) return;
  if (sources_stale) {
    sources_stale = false;
    if (backends.resolve_all()) parts.programs.bump_generation();
    settle_again(services.refused());
  }
  if (ticks % kTicksASecond == 0) {
    const auto vips = services.draining_vips().size();
    services.tick(now());
    if (services.draining_vips().size() != vips) settle_again({});
    contest();
    listened();
    addresses.announce_due(ticks / kTicksASecond);
  }
  if (sweep_after == 0) {
    if (sweep.step(parts.programs.jiffies())) sweep_after = kSweepPause;
  } else {
    --sweep_after;
  }
}

}  // namespace sluice::l4
