#include "userspace/l4/monitor.h"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <cstring>

#include "userspace/l4/network_edit.h"

namespace sluice::l4 {
namespace {

constexpr std::size_t kNeighboursKept = 65536;

std::array<std::uint8_t, 6> mac_of(const std::optional<std::span<const std::byte>>& value) {
  std::array<std::uint8_t, 6> mac{};
  if (value && value->size() == mac.size()) std::memcpy(mac.data(), value->data(), mac.size());
  return mac;
}

/// Our own routes, and those of table local (addresses come by themselves), change no next hop.
bool matters(const NetlinkMessage& message) {
  const auto* route = message.body<rtmsg>();
  return route != nullptr && route->rtm_protocol != kRouteProtocol && route->rtm_table != RT_TABLE_LOCAL &&
         (route->rtm_flags & RTM_F_CLONED) == 0;
}

}  // namespace

std::expected<NetworkMonitor, std::string> NetworkMonitor::open() {
  constexpr std::array<unsigned, 9> kGroups{RTNLGRP_LINK,        RTNLGRP_NEIGH,      RTNLGRP_IPV4_IFADDR,
                                            RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE,
                                            RTNLGRP_IPV4_RULE,   RTNLGRP_IPV6_RULE,  RTNLGRP_NEXTHOP};
  auto netlink = Netlink::open(NETLINK_ROUTE, kGroups);
  if (!netlink) return std::unexpected(netlink.error());
  NetworkMonitor monitor(std::move(*netlink));
  if (auto learnt = monitor.learn(); !learnt) return std::unexpected(learnt.error());
  return monitor;
}

/// The neighbours that the kernel knows already: else the first news of each would have nothing to be held against.
std::expected<void, std::string> NetworkMonitor::learn() {
  auto reader = Netlink::open(NETLINK_ROUTE);
  if (!reader) return std::unexpected(reader.error());
  NetworkChange known;
  const auto read = reader->query(NetlinkRequest(RTM_GETNEIGH, NLM_F_DUMP, ndmsg{}),
                                  [&](const NetlinkMessage& message) { take(message, known); });
  if (!read) return std::unexpected("reading neighbours: " + std::string(std::strerror(read.error())));
  return {};
}

NetworkChange NetworkMonitor::read() {
  NetworkChange change;
  const bool whole = netlink_.events([&](const NetlinkMessage& message) { take(message, change); });
  if (whole) return change;
  neighbours_.clear();
  links_.clear();
  (void)learn();
  return {true, true, true, {}};
}

void NetworkMonitor::take(const NetlinkMessage& message, NetworkChange& change) {
  switch (message.type) {
    case RTM_NEWNEIGH:
    case RTM_DELNEIGH:
      take_neighbour(message, change);
      return;
    case RTM_NEWLINK:
    case RTM_DELLINK:
      take_link(message, change);
      return;
    case RTM_NEWADDR:
    case RTM_DELADDR:
      change.next_hops = change.routes = change.links = true;
      return;
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
      if (matters(message)) change.next_hops = change.routes = true;
      return;
    case RTM_NEWRULE:
    case RTM_DELRULE:
    case RTM_NEWNEXTHOP:
    case RTM_DELNEXTHOP:
      change.next_hops = change.routes = true;
      return;
    default:
      return;
  }
}

void NetworkMonitor::take_neighbour(const NetlinkMessage& message, NetworkChange& change) {
  const auto* head = message.body<ndmsg>();
  if (head == nullptr) return;
  const auto attributes = message.attributes<ndmsg>();
  const auto bytes = attributes.find(NDA_DST);
  const auto address = bytes ? Address::from_bytes(*bytes) : std::nullopt;
  if (!address) return;
  const std::pair key{head->ndm_ifindex, *address};
  const auto known = neighbours_.find(key);
  // Forgotten by the kernel, which does so for want of room, too: it is news if it comes back as another.
  if (message.type == RTM_DELNEIGH) return;
  const bool failed = (head->ndm_state & NUD_FAILED) != 0;
  const auto mac = mac_of(attributes.find(NDA_LLADDR));
  // Incomplete: asked for, not answered yet.
  if (!failed && mac == std::array<std::uint8_t, 6>{}) return;
  if (known == neighbours_.end()) {
    if (neighbours_.size() == kNeighboursKept) {
      neighbours_.clear();
      change.next_hops = true;
    }
    neighbours_[key] = {mac, failed};
    return;
  }
  const Neighbour now{failed ? known->second.mac : mac, failed};
  if (now == known->second) return;
  known->second = now;
  change.next_hops = true;
}

void NetworkMonitor::take_link(const NetlinkMessage& message, NetworkChange& change) {
  const auto* head = message.body<ifinfomsg>();
  if (head == nullptr || head->ifi_family != 0) return;  // a bridge tells of its ports under its own family
  if (message.type == RTM_DELLINK) {
    links_.erase(head->ifi_index);
    change.next_hops = change.routes = change.links = true;
    return;
  }
  const auto attributes = message.attributes<ifinfomsg>();
  LinkState now;
  now.up = (head->ifi_flags & IFF_UP) != 0;
  now.running = now.up && (head->ifi_flags & IFF_RUNNING) != 0;
  now.mtu = attributes.number(IFLA_MTU).value_or(0);
  now.controller = attributes.number(IFLA_MASTER).value_or(0);
  now.mac = mac_of(attributes.find(IFLA_ADDRESS));
  auto [known, fresh] = links_.try_emplace(head->ifi_index, now);
  if (!fresh && known->second == now) return;
  if (!fresh && now.running && !known->second.running) change.came.insert(head->ifi_index);
  known->second = now;
  change.next_hops = change.routes = change.links = true;
}

}  // namespace sluice::l4
