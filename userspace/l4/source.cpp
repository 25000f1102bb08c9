#include "userspace/l4/source.h"

#include <algorithm>

#include "userspace/l4/device.h"
#include "userspace/l4/shared_memory.h"

namespace sluice::l4 {

void SourceArray::adopt(std::span<const backend> backends) {
  std::set<std::uint32_t> used;
  for (const auto& held : backends) {
    if (held.state == BACKEND_FREE) continue;
    for (std::uint32_t i = 0; i < held.snat_count; ++i) used.insert(held.snat_first + i);
  }
  for (std::uint32_t i = 0; i < entries_.size(); ++i) {
    auto& entry = entries_[i];
    if (entry.ports == 0) continue;
    entry.port_low = ports_.low;
    entry.ports = used.contains(i) ? static_cast<std::uint16_t>(ports_.high - ports_.low + 1) : std::uint16_t{0};
  }
}

bool SourceArray::holds(std::uint32_t first, std::span<const Address> addresses) const {
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const auto& entry = entries_[first + i];
    if (entry.ports == 0 || from_addr(entry.address) != addresses[i]) return false;
  }
  return true;
}

std::optional<std::uint32_t> SourceArray::run(std::span<const Address> addresses) {
  std::optional<std::uint32_t> free;
  std::uint32_t length = 0;
  for (std::uint32_t i = 0; i + addresses.size() <= entries_.size(); ++i) {
    if (holds(i, addresses)) return i;
  }
  for (std::uint32_t i = 0; i < entries_.size() && !free; ++i) {
    length = entries_[i].ports == 0 ? length + 1 : 0;
    if (length == addresses.size()) free = i + 1 - length;
  }
  if (!free) return std::nullopt;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    auto& entry = entries_[*free + i];
    entry.address = as_addr(addresses[i]);
    entry.port_low = ports_.low;
    publish(entry.ports, static_cast<std::uint16_t>(ports_.high - ports_.low + 1));
  }
  return free;
}

std::set<Address> SourceArray::addresses() const {
  std::set<Address> all;
  for (const auto& entry : entries_) {
    if (entry.ports != 0) all.insert(from_addr(entry.address));
  }
  return all;
}

BackendSource SourceChooser::choose(const Target& target) {
  const auto route = network_.route_to(target.address);
  if (!route || !route->reachable) return {0, 0, "this node has no route to it"};
  if (route->local) return {0, 0, "it is an address of this node itself, which the kernel cannot forward to"};
  const auto addresses = addresses_for(target, *route);
  if (!addresses) return {0, 0, addresses.error()};
  const auto first = array_.run(*addresses);
  if (!first) return {0, 0, "all entries for source addresses are in use"};
  return {*first, static_cast<std::uint32_t>(addresses->size()), {}};
}

std::expected<std::vector<Address>, std::string> SourceChooser::addresses_for(const Target& target,
                                                                              const Route& route) {
  const auto* link = network_.link(route.index);
  if (link == nullptr) return std::unexpected("the device of the route to it has just gone");
  if (!target.address.is_v4() && read_sysctl({"net/ipv6/conf/all/forwarding", ""}) != "1") {
    return std::unexpected("net.ipv6.conf.all.forwarding is 0: the kernel gives no next hop; set it to 1");
  }
  if (auto forwarding = hooks_.forwarding(); target.address.is_v4() && !forwarding) {
    return std::unexpected(forwarding.error());
  }
  const bool attached = hooks_.attached(route.index);
  if (!attached || is_pod_bridge(network_, route.index)) return pod_sources(target, *link, attached);
  std::vector<Address> chosen;
  std::ranges::copy_if(configured_, std::back_inserter(chosen),
                       [&](const Address& each) { return each.is_v4() == target.address.is_v4(); });
  if (!chosen.empty()) return chosen;
  if (route.source == Address{} || route.source.is_v4() != target.address.is_v4()) {
    return std::unexpected("this node has no address towards it");
  }
  return std::vector<Address>{route.source};
}

std::expected<std::vector<Address>, std::string> SourceChooser::pod_sources(const Target& target, const Link& link,
                                                                            bool attached) {
  const auto device = hooks_.pod_device();
  if (!device) return std::unexpected(device.error());
  serves_pods_ = true;
  // A program at the device's ingress catches replies before the host has to forward them.
  if (!attached && target.address.is_v4()) {
    if (auto forwarded = hooks_.forward_from(link); !forwarded) return std::unexpected(forwarded.error());
  }
  if (!attached && link.kind == "veth" && link.peer_elsewhere) hooks_.pod_veth(link);
  for (const auto& source : device->sources) {
    if (source.is_v4() == target.address.is_v4()) return std::vector<Address>{source};
  }
  return std::unexpected("this node has no source address for pods of that family");
}

}  // namespace sluice::l4
