// What the kernel says about this host's network: links, addresses, routes, forwarding.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "userspace/l4/address.h"
#include "userspace/l4/netlink.h"

namespace sluice::l4 {

struct Link {
  int index = 0;
  std::string name;
  std::string kind;   ///< "veth", "bridge", ...; "" for what has a driver of its own, and for lo
  std::string alias;  ///< an administrator's words, or our mark (pod_device.h)
  bool loopback = false;
  bool ethernet = false;
  bool up = false;
  bool running = false;  ///< up, and has a carrier: what is sent now can arrive
  int controller = 0;    ///< index of the bridge or bond that it is a port of
  std::uint32_t mtu = 0;
  std::array<std::uint8_t, 6> mac{};
  bool peer_elsewhere = false;  ///< its other end is in another network namespace: a pod's
  std::string xdp;              ///< "", "native", "generic", "offloaded"

  /// Has hardware or a hypervisor's device behind it.
  [[nodiscard]] bool physical() const { return kind.empty() && ethernet && !loopback; }
};

struct InterfaceAddress {
  int index = 0;
  Address address;
  int prefix = 0;
  bool global = false;  ///< scope universe, neither tentative nor failed
};

/// Where the host would send a packet for an address.
struct Route {
  int index = 0;   ///< out device
  Address source;  ///< that the host would use itself; :: where it has none
  std::optional<Address> gateway;
  bool local = false;     ///< delivered here
  bool reachable = true;  ///< false: unreachable, prohibited, blackhole
};

/// A snapshot; routes are asked of the kernel each time.
class Network {
 public:
  static std::expected<Network, std::string> open();

  /// Reads links and addresses anew. Error: what failed.
  std::expected<void, std::string> refresh();

  [[nodiscard]] const std::map<int, Link>& links() const { return links_; }
  [[nodiscard]] const std::vector<InterfaceAddress>& addresses() const { return addresses_; }
  [[nodiscard]] const Link* link(int index) const;
  [[nodiscard]] const Link* link(std::string_view name) const;
  [[nodiscard]] bool owns(const Address& address) const;  ///< an interface has it

  /// nullopt: no route.
  std::optional<Route> route_to(const Address& address);

  Netlink& netlink() { return netlink_; }

 private:
  explicit Network(Netlink netlink) : netlink_(std::move(netlink)) {}

  Netlink netlink_;
  std::map<int, Link> links_;
  std::vector<InterfaceAddress> addresses_;
};

}  // namespace sluice::l4
