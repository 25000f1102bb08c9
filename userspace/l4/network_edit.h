// Changes to this host's network, each safe to repeat: what is there already is left, what is gone already is fine.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <string>

#include "userspace/l4/address.h"
#include "userspace/l4/netlink.h"

namespace sluice::l4 {

/// Whether a thing is to be there.
enum class Presence : std::uint8_t { kThere, kGone };

/// The routes that we make carry this protocol number (`ip route` shows it), so that remove() finds its own.
inline constexpr std::uint8_t kRouteProtocol = 0x53;

using Edited = std::expected<void, std::string>;  ///< error: what could not be done, and the kernel's reason

/// `local ADDRESS dev lo` in table local: packets for it are delivered here.
Edited set_local_route(Netlink& netlink, const Address& address, int loopback, Presence presence);

/// `ADDRESS/32|128 dev DEVICE`: packets for it are sent to the device.
Edited set_host_route(Netlink& netlink, const Address& address, int device, Presence presence);

/// The kernel answers neighbour solicitations for the address on that device (needs proxy_ndp there).
Edited set_proxy_neighbour(Netlink& netlink, const Address& address, int device, Presence presence);

/// A link of that kind, with a MAC of its own, no ARP, an alias. Error "kind": the kernel has none of that kind.
Edited add_link(Netlink& netlink, const std::string& name, const std::string& kind,
                const std::array<std::uint8_t, 6>& mac, const std::string& alias);
Edited delete_link(Netlink& netlink, int index);

/// Up, with that MTU.
Edited raise_link(Netlink& netlink, int index, std::uint32_t mtu);

/// The addresses that routes of ours (kRouteProtocol) name, in table local or, towards `device`, in main.
std::expected<std::vector<Address>, std::string> own_local_routes(Netlink& netlink, int family);

}  // namespace sluice::l4
