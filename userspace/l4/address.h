// An IP address of either family and what is keyed by one: the form in which maps, netlink and the model meet.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sluice::l4 {

/// IPv4 is held v4-mapped (RFC 4291, 2.5.5.2), so that both families are 16 bytes in network byte order.
class Address {
 public:
  Address() = default;  ///< ::

  /// "192.0.2.1" or "2001:db8::1"; nothing else (no prefix, no zone).
  static std::optional<Address> parse(std::string_view text);

  /// 4 or 16 bytes, network byte order; nullopt for any other length.
  static std::optional<Address> from_bytes(std::span<const std::byte> bytes);
  static std::optional<Address> from_bytes(std::string_view bytes);

  [[nodiscard]] bool is_v4() const;
  [[nodiscard]] int family() const;       ///< AF_INET or AF_INET6
  [[nodiscard]] int prefix_bits() const;  ///< of a host: 32 or 128
  [[nodiscard]] bool is_link_local() const;
  [[nodiscard]] bool is_loopback() const;

  [[nodiscard]] const std::array<std::uint8_t, 16>& mapped() const { return bytes_; }
  /// 4 or 16 bytes, as the family has them on the wire.
  [[nodiscard]] std::span<const std::uint8_t> wire() const;
  [[nodiscard]] std::string text() const;

  /// Whether the first `bits` bits (of the family's own length) are those of `prefix`.
  [[nodiscard]] bool within(const Address& prefix, int bits) const;

  auto operator<=>(const Address&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

/// "192.0.2.1:80", "[2001:db8::1]:80".
std::string endpoint_text(const Address& address, std::uint16_t port);

}  // namespace sluice::l4
