#include "tests/bpf/packet.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace sluice::test {
namespace {

void put16(Bytes& bytes, std::uint16_t value) {
  bytes.push_back(value >> 8);
  bytes.push_back(value & 0xff);
}

void put32(Bytes& bytes, std::uint32_t value) {
  put16(bytes, value >> 16);
  put16(bytes, value & 0xffff);
}

void set16(Bytes& bytes, std::size_t at, std::uint16_t value) {
  bytes[at] = value >> 8;
  bytes[at + 1] = value & 0xff;
}

std::size_t address_bytes(const Endpoint& endpoint) {
  return endpoint.kind == FAMILY_V4 ? 4 : 16;
}

void put_address(Bytes& bytes, const Endpoint& endpoint) {
  bytes.insert(bytes.end(), endpoint.ip.begin(), endpoint.ip.begin() + address_bytes(endpoint));
}

std::uint16_t sum(const Bytes& bytes) {
  std::uint32_t total = 0;
  for (std::size_t i = 0; i < bytes.size(); i++) total += i % 2 ? bytes[i] : bytes[i] << 8;
  while (total >> 16) total = (total & 0xffff) + (total >> 16);
  return total;
}

Bytes pseudo_header(const Endpoint& from, const Endpoint& to, std::uint8_t protocol, std::size_t length) {
  Bytes bytes;
  put_address(bytes, from);
  put_address(bytes, to);
  put32(bytes, length);
  put32(bytes, protocol);
  return bytes;
}

std::size_t checksum_offset(std::uint8_t protocol) {
  return protocol == IPPROTO_TCP ? 16 : 6;
}

}  // namespace

Endpoint Endpoint::at(std::uint16_t other_port) const {
  Endpoint other = *this;
  other.port = other_port;
  return other;
}

addr Endpoint::mapped() const {
  addr result{};
  if (kind == FAMILY_V4) {
    result.word[2] = htonl(0xffff);
    std::memcpy(&result.word[3], ip.data(), 4);
  } else {
    std::memcpy(result.word, ip.data(), 16);
  }
  return result;
}

Endpoint endpoint(const std::string& ip, std::uint16_t port) {
  Endpoint result;
  result.port = port;
  if (inet_pton(AF_INET, ip.c_str(), result.ip.data()) == 1) return result;
  result.kind = FAMILY_V6;
  if (inet_pton(AF_INET6, ip.c_str(), result.ip.data()) != 1) {
    std::fprintf(stderr, "%s is no address\n", ip.c_str());
    std::abort();
  }
  return result;
}

Packet::Packet(std::uint8_t protocol, const Endpoint& from, const Endpoint& to)
    : protocol_(protocol), from_(from), to_(to) {}

Packet& Packet::flag(std::uint8_t bit) {
  flags_ |= bit;
  return *this;
}

Packet& Packet::ack(std::uint32_t number) {
  acknowledged_ = number;
  return flag(0x10);
}

Packet& Packet::sequence(std::uint32_t number) {
  sequence_ = number;
  return *this;
}

Packet& Packet::window(std::uint16_t bytes) {
  window_ = bytes;
  return *this;
}

Packet& Packet::payload(const std::string& text) {
  payload_.assign(text.begin(), text.end());
  return *this;
}

Packet& Packet::payload(std::size_t bytes) {
  payload_.resize(bytes);
  for (std::size_t i = 0; i < bytes; i++) payload_[i] = i;
  return *this;
}

Packet& Packet::ttl(std::uint8_t hops) {
  ttl_ = hops;
  return *this;
}

Packet& Packet::macs(const Mac& to, const Mac& from) {
  to_mac_ = to;
  from_mac_ = from;
  return *this;
}

Packet& Packet::no_checksum() {
  no_checksum_ = true;
  return *this;
}

Packet& Packet::partial_checksum() {
  partial_ = true;
  return *this;
}

Packet& Packet::fragment() {
  fragment_ = true;
  return *this;
}

Packet& Packet::extension(std::uint8_t header) {
  extension_ = true;
  extension_header_ = header;
  return *this;
}

Packet& Packet::tagged(std::uint16_t vlan) {
  vlan_ = vlan;
  return *this;
}

Packet& Packet::claims(std::uint16_t ip_length) {
  claims_ = ip_length;
  return *this;
}

Packet& Packet::body(Bytes transport) {
  payload_ = std::move(transport);
  return *this;
}

Bytes Packet::transport() const {
  Bytes bytes;
  if (protocol_ != IPPROTO_TCP && protocol_ != IPPROTO_UDP) return payload_;
  put16(bytes, from_.port);
  put16(bytes, to_.port);
  if (protocol_ == IPPROTO_TCP) {
    put32(bytes, sequence_);
    put32(bytes, acknowledged_);
    put16(bytes, 5 << 12 | flags_);
    put16(bytes, window_);
    put32(bytes, 0);
  } else {
    put16(bytes, 8 + payload_.size());
    put16(bytes, 0);
  }
  bytes.insert(bytes.end(), payload_.begin(), payload_.end());
  if (no_checksum_) return bytes;
  Bytes covered = pseudo_header(from_, to_, protocol_, bytes.size());
  if (partial_) {
    set16(bytes, checksum_offset(protocol_), sum(covered));
    return bytes;
  }
  covered.insert(covered.end(), bytes.begin(), bytes.end());
  std::uint16_t check = ~sum(covered);
  if (protocol_ == IPPROTO_UDP && !check) check = 0xffff;
  set16(bytes, checksum_offset(protocol_), check);
  return bytes;
}

Bytes Packet::ip_header(std::size_t payload) const {
  Bytes bytes;
  if (from_.kind == FAMILY_V4) {
    const std::size_t header = extension_ ? 24 : 20;
    put16(bytes, (0x40 | header / 4) << 8);
    put16(bytes, claims_ ? claims_ : header + payload);
    put16(bytes, ip_id_);
    put16(bytes, (dont_fragment_ ? 0x4000 : 0) | (fragment_ ? 0x2000 : 0));
    bytes.push_back(ttl_);
    bytes.push_back(protocol_);
    put16(bytes, 0);
    put_address(bytes, from_);
    put_address(bytes, to_);
    if (extension_) put32(bytes, 0x01010101);
    set16(bytes, 10, ~sum(bytes));
    return bytes;
  }
  const std::size_t extra = (fragment_ || extension_) ? 8 : 0;
  put32(bytes, 0x60000000);
  put16(bytes, claims_ ? claims_ - 40 : extra + payload);
  bytes.push_back(fragment_ ? 44 : extension_ ? extension_header_ : protocol_);
  bytes.push_back(ttl_);
  put_address(bytes, from_);
  put_address(bytes, to_);
  if (extra) {
    put16(bytes, protocol_ << 8);
    put16(bytes, fragment_ ? 1 : 0x0104);
    put32(bytes, 0);
  }
  return bytes;
}

Bytes Packet::ip() const {
  const Bytes payload = transport();
  Bytes bytes = ip_header(payload.size());
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  return bytes;
}

Bytes Packet::bytes() const {
  Bytes frame(to_mac_.begin(), to_mac_.end());
  frame.insert(frame.end(), from_mac_.begin(), from_mac_.end());
  if (vlan_) put32(frame, 0x81000000U | vlan_);
  put16(frame, from_.kind == FAMILY_V4 ? 0x0800 : 0x86dd);
  const Bytes packet = ip();
  frame.insert(frame.end(), packet.begin(), packet.end());
  return frame;
}

Packet tcp(const Endpoint& from, const Endpoint& to) {
  return {IPPROTO_TCP, from, to};
}
Packet udp(const Endpoint& from, const Endpoint& to) {
  return {IPPROTO_UDP, from, to};
}

namespace {

Packet icmp(const Endpoint& from, const Endpoint& to, Bytes message) {
  const std::uint8_t protocol = from.kind == FAMILY_V4 ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6};
  Bytes covered = from.kind == FAMILY_V4 ? Bytes{} : pseudo_header(from, to, protocol, message.size());
  covered.insert(covered.end(), message.begin(), message.end());
  set16(message, 2, ~sum(covered));
  Packet packet{protocol, from, to};
  packet.body(message);
  return packet;
}

}  // namespace

Packet icmp_error(const Endpoint& from, const Endpoint& to, std::uint8_t type, std::uint8_t code, std::uint32_t rest,
                  const Bytes& quoted_ip, std::size_t quote) {
  Bytes message = {type, code, 0, 0};
  put32(message, rest);
  message.insert(message.end(), quoted_ip.begin(), quoted_ip.begin() + std::min(quote, quoted_ip.size()));
  return icmp(from, to, message);
}

Packet echo(const Endpoint& from, const Endpoint& to, bool reply) {
  const bool v4 = from.kind == FAMILY_V4;
  const std::uint8_t type = v4 ? (reply ? 0 : 8) : (reply ? 129 : 128);
  return icmp(from, to, {type, 0, 0, 0, 0x12, 0x34, 0, 1, 'p', 'i', 'n', 'g', '!'});
}

Packet port_unreachable(const Endpoint& from, const Endpoint& to, const Bytes& quoted_ip, std::size_t quote) {
  return from.kind == FAMILY_V4 ? icmp_error(from, to, 3, 3, 0, quoted_ip, quote)
                                : icmp_error(from, to, 1, 4, 0, quoted_ip, quote);
}

Packet too_big(const Endpoint& from, const Endpoint& to, std::uint32_t mtu, const Bytes& quoted_ip, std::size_t quote) {
  return from.kind == FAMILY_V4 ? icmp_error(from, to, 3, 4, mtu, quoted_ip, quote)
                                : icmp_error(from, to, 2, 0, mtu, quoted_ip, quote);
}

Seen seen(const Bytes& frame) {
  Seen result;
  const bool v4 = frame.size() > 13 && frame[12] == 8;
  const std::size_t transport = v4 ? 34 : 54;
  if (frame.size() < transport + 8) return result;
  result.from.kind = result.to.kind = v4 ? FAMILY_V4 : FAMILY_V6;
  const std::size_t bytes = address_bytes(result.from);
  const auto address = frame.begin() + (v4 ? 26 : 22);
  std::copy(address, address + bytes, result.from.ip.begin());
  std::copy(address + bytes, address + 2 * bytes, result.to.ip.begin());
  result.from.port = frame[transport] << 8 | frame[transport + 1];
  result.to.port = frame[transport + 2] << 8 | frame[transport + 3];
  if (frame.size() >= transport + 20) result.tcp_flags = frame[transport + 13];
  return result;
}

std::string difference(const Bytes& got, const Bytes& want) {
  const auto at = std::mismatch(got.begin(), got.end(), want.begin(), want.end());
  if (at.first == got.end() && at.second == want.end()) return "";
  std::string text = "first difference at byte " + std::to_string(at.first - got.begin()) + "\n  got  ";
  char hex[4];
  for (const auto byte : got) text += (std::snprintf(hex, sizeof(hex), "%02x ", byte), hex);
  text += "\n  want ";
  for (const auto byte : want) text += (std::snprintf(hex, sizeof(hex), "%02x ", byte), hex);
  return text;
}

}  // namespace sluice::test
