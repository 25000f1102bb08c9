// Hears of changes of links, addresses, routes and neighbours, and tells those that matter to flows from the noise.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "userspace/l4/address.h"
#include "userspace/l4/netlink.h"

namespace sluice::l4 {

/// What has changed since the last read.
struct NetworkChange {
  bool next_hops = false;  ///< a link-layer address, a neighbour that failed, a route, a link: config.generation
  bool routes = false;     ///< source addresses may be others now
  bool links = false;      ///< links or addresses: devices and VIPs may be others now
  std::set<int> came;      ///< links that can send since then, and could not before
};

/// Neighbours are heard of often (each confirmation is an event); only another MAC and a failure of one that had one
/// count.
class NetworkMonitor {
 public:
  static std::expected<NetworkMonitor, std::string> open();

  [[nodiscard]] int fd() const { return netlink_.fd(); }

  /// Takes what has come; never blocks.
  NetworkChange read();

  /// One message's part. Public for tests.
  void take(const NetlinkMessage& message, NetworkChange& change);

 private:
  struct Neighbour {
    std::array<std::uint8_t, 6> mac{};
    bool failed = false;
    bool operator==(const Neighbour&) const = default;
  };
  struct LinkState {
    bool up = false;
    bool running = false;
    std::uint32_t mtu = 0;
    std::uint32_t controller = 0;
    std::array<std::uint8_t, 6> mac{};
    bool operator==(const LinkState&) const = default;
  };

  explicit NetworkMonitor(Netlink netlink) : netlink_(std::move(netlink)) {}
  std::expected<void, std::string> learn();
  void take_neighbour(const NetlinkMessage& message, NetworkChange& change);
  void take_link(const NetlinkMessage& message, NetworkChange& change);

  Netlink netlink_;
  std::map<std::pair<int, Address>, Neighbour> neighbours_;
  std::map<int, LinkState> links_;
};

}  // namespace sluice::l4
