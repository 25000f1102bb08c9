#include "userspace/l4/network_edit.h"

#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace sluice::l4 {
namespace {

Edited done(std::expected<void, int> result, int fine, const std::string& what) {
  if (result || result.error() == fine) return {};
  return std::unexpected(what + ": " + std::strerror(result.error()));
}

struct RoutePlace {
  std::uint8_t table;
  std::uint8_t type;
  std::uint8_t scope;
};

Edited set_route(Netlink& netlink, const Address& address, int device, RoutePlace place, Presence presence) {
  const bool there = presence == Presence::kThere;
  rtmsg head{};
  head.rtm_family = static_cast<std::uint8_t>(address.family());
  head.rtm_dst_len = static_cast<std::uint8_t>(address.prefix_bits());
  head.rtm_table = place.table;
  head.rtm_protocol = kRouteProtocol;
  head.rtm_scope = address.is_v4() ? place.scope : std::uint8_t{RT_SCOPE_UNIVERSE};
  head.rtm_type = place.type;
  NetlinkRequest request(there ? RTM_NEWROUTE : RTM_DELROUTE, NLM_F_ACK | (there ? NLM_F_CREATE | NLM_F_REPLACE : 0),
                         head);
  request.add(RTA_DST, address.wire());
  request.add_number(RTA_OIF, static_cast<std::uint32_t>(device));
  return done(netlink.change(std::move(request)), there ? EEXIST : ESRCH, "route of " + address.text());
}

}  // namespace

Edited set_local_route(Netlink& netlink, const Address& address, int loopback, Presence presence) {
  return set_route(netlink, address, loopback, {RT_TABLE_LOCAL, RTN_LOCAL, RT_SCOPE_HOST}, presence);
}

Edited set_host_route(Netlink& netlink, const Address& address, int device, Presence presence) {
  return set_route(netlink, address, device, {RT_TABLE_MAIN, RTN_UNICAST, RT_SCOPE_LINK}, presence);
}

Edited set_proxy_neighbour(Netlink& netlink, const Address& address, int device, Presence presence) {
  const bool there = presence == Presence::kThere;
  ndmsg head{};
  head.ndm_family = static_cast<std::uint8_t>(address.family());
  head.ndm_ifindex = device;
  head.ndm_state = NUD_PERMANENT;
  head.ndm_flags = NTF_PROXY;
  NetlinkRequest request(there ? RTM_NEWNEIGH : RTM_DELNEIGH, NLM_F_ACK | (there ? NLM_F_CREATE | NLM_F_REPLACE : 0),
                         head);
  request.add(NDA_DST, address.wire());
  return done(netlink.change(std::move(request)), there ? EEXIST : ENOENT, "proxy neighbour " + address.text());
}

Edited add_link(Netlink& netlink, const std::string& name, const std::string& kind,
                const std::array<std::uint8_t, 6>& mac, const std::string& alias) {
  ifinfomsg head{};
  head.ifi_flags = IFF_NOARP;
  head.ifi_change = IFF_NOARP;
  NetlinkRequest request(RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, head);
  request.add(IFLA_IFNAME, name);
  request.add(IFLA_ADDRESS, std::span<const std::uint8_t>(mac));
  request.begin(IFLA_LINKINFO).add(IFLA_INFO_KIND, kind).end();
  const auto added = netlink.change(std::move(request));
  if (!added && added.error() == EOPNOTSUPP) return std::unexpected("kind");
  if (!added) return std::unexpected(name + " (" + kind + "): " + std::strerror(added.error()));
  // An alias is taken on change only, not on creation.
  NetlinkRequest mark(RTM_NEWLINK, NLM_F_ACK, ifinfomsg{});
  mark.add(IFLA_IFNAME, name).add(IFLA_IFALIAS, alias);
  return done(netlink.change(std::move(mark)), 0, name + " alias");
}

Edited delete_link(Netlink& netlink, int index) {
  ifinfomsg head{};
  head.ifi_index = index;
  return done(netlink.change(NetlinkRequest(RTM_DELLINK, NLM_F_ACK, head)), ENODEV, "deleting a device");
}

Edited raise_link(Netlink& netlink, int index, std::uint32_t mtu) {
  ifinfomsg head{};
  head.ifi_index = index;
  head.ifi_flags = IFF_UP | IFF_NOARP;
  head.ifi_change = IFF_UP | IFF_NOARP;
  NetlinkRequest request(RTM_NEWLINK, NLM_F_ACK, head);
  request.add_number(IFLA_MTU, mtu);
  return done(netlink.change(std::move(request)), 0, "setting a device up");
}

std::expected<std::vector<Address>, std::string> own_local_routes(Netlink& netlink, int family) {
  std::vector<Address> found;
  rtmsg head{};
  head.rtm_family = static_cast<std::uint8_t>(family);
  const auto take = [&](const NetlinkMessage& message) {
    const auto* route = message.body<rtmsg>();
    if (message.type != RTM_NEWROUTE || route == nullptr) return;
    if (route->rtm_protocol != kRouteProtocol || route->rtm_type != RTN_LOCAL) return;
    const auto bytes = message.attributes<rtmsg>().find(RTA_DST);
    if (const auto address = bytes ? Address::from_bytes(*bytes) : std::nullopt) found.push_back(*address);
  };
  const auto read = netlink.query(NetlinkRequest(RTM_GETROUTE, NLM_F_DUMP, head), take);
  if (!read) return std::unexpected("routes: " + std::string(std::strerror(read.error())));
  return found;
}

}  // namespace sluice::l4
