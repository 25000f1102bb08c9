#include "userspace/l4/address_table.h"

#include <bpf/bpf.h>

#include <algorithm>

#include "userspace/l4/announce.h"
#include "userspace/l4/network_edit.h"
#include "userspace/l4/shared_memory.h"
#include "userspace/l4/sysctl.h"

namespace sluice::l4 {
namespace {

constexpr std::string_view kVip = "vip ";      // "vip ADDRESS": a local route of ours
constexpr std::string_view kProxy = "proxy ";  // "proxy ADDRESS DEVICE": NDP is answered there

/// The devices on whose link the address lies.
std::vector<const Link*> on_link(const Network& network, const Address& address) {
  std::vector<const Link*> links;
  for (const auto& entry : network.addresses()) {
    if (!entry.global || !address.within(entry.address, entry.prefix) || entry.prefix == address.prefix_bits())
      continue;
    const auto* link = network.link(entry.index);
    if (link != nullptr && link->ethernet && std::ranges::find(links, link) == links.end()) links.push_back(link);
  }
  return links;
}

int loopback(const Network& network) {
  for (const auto& [index, link] : network.links()) {
    if (link.loopback) return index;
  }
  return 1;
}

void remove_proxies(Network& network, Journal& journal, const std::string& address) {
  const std::string prefix = std::string(kProxy) + address + " ";
  for (const auto& [device, value] : journal.entries(prefix)) {
    const auto parsed = Address::parse(address);
    if (const auto* link = network.link(device); link != nullptr && parsed) {
      (void)set_proxy_neighbour(network.netlink(), *parsed, link->index, Presence::kGone);
    }
    journal.erase(prefix + device);
  }
}

}  // namespace

std::expected<void, std::string> AddressTable::set_up(const Address& address) {
  const std::string name = std::string(kVip) + address.text();
  const bool fresh = !journal_.find(name);
  if (auto noted = journal_.put(name, ""); !noted) return noted;
  if (auto routed = set_local_route(network_.netlink(), address, loopback(network_), Presence::kThere); !routed) {
    return routed;
  }
  for (const auto* link : on_link(network_, address)) {
    if (!address.is_v4()) {
      const auto proxied = require_sysctl(journal_, {"net/ipv6/conf/{}/proxy_ndp", link->name}, "1",
                                          "neighbours ask for IPv6 VIPs on this link, and no interface has them");
      if (!proxied) return proxied;
      // The kernel answers for a proxy entry only where it routes; making a host a router is not ours to do.
      if (const Sysctl forwarding{"net/ipv6/conf/{}/forwarding", link->name}; read_sysctl(forwarding) == "0") {
        return std::unexpected(forwarding.text() + " is 0: neighbours on that link do not find the VIP; set it to 1");
      }
      (void)require_sysctl(journal_, {"net/ipv6/neigh/{}/proxy_delay", link->name}, "0",
                           "a VIP answers neighbour solicitations at once");
      (void)journal_.put(std::string(kProxy) + address.text() + " " + link->name, "");
      const auto added = set_proxy_neighbour(network_.netlink(), address, link->index, Presence::kThere);
      if (!added) return added;
    }
    if (fresh) (void)announce(address, *link);
  }
  set_up_.insert(address);
  return {};
}

void AddressTable::take_down(const Address& address) {
  set_up_.erase(address);
  remove_proxies(network_, journal_, address.text());
  (void)set_local_route(network_.netlink(), address, loopback(network_), Presence::kGone);
  journal_.erase(std::string(kVip) + address.text());
}

void AddressTable::adopt() {
  addr key{};
  const addr* previous = nullptr;
  while (bpf_map_get_next_key(map_, previous, &key) == 0) {
    address value{};
    if (bpf_map_lookup_elem(map_, &key, &value) == 0) written_[from_addr(key)] = value.roles;
    previous = &key;
  }
}

std::map<Address, std::string> AddressTable::serve(const std::set<Address>& addresses,
                                                   const std::set<Address>& draining) {
  std::map<Address, std::string> failures;
  served_ = addresses;
  draining_ = draining;
  known_ = true;
  write();
  auto wanted = served_;
  for (const auto& source : sources_) {
    if (!routed_sources_.contains(source)) wanted.insert(source);
  }
  if (released_) wanted.clear();
  for (const auto& vip : wanted) {
    if (network_.owns(vip) || set_up_.contains(vip)) continue;
    if (auto done = set_up(vip); !done) failures[vip] = done.error();
  }
  for (const auto& [text, value] : journal_.entries(kVip)) {
    const auto vip = Address::parse(text);
    if (vip && (!wanted.contains(*vip) || network_.owns(*vip))) take_down(*vip);
  }
  return failures;
}

std::expected<void, std::string> AddressTable::set_sources(const std::set<Address>& addresses,
                                                           const std::set<Address>& routed) {
  sources_ = addresses;
  routed_sources_ = routed;
  write();
  for (const auto& source : sources_) {
    if (routed.contains(source) || network_.owns(source)) continue;
    if (auto done = set_up(source); !done) return done;
  }
  return {};
}

/// New roles first, what has none last.
void AddressTable::write() {
  std::map<Address, std::uint32_t> wanted;
  for (const auto* set : {&served_, &draining_}) {
    for (const auto& vip : *set) wanted[vip] |= network_.owns(vip) ? ADDRESS_LOCAL : ADDRESS_VIP;
  }
  for (const auto& source : sources_) {
    wanted[source] |= ADDRESS_SNAT;
    if (network_.owns(source)) wanted[source] |= ADDRESS_LOCAL;
  }
  for (const auto& [each, roles] : wanted) {
    const auto held = written_.find(each);
    if (held != written_.end() && held->second == roles) continue;
    const addr key = as_addr(each);
    const address value{roles, 0};
    if (bpf_map_update_elem(map_, &key, &value, BPF_ANY) == 0) written_[each] = roles;
  }
  // Until the first model is known, an adopted VIP is somebody's: without its entry the host would refuse its clients.
  if (!known_) return;
  std::erase_if(written_, [&](const auto& entry) {
    if (wanted.contains(entry.first)) return false;
    const addr key = as_addr(entry.first);
    (void)bpf_map_delete_elem(map_, &key);
    return true;
  });
}

void AddressTable::release() {
  released_ = true;
  for (const auto& [text, value] : journal_.entries(kVip)) {
    if (const auto vip = Address::parse(text); vip && !sources_.contains(*vip)) take_down(*vip);
  }
}

std::set<Address> AddressTable::announced() const {
  std::set<Address> vips;
  for (const auto& [text, value] : journal_.entries(kVip)) {
    if (const auto vip = Address::parse(text)) vips.insert(*vip);
  }
  return vips;
}

void AddressTable::undo(Network& network, Journal& journal) {
  for (const auto& [text, value] : journal.entries(kVip)) {
    remove_proxies(network, journal, text);
    const auto vip = Address::parse(text);
    if (vip) (void)set_local_route(network.netlink(), *vip, loopback(network), Presence::kGone);
    journal.erase(std::string(kVip) + text);
  }
}

}  // namespace sluice::l4
