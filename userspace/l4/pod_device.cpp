#include "userspace/l4/pod_device.h"

#include <array>
#include <random>
#include <string_view>

#include "userspace/l4/network_edit.h"
#include "userspace/l4/notrack.h"

namespace sluice::l4 {
namespace {

constexpr int kCandidates = 16;
// By cost: dummy carries nothing at all, ifb has no ARP, a bridge without ports drops what it is given.
constexpr std::array<const char*, 3> kKinds{"dummy", "ifb", "bridge"};

constexpr std::string_view kAlias = "sluice:";  // and the instance's name

std::string alias_of(const std::string& instance) {
  return std::string(kAlias) + instance;
}

/// Fixed once made (a bridge's would change with its ports), locally administered.
std::array<std::uint8_t, 6> fresh_mac() {
  std::random_device random;
  std::array<std::uint8_t, 6> mac{0x02, 0x53};
  for (std::size_t i = 2; i < mac.size(); ++i) mac[i] = static_cast<std::uint8_t>(random());
  return mac;
}

Address candidate(bool v4, int number) {
  const std::string last = std::to_string(number + 1);
  return *Address::parse(v4 ? "100.64.77." + last : "fd53:6c75:6963:65::" + last);
}

/// Of 100.64/10 and its IPv6 twin, the first address that no more than a default route covers, or that is ours already.
std::expected<Address, std::string> choose_source(Network& network, bool v4, int device) {
  const auto fallback = network.route_to(*Address::parse(v4 ? "198.51.100.1" : "2001:db8:5375::1"));
  for (int number = 0; number < kCandidates; ++number) {
    const Address address = candidate(v4, number);
    const auto route = network.route_to(address);
    if (!route || !route->reachable || route->index == device) return address;
    // Where the way is that of an unrelated address, only the default route leads there.
    if (fallback && route->index == fallback->index && route->gateway == fallback->gateway) return address;
  }
  return std::unexpected("no source address for pods is free: " + candidate(v4, 0).text() + " and its " +
                         std::to_string(kCandidates - 1) + " neighbours have routes");
}

std::expected<const Link*, std::string> add_device(Network& network, const std::string& instance) {
  std::string name;
  for (int number = 0; name.empty() || network.link(name) != nullptr; ++number)
    name = "sluice" + std::to_string(number);
  for (const auto* kind : kKinds) {
    const auto added = add_link(network.netlink(), name, kind, fresh_mac(), alias_of(instance));
    if (!added && added.error() != "kind") return std::unexpected(added.error());
    if (!added) continue;
    if (auto read = network.refresh(); !read) return std::unexpected(read.error());
    if (const auto* link = network.link(name)) return link;
  }
  return std::unexpected("the kernel has none of dummy, ifb and bridge: pods cannot be served");
}

}  // namespace

bool is_pod_device(const Link& link) {
  return link.alias.starts_with(kAlias);
}

const Link* find_pod_device(const Network& network, const std::string& instance) {
  for (const auto& [index, link] : network.links()) {
    if (link.alias == alias_of(instance)) return &link;
  }
  return nullptr;
}

std::expected<PodDevice, std::string> make_pod_device(Network& network, const std::string& instance,
                                                      std::uint32_t mtu) {
  const Link* link = find_pod_device(network, instance);
  if (link == nullptr) {
    const auto added = add_device(network, instance);
    if (!added) return std::unexpected(added.error());
    link = *added;
  }
  PodDevice device{link->index, link->name, link->kind, {}};
  if (auto raised = raise_link(network.netlink(), device.index, mtu); !raised) return std::unexpected(raised.error());
  for (const bool v4 : {true, false}) {
    const auto address = choose_source(network, v4, device.index);
    if (!address) return std::unexpected(address.error());
    const auto routed = set_host_route(network.netlink(), *address, device.index, Presence::kThere);
    // A host without IPv6 has no pods that speak it.
    if (!routed && !v4) continue;
    if (!routed) return std::unexpected(routed.error());
    device.sources.push_back(*address);
  }
  if (auto ruled = set_notrack(instance, device.sources); !ruled) return std::unexpected(ruled.error());
  return device;
}

std::expected<void, std::string> remove_pod_device(Network& network, const std::string& instance) {
  if (const auto* link = find_pod_device(network, instance)) {
    if (auto gone = delete_link(network.netlink(), link->index); !gone) return gone;
  }
  return remove_notrack(instance);
}

}  // namespace sluice::l4
