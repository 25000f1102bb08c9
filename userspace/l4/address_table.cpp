#include "userspace/l4/address_table.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <functional>
#include <vector>

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

/// A VIP is a local route and no interface's address: with any arp_ignore (all's or the device's own) ARP for it is
/// left unanswered. It is there for other addresses' sake, as IPVS asks, and not ours to change.
std::expected<void, std::string> answers_arp(const Link& link) {
  for (const std::string& where : {std::string("all"), link.name}) {
    const Sysctl ignore{"net/ipv4/conf/{}/arp_ignore", where};
    if (const auto value = read_sysctl(ignore); value && *value != "0") {
      return std::unexpected(ignore.text() + " is " + *value + ": neighbours on the link of " + link.name +
                             " do not find the VIP; set it to 0, or give the device the address");
    }
  }
  return {};
}

int loopback(const Network& network) {
  for (const auto& [index, link] : network.links()) {
    if (link.loopback) return index;
  }
  return 1;
}

bool is_noted(const std::vector<Journal>& journals, const std::string& name) {
  return std::ranges::any_of(journals, [&](const Journal& each) { return each.find(name).has_value(); });
}

/// Takes away what `name` in the journal stands for, unless another instance here has noted it, too. The own entry goes
/// first: of two instances that give it up at once, one at least sees that nobody is left. One that takes it up
/// meanwhile gets it back.
void give_up(Journal& journal, const std::string& name, const std::function<void(Presence)>& set) {
  journal.erase(name);
  if (is_noted(journal.beside(), name)) return;
  set(Presence::kGone);
  if (is_noted(journal.beside(), name)) set(Presence::kThere);
}

/// The local route of a VIP, and the answers to NDP for it.
void give_up_vip(Network& network, Journal& journal, const Address& vip) {
  const std::string proxies = std::string(kProxy) + vip.text() + " ";
  for (const auto& [device, value] : journal.entries(proxies)) {
    give_up(journal, proxies + device, [&](Presence presence) {
      const auto* link = network.link(device);
      if (link != nullptr) (void)set_proxy_neighbour(network.netlink(), vip, link->index, presence);
    });
  }
  give_up(journal, std::string(kVip) + vip.text(),
          [&](Presence presence) { (void)set_local_route(network.netlink(), vip, loopback(network), presence); });
}

}  // namespace

std::expected<void, std::string> AddressTable::set_up(const Address& address) {
  set_up_.erase(address);
  const std::string name = std::string(kVip) + address.text();
  if (!journal_.find(name)) taken_over_.insert(address);
  if (auto noted = journal_.put(name, ""); !noted) return noted;
  if (auto routed = set_local_route(network_.netlink(), address, loopback(network_), Presence::kThere); !routed) {
    return routed;
  }
  for (const auto* link : on_link(network_, address)) {
    if (address.is_v4()) {
      if (auto answered = answers_arp(*link); !answered) return answered;
    } else {
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
  }
  set_up_.insert(address);
  checked_.insert(address);
  tell(address);
  return {};
}

/// What was set up before this process is known to the neighbours, on the links that there are.
void AddressTable::tell(const Address& address) {
  std::set<int> links;
  for (const auto* link : on_link(network_, address)) {
    if (link->running) links.insert(link->index);
  }
  auto [known, is_new] = announced_.try_emplace(address, links);
  const bool is_due = taken_over_.erase(address) > 0 || !std::ranges::includes(known->second, links);
  known->second = std::move(links);
  if (!is_due) return;
  announce_again(address);
  announcements_.begin(address);
}

void AddressTable::forget(const std::set<int>& came) {
  checked_.clear();
  for (auto& [address, links] : announced_) {
    std::erase_if(links, [&](int index) { return came.contains(index); });
  }
}

void AddressTable::take_down(const Address& address) {
  set_up_.erase(address);
  checked_.erase(address);
  announced_.erase(address);
  announcements_.end(address);
  give_up_vip(network_, journal_, address);
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
                                                   const std::set<Address>& draining,
                                                   const std::set<Address>& elsewhere) {
  std::map<Address, std::string> failures;
  served_ = addresses;
  draining_ = draining;
  known_ = true;
  write();
  auto wanted = served_;
  std::erase_if(wanted, [&](const Address& vip) { return elsewhere.contains(vip); });
  for (const auto& source : sources_) {
    if (!routed_sources_.contains(source)) wanted.insert(source);
  }
  if (released_) wanted.clear();
  for (const auto& vip : wanted) {
    if (network_.owns(vip) || checked_.contains(vip)) continue;
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

void AddressTable::announce_again(const Address& vip) {
  for (const auto* link : on_link(network_, vip)) (void)announcer_.announce(vip, *link);
}

void AddressTable::announce_due(std::uint64_t second) {
  for (const auto& address : announcements_.due(set_up_, second)) announce_again(address);
}

bool AddressTable::is_noted(const Address& address) const {
  return journal_.find(std::string(kVip) + address.text()).has_value();
}

bool AddressTable::lies_on(const Address& address, int device) const {
  return std::ranges::any_of(on_link(network_, address), [&](const Link* link) { return link->index == device; });
}

std::set<Address> AddressTable::held() const {
  std::set<Address> vips;
  std::ranges::set_intersection(served_, set_up_, std::inserter(vips, vips.end()));
  return vips;
}

void AddressTable::undo(Network& network, Journal& journal) {
  for (const auto& [text, value] : journal.entries(kVip)) {
    if (const auto vip = Address::parse(text)) give_up_vip(network, journal, *vip);
  }
}

}  // namespace sluice::l4
