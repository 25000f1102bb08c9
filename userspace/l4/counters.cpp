#include "userspace/l4/counters.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <string_view>

#include "sluice/bpf/drop.h"

namespace sluice::l4 {
namespace {

/// Of a service that no route is attached to.
constexpr const char* kNoRoute = "none";

void family(std::string& text, std::string_view name, std::string_view type, std::string_view help) {
  text.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ").append(name);
  text.append(" ").append(type).append("\n");
}

/// labels: `hook="tc",result="forwarded"`; no value here needs escaping (names of objects, devices, our own words).
void sample(std::string& text, std::string_view name, const std::string& labels, std::uint64_t value) {
  text.append(name);
  if (!labels.empty()) text.append("{").append(labels).append("}");
  text.append(" ").append(std::to_string(value)).append("\n");
}

void add(service_counters& to, const service_counters& from) {
  for (int direction = 0; direction < 2; ++direction) {
    to.packets[direction] += from.packets[direction];
    to.bytes[direction] += from.bytes[direction];
  }
  to.connections += from.connections;
  to.established += from.established;
  to.refused += from.refused;
}

void write_hooks(std::string& text, const std::array<hook_counters, HOOKS>& hooks) {
  constexpr std::array<const char*, HOOKS> kNames{"xdp", "tc", "tc_egress", "sk_lookup"};
  family(text, "sluice_hook_packets_total", "counter", "Packets that a hook saw, by what became of them.");
  for (std::size_t hook = 0; hook < HOOKS; ++hook) {
    const std::string label = std::string("hook=\"") + kNames[hook] + "\",result=";
    sample(text, "sluice_hook_packets_total", label + "\"forwarded\"", hooks[hook].forwarded);
    sample(text, "sluice_hook_packets_total", label + "\"answered\"", hooks[hook].answered);
    sample(text, "sluice_hook_packets_total", label + "\"untouched\"", hooks[hook].untouched);
    sample(text, "sluice_hook_packets_total", label + "\"dropped\"", hooks[hook].dropped);
  }
}

void write_services(std::string& text, const std::map<std::string, service_counters>& routes) {
  service_counters all{};
  family(text, "sluice_l4_connections_total", "counter",
         "TCP connections and UDP exchanges forwarded in the kernel, by route; opened: first packet seen.");
  for (const auto& [route, counts] : routes) {
    const std::string label = "route=\"" + (route.empty() ? std::string(kNoRoute) : route) + "\",result=";
    sample(text, "sluice_l4_connections_total", label + "\"opened\"", counts.connections);
    sample(text, "sluice_l4_connections_total", label + "\"established\"", counts.established);
    sample(text, "sluice_l4_connections_total", label + "\"refused\"", counts.refused);
    add(all, counts);
  }
  family(text, "sluice_l4_bytes_total", "counter", "Bytes of IP packets forwarded in the kernel.");
  sample(text, "sluice_l4_bytes_total", "direction=\"to_backend\"", all.bytes[0]);
  sample(text, "sluice_l4_bytes_total", "direction=\"to_client\"", all.bytes[1]);
  family(text, "sluice_l4_packets_total", "counter", "Packets forwarded in the kernel.");
  sample(text, "sluice_l4_packets_total", "direction=\"to_backend\"", all.packets[0]);
  sample(text, "sluice_l4_packets_total", "direction=\"to_client\"", all.packets[1]);
}

void write_flows(std::string& text, const FlowCounts& flows, std::uint64_t rings) {
  family(text, "sluice_l4_connections_active", "gauge", "Two-way flows in the kernel's tables, as of the last sweep.");
  sample(text, "sluice_l4_connections_active", "protocol=\"tcp\"", flows.active_tcp);
  sample(text, "sluice_l4_connections_active", "protocol=\"udp\"", flows.active_udp);
  family(text, "sluice_l4_flows_swept_total", "counter",
         "Flows ended by the sweep: idle, or of an endpoint that is gone.");
  sample(text, "sluice_l4_flows_swept_total", "", flows.ended);
  family(text, "sluice_l4_ring_swaps_total", "counter", "Rings written.");
  sample(text, "sluice_l4_ring_swaps_total", "", rings);
}

}  // namespace

Counters::Counters(const Programs& programs)
    : programs_(programs), cpus_(static_cast<std::uint32_t>(std::max(1, libbpf_num_possible_cpus()))) {}

template <class Value>
std::vector<Value> Counters::read(const char* map, std::uint32_t index) const {
  std::vector<Value> values(cpus_);
  if (bpf_map_lookup_elem(programs_.map(map), &index, values.data()) != 0) values.clear();
  return values;
}

service_counters Counters::sum(std::uint32_t id) const {
  service_counters total{};
  for (const auto& each : read<service_counters>("service_counters", id)) add(total, each);
  return total;
}

void Counters::retire(std::uint32_t id, const std::string& route) {
  const auto [entry, is_new] = retired_.try_emplace(route);
  if (is_new) order_.push_back(route);
  add(entry->second, sum(id));
  if (retired_.size() > kMostRetired) {
    retired_.erase(order_.front());
    order_.pop_front();
  }
  const std::vector<service_counters> zero(cpus_);
  (void)bpf_map_update_elem(programs_.map("service_counters"), &id, zero.data(), BPF_ANY);
}

std::string Counters::text(const View& view) const {
  std::string text;
  auto routes = retired_;
  for (const auto& [id, route] : view.routes) add(routes[route], sum(id));
  write_services(text, routes);
  write_flows(text, view.flows, view.rings_written);
  std::array<hook_counters, HOOKS> hooks{};
  std::uint64_t suppressed = 0;
  for (std::uint32_t hook = 0; hook < HOOKS; ++hook) {
    for (const auto& each : read<hook_counters>("hook_counters", hook)) {
      hooks[hook].forwarded += each.forwarded;
      hooks[hook].answered += each.answered;
      hooks[hook].untouched += each.untouched;
      hooks[hook].dropped += each.dropped;
      suppressed += each.suppressed;
    }
  }
  write_hooks(text, hooks);
  family(text, "sluice_l4_answers_suppressed_total", "counter", "RST and ICMP messages withheld by the rate limit.");
  sample(text, "sluice_l4_answers_suppressed_total", "", suppressed);
  family(text, "sluice_l4_address_claims_total", "counter",
         "Times that another host claimed an address of this node: contested (announced again) or given up.");
  sample(text, "sluice_l4_address_claims_total", "answer=\"contested\"", view.claims_contested);
  sample(text, "sluice_l4_address_claims_total", "answer=\"given_up\"", view.claims_yielded);
  family(text, "sluice_drops_total", "counter",
         "Packets and requests dropped or refused; each reason is explained in docs/operations/drops.md.");
  for (std::uint32_t reason = 1; reason < DROP_REASONS; ++reason) {
    const auto* names = drop_text_of(reason);
    if (std::string_view(names->stage) == "sni") continue;  // counted by the passthrough, in userspace
    std::uint64_t count = 0;
    for (const auto each : read<std::uint64_t>("drops", reason)) count += each;
    sample(text, "sluice_drops_total", std::string("reason=\"") + names->label + "\",stage=\"" + names->stage + "\"",
           count);
  }
  family(text, "sluice_map_entries", "gauge", "Entries in use of a BPF map.");
  for (const auto& [name, use] : view.maps) sample(text, "sluice_map_entries", "map=\"" + name + "\"", use.first);
  family(text, "sluice_map_capacity", "gauge", "Entries that a BPF map can hold.");
  for (const auto& [name, use] : view.maps) sample(text, "sluice_map_capacity", "map=\"" + name + "\"", use.second);
  family(text, "sluice_xdp_mode", "gauge", "How XDP is attached to a device: native, shared, or none (TC alone).");
  for (const auto& [name, attached] : view.devices) {
    sample(text, "sluice_xdp_mode",
           "device=\"" + name + "\",mode=\"" + (attached.xdp.empty() ? "none" : attached.xdp) + "\"", 1);
  }
  return text;
}

}  // namespace sluice::l4
