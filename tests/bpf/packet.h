// Packets as the tests write them: what the wire would carry, checksums and all, compared byte for byte.
//
//   tcp(client, vip(443)).syn().sequence(7)      udp(client, vip(53)).payload("query")
//   icmp_too_big(router, vip(443), quoted, 1280)
#pragma once

#include <array>
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "sluice/bpf/types.h"

namespace sluice::test {

using Bytes = std::vector<std::uint8_t>;
using Mac = std::array<std::uint8_t, 6>;

struct Endpoint {
  family kind = FAMILY_V4;
  std::array<std::uint8_t, 16> ip{};  ///< IPv4 in the first four
  std::uint16_t port = 0;

  [[nodiscard]] Endpoint at(std::uint16_t other_port) const;
  [[nodiscard]] addr mapped() const;  ///< as maps hold it
  bool operator==(const Endpoint&) const = default;
};

/// Text form, and a port; a text that is no address ends the test program.
Endpoint endpoint(const std::string& ip, std::uint16_t port = 0);

/// A whole frame. Setters return the packet, so that a test reads as one line.
class Packet {
 public:
  Packet(std::uint8_t protocol, const Endpoint& from, const Endpoint& to);

  Packet& syn() { return flag(0x02); }
  Packet& ack(std::uint32_t number = 1);
  Packet& fin() { return flag(0x01); }
  Packet& rst() { return flag(0x04); }
  Packet& sequence(std::uint32_t number);
  Packet& window(std::uint16_t bytes);
  Packet& payload(const std::string& text);
  Packet& payload(std::size_t bytes);
  Packet& ttl(std::uint8_t hops);
  Packet& macs(const Mac& to, const Mac& from);
  Packet& no_checksum();       ///< UDP over IPv4: the field is 0 (RFC 768)
  Packet& partial_checksum();  ///< the field holds the pseudo-header's sum, as CHECKSUM_PARTIAL has it
  Packet& fragment();          ///< "more fragments"; IPv6: a fragment header
  /// IPv4: a NOP option word; IPv6: a header of that number, by default destination options, eight octets long.
  Packet& extension(std::uint8_t header = 60);
  Packet& tagged(std::uint16_t vlan);
  Packet& claims(std::uint16_t ip_length);  ///< what the IP header says of its length, whatever it is
  Packet& body(Bytes transport);            ///< other protocols: all behind the IP header
  Packet& id(std::uint16_t value) {
    ip_id_ = value;
    return *this;
  }
  Packet& dont_fragment() {
    dont_fragment_ = true;
    return *this;
  }

  [[nodiscard]] const Endpoint& from() const { return from_; }
  [[nodiscard]] const Endpoint& to() const { return to_; }
  [[nodiscard]] Bytes bytes() const;  ///< with Ethernet header
  [[nodiscard]] Bytes ip() const;     ///< from the IP header on

 private:
  Packet& flag(std::uint8_t bit);
  [[nodiscard]] Bytes transport() const;
  [[nodiscard]] Bytes ip_header(std::size_t payload) const;

  std::uint8_t protocol_;
  Endpoint from_, to_;
  Mac to_mac_{}, from_mac_{};
  std::uint8_t flags_ = 0, ttl_ = 64, extension_header_ = 0;
  std::uint32_t sequence_ = 0, acknowledged_ = 0;
  std::uint16_t window_ = 0, vlan_ = 0, claims_ = 0, ip_id_ = 0;
  bool no_checksum_ = false, partial_ = false, fragment_ = false, extension_ = false, dont_fragment_ = false;
  Bytes payload_;
};

Packet tcp(const Endpoint& from, const Endpoint& to);
Packet udp(const Endpoint& from, const Endpoint& to);

/// An ICMP error that quotes the first `quote` bytes of an IP packet. type and code as the family has them.
Packet icmp_error(const Endpoint& from, const Endpoint& to, std::uint8_t type, std::uint8_t code, std::uint32_t rest,
                  const Bytes& quoted_ip, std::size_t quote = 548);
Packet echo(const Endpoint& from, const Endpoint& to, bool reply);

/// "unreachable" and "too big" of either family.
Packet port_unreachable(const Endpoint& from, const Endpoint& to, const Bytes& quoted_ip, std::size_t quote = 548);
Packet too_big(const Endpoint& from, const Endpoint& to, std::uint32_t mtu, const Bytes& quoted_ip,
               std::size_t quote = 548);

/// What a test wants to know of a frame that came out.
struct Seen {
  Endpoint from, to;
  std::uint8_t tcp_flags = 0;
};
Seen seen(const Bytes& frame);

/// Offset, and both sides, of the first byte that differs; for messages.
std::string difference(const Bytes& got, const Bytes& want);

}  // namespace sluice::test
