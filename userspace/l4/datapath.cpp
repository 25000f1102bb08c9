#include "userspace/l4/datapath.h"

#include <bpf/bpf.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "sluice/bpf/maps.h"
#include "userspace/l4/datapath_state.h"
#include "userspace/l4/notrack.h"
#include "userspace/l4/shared_memory.h"
#include "userspace/l4/snat_ports.h"

namespace sluice::l4 {
namespace {

std::expected<Opened, std::string> open_parts(const DatapathOptions& options) {
  auto sources = check_sources(options);
  if (!sources) return std::unexpected(sources.error());
  auto pins = Pins::of(options.instance);
  if (!pins) return std::unexpected(pins.error());
  if (auto created = pins->create(); !created) return std::unexpected(created.error());
  auto network = Network::open();
  if (!network) return std::unexpected(network.error());
  auto journal = Journal::open(pins->map("journal"), [pins = *pins] { return pins.maps_beside("journal"); });
  if (!journal) return std::unexpected(journal.error());
  // Its links and routes are in the namespace that it was started in.
  if (auto here = journal->claim_namespace(); !here) return std::unexpected(here.error());
  auto monitor = NetworkMonitor::open();
  if (!monitor) return std::unexpected(monitor.error());
  auto programs = Programs::load(*pins, {options.flows, options.half_open});
  if (!programs) return std::unexpected(programs.error());
  return Opened{options,
                std::move(*sources),
                std::move(*pins),
                std::move(*network),
                std::move(*journal),
                std::move(*programs),
                std::move(*monitor)};
}

}  // namespace

std::expected<std::vector<Address>, std::string> check_sources(const DatapathOptions& options) {
  std::vector<Address> addresses;
  for (const auto& text : options.snat_addresses) {
    const auto address = Address::parse(text);
    if (!address) return std::unexpected("--snat-address " + text + ": is no IP address");
    addresses.push_back(*address);
  }
  if (options.snat_port_low == 0 || options.snat_port_low > options.snat_port_high) {
    return std::unexpected("--snat-ports: LO-HI with 1 <= LO <= HI");
  }
  if (const auto local = read_local_ports()) {
    const auto checked = check_snat_ports({options.snat_port_low, options.snat_port_high}, *local);
    if (!checked) return std::unexpected(checked.error());
  }
  return addresses;
}

std::expected<std::unique_ptr<Datapath>, std::string> Datapath::start(const DatapathOptions& options) {
  auto parts = open_parts(options);
  if (!parts) return std::unexpected(parts.error());
  auto state = std::make_unique<State>(std::move(*parts));
  if (auto ready = state->set_up(); !ready) return std::unexpected(ready.error());
  return std::unique_ptr<Datapath>(new Datapath(std::move(state)));
}

Datapath::Datapath(std::unique_ptr<State> state) : state_(std::move(state)) {}

Datapath::~Datapath() = default;

std::map<std::string, std::string> Datapath::apply(const model::Store& store, const std::set<std::string>& changed) {
  return state_->apply(store, changed);
}

std::expected<void, std::string> Datapath::set_sockets(int family, std::span<const int> sockets) {
  auto& programs = state_->parts.programs;
  if (sockets.size() > SOCKETS_A_FAMILY) {
    return std::unexpected("at most " + std::to_string(SOCKETS_A_FAMILY) + " workers have sockets");
  }
  const std::uint32_t index = family == AF_INET ? FAMILY_V4 : FAMILY_V6;
  const std::uint32_t first = SOCKETS_A_FAMILY * index;
  for (std::uint32_t worker = 0; worker < sockets.size(); ++worker) {
    const std::uint32_t key = first + worker;
    const auto value = static_cast<std::uint64_t>(sockets[worker]);
    if (bpf_map_update_elem(programs.map("sockets"), &key, &value, BPF_ANY) != 0) {
      return std::unexpected("a worker's socket into the map: " + std::string(std::strerror(errno)));
    }
  }
  auto& count = programs.settings().sockets[index];
  const std::uint32_t former = count;
  publish(count, static_cast<std::uint32_t>(sockets.size()));
  for (auto worker = static_cast<std::uint32_t>(sockets.size()); worker < former; ++worker) {
    const std::uint32_t key = first + worker;
    (void)bpf_map_delete_elem(programs.map("sockets"), &key);
  }
  return {};
}

void Datapath::set_backend_drain(std::uint32_t seconds) {
  auto& settings = state_->parts.programs.settings();
  publish(settings.timeout[TIMEOUT_DRAIN], seconds * settings.hz);
}

int Datapath::fd() const {
  return state_->events.get();
}

void Datapath::poll() {
  std::uint64_t expirations = 0;
  if (::read(state_->timer.get(), &expirations, sizeof(expirations)) > 0) state_->tick();
  state_->network_changed(state_->parts.monitor.read());
  state_->hear_rivals();
}

void Datapath::on_network_change(std::function<void()> changed) {
  state_->told = std::move(changed);
}

const std::map<std::string, std::string>& Datapath::refusals() const {
  return state_->refusals;
}

void Datapath::on_refusals_change(std::function<void()> changed) {
  state_->refusals_told = std::move(changed);
}

std::expected<void, std::string> Datapath::ready() const {
  if (!state_->applied) return std::unexpected("no model is in force yet");
  if (auto attached = state_->attachment.check(); !attached) return attached;
  if (state_->attachment.devices().empty()) return std::unexpected("no device is attached");
  if (!state_->device_problem.empty()) return std::unexpected(state_->device_problem);
  if (!state_->sources.serves_pods() || !state_->pods) return {};
  return check_notrack(state_->parts.pins.instance(), state_->pods->sources.size());
}

std::string Datapath::metrics() const {
  const auto& state = *state_;
  const auto routes = state.services.routes();
  const auto flows = state.sweep.counts();
  const auto& programs = state.parts.programs;
  Counters::View view{routes, state.attachment.devices(), flows, {}, state.rings.written()};
  view.claims_contested = state.claims_contested;
  view.claims_yielded = state.claims_yielded;
  // Both families together: they are of one size each.
  view.maps["flows"] = {flows.flows, 2ULL * programs.entries("flows4")};
  view.maps["half_open"] = {flows.half, 2ULL * programs.entries("half4")};
  view.maps["services"] = {state.services.in_force().size(), state.services.capacity() - 1};
  view.maps["backends"] = {state.backends.used(), state.backends.capacity() - 1};
  view.maps["rings"] = {state.rings.used_slots(), state.rings.capacity()};
  return state.counters.text(view);
}

std::vector<std::string> Datapath::describe() const {
  std::vector<std::string> lines;
  for (const auto& device : state_->devices) {
    const auto found = state_->attachment.devices().find(device.name);
    const std::string how = found == state_->attachment.devices().end() ? "" : ", by " + found->second.tc;
    lines.push_back(device.name + ": " + device.why + how);
  }
  if (state_->pods) {
    std::string sources;
    for (const auto& source : state_->pods->sources) sources += " " + source.text();
    lines.push_back(state_->pods->name + ": replies of pods (" + state_->pods->kind + "), sources" + sources);
  }
  if (!state_->forwarding_problem.empty()) lines.push_back(state_->forwarding_problem);
  return lines;
}

std::set<std::string> Datapath::held_vips() const {
  std::set<std::string> held;
  for (const auto& vip : state_->addresses.held()) held.insert(vip.text());
  return held;
}

std::set<std::string> Datapath::own_addresses() const {
  std::set<std::string> own;
  for (const auto& address : state_->own_addresses()) own.insert(address.text());
  return own;
}

std::set<std::string> Datapath::model_sources() const {
  std::set<std::string> sources;
  for (const auto& source : state_->placement.sources) sources.insert(source.text());
  return sources;
}

void Datapath::set_current(bool current) {
  state_->set_current(current);
}

void Datapath::set_known(bool known) {
  state_->set_known(known);
}

void Datapath::on_rival(std::function<void(const RivalClaim&)> told) {
  state_->rival_told = std::move(told);
}

void Datapath::set_lease(std::uint32_t seconds) {
  auto& settings = state_->parts.programs.settings();
  state_->attend();
  publish(settings.timeout[TIMEOUT_LEASE], seconds * settings.hz);
}

void Datapath::attend() {
  state_->attend();
}

void Datapath::lease_renewed() {
  state_->lease_renewed();
}

void Datapath::release_vips() {
  state_->addresses.release();
}

}  // namespace sluice::l4
