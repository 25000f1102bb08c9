#include "userspace/l4/network.h"

#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <cstring>

namespace sluice::l4 {
namespace {

std::string xdp_mode(const NetlinkAttributes& xdp) {
  const auto attached = xdp.find(IFLA_XDP_ATTACHED);
  if (!attached || attached->empty()) return {};
  switch (static_cast<int>(attached->front())) {
    case XDP_ATTACHED_DRV:
      return "native";
    case XDP_ATTACHED_SKB:
      return "generic";
    case XDP_ATTACHED_HW:
      return "offloaded";
    case XDP_ATTACHED_MULTI:
      return "native";
    default:
      return {};
  }
}

std::optional<Link> as_link(const NetlinkMessage& message) {
  const auto* head = message.body<ifinfomsg>();
  if (message.type != RTM_NEWLINK || head == nullptr) return std::nullopt;
  const auto attributes = message.attributes<ifinfomsg>();
  Link link;
  link.index = head->ifi_index;
  link.name = attributes.text(IFLA_IFNAME);
  link.alias = attributes.text(IFLA_IFALIAS);
  link.kind = attributes.nest(IFLA_LINKINFO).text(IFLA_INFO_KIND);
  link.loopback = (head->ifi_flags & IFF_LOOPBACK) != 0;
  link.up = (head->ifi_flags & IFF_UP) != 0;
  link.running = link.up && (head->ifi_flags & IFF_RUNNING) != 0;
  link.ethernet = head->ifi_type == ARPHRD_ETHER;
  link.controller = static_cast<int>(attributes.number(IFLA_MASTER).value_or(0));
  link.mtu = attributes.number(IFLA_MTU).value_or(0);
  const auto mac = attributes.find(IFLA_ADDRESS);
  if (mac && mac->size() == link.mac.size()) std::memcpy(link.mac.data(), mac->data(), link.mac.size());
  link.peer_elsewhere = attributes.find(IFLA_LINK_NETNSID).has_value();
  link.xdp = xdp_mode(attributes.nest(IFLA_XDP));
  return link;
}

std::optional<InterfaceAddress> as_address(const NetlinkMessage& message) {
  const auto* head = message.body<ifaddrmsg>();
  if (message.type != RTM_NEWADDR || head == nullptr) return std::nullopt;
  const auto attributes = message.attributes<ifaddrmsg>();
  // IFA_LOCAL is the own end of a point-to-point address, IFA_ADDRESS the other.
  const auto bytes = attributes.find(IFA_LOCAL) ? attributes.find(IFA_LOCAL) : attributes.find(IFA_ADDRESS);
  const auto address = bytes ? Address::from_bytes(*bytes) : std::nullopt;
  if (!address) return std::nullopt;
  const std::uint32_t flags = attributes.number(IFA_FLAGS).value_or(head->ifa_flags);
  InterfaceAddress entry;
  entry.index = static_cast<int>(head->ifa_index);
  entry.address = *address;
  entry.prefix = head->ifa_prefixlen;
  entry.global = head->ifa_scope == RT_SCOPE_UNIVERSE && (flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) == 0;
  return entry;
}

Route as_route(const NetlinkMessage& message) {
  const auto* head = message.body<rtmsg>();
  const auto attributes = message.attributes<rtmsg>();
  Route route;
  route.index = static_cast<int>(attributes.number(RTA_OIF).value_or(0));
  if (const auto source = attributes.find(RTA_PREFSRC)) route.source = Address::from_bytes(*source).value_or(Address{});
  if (const auto gateway = attributes.find(RTA_GATEWAY)) route.gateway = Address::from_bytes(*gateway);
  if (const auto via = attributes.find(RTA_VIA); via && via->size() > 2)
    route.gateway = Address::from_bytes(via->subspan(2));
  route.local = head->rtm_type == RTN_LOCAL;
  route.reachable = head->rtm_type == RTN_UNICAST || head->rtm_type == RTN_LOCAL;
  return route;
}

}  // namespace

std::expected<Network, std::string> Network::open() {
  auto netlink = Netlink::open(NETLINK_ROUTE);
  if (!netlink) return std::unexpected(netlink.error());
  Network network(std::move(*netlink));
  if (auto read = network.refresh(); !read) return std::unexpected(read.error());
  return network;
}

std::expected<void, std::string> Network::refresh() {
  std::map<int, Link> links;
  const auto take_link = [&](const NetlinkMessage& message) {
    if (auto link = as_link(message)) links[link->index] = std::move(*link);
  };
  auto read = netlink_.query(NetlinkRequest(RTM_GETLINK, NLM_F_DUMP, ifinfomsg{}), take_link);
  if (!read) return std::unexpected("links: " + std::string(std::strerror(read.error())));
  std::vector<InterfaceAddress> addresses;
  const auto take_address = [&](const NetlinkMessage& message) {
    if (auto address = as_address(message)) addresses.push_back(*address);
  };
  read = netlink_.query(NetlinkRequest(RTM_GETADDR, NLM_F_DUMP, ifaddrmsg{}), take_address);
  if (!read) return std::unexpected("addresses: " + std::string(std::strerror(read.error())));
  links_ = std::move(links);
  addresses_ = std::move(addresses);
  return {};
}

const Link* Network::link(int index) const {
  const auto found = links_.find(index);
  return found == links_.end() ? nullptr : &found->second;
}

const Link* Network::link(std::string_view name) const {
  for (const auto& [index, link] : links_) {
    if (link.name == name) return &link;
  }
  return nullptr;
}

bool Network::owns(const Address& address) const {
  for (const auto& entry : addresses_) {
    if (entry.address == address) return true;
  }
  return false;
}

std::optional<Route> Network::route_to(const Address& address) {
  rtmsg head{};
  head.rtm_family = static_cast<std::uint8_t>(address.family());
  head.rtm_dst_len = static_cast<std::uint8_t>(address.prefix_bits());
  NetlinkRequest request(RTM_GETROUTE, 0, head);
  request.add(RTA_DST, address.wire());
  std::optional<Route> route;
  const auto asked = netlink_.query(std::move(request), [&](const NetlinkMessage& message) {
    if (message.type == RTM_NEWROUTE && message.body<rtmsg>() != nullptr) route = as_route(message);
  });
  return asked ? route : std::nullopt;
}

}  // namespace sluice::l4
