// Hears when another host says that it has an address of ours: gratuitous ARP, ARP probes and replies (RFC 5227),
// neighbour advertisements (RFC 4861, 7.2.6). In a cluster a VIP moves to another node when ours is thought gone; if it
// was only cut off from the API server, this is how it learns of it.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "userspace/l4/address.h"
#include "userspace/l4/netlink.h"

namespace sluice::l4 {

/// A host's word that it has an address.
struct Claim {
  Address address;
  std::array<std::uint8_t, 6> mac{};
  bool operator==(const Claim&) const = default;
};

/// A claim, and the device that it came in by (ifindex).
struct HeardClaim {
  Claim claim;
  int device = 0;
};

/// What an Ethernet frame (without VLAN tag) claims; nullopt: nothing. Any bytes.
std::optional<Claim> claim_of(std::span<const std::uint8_t> frame);

/// Two packet sockets, for ARP and for IPv6, which see what reaches the host's stack: no packet that a program
/// forwards, and none that leaves, as one for all protocols would, at the price of a copy each.
class Rivals {
 public:
  /// Error: a packet socket cannot be had (CAP_NET_RAW).
  static std::expected<Rivals, std::string> open();

  /// Readable when somebody has said something.
  [[nodiscard]] int fd() const { return events_.get(); }

  /// What was claimed since the last read, of any address and on any device: pods' are among them. Never blocks; takes
  /// at most some hundreds of frames, and then fd() stays readable.
  std::vector<HeardClaim> read();

 private:
  Rivals() = default;
  Fd events_;  ///< epoll
  std::array<Fd, 2> sockets_;
};

}  // namespace sluice::l4
