#include "userspace/l4/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace sluice::l4 {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

std::optional<Address> Address::parse(std::string_view text) {
  const std::string copy(text);
  std::array<std::byte, 16> bytes{};
  if (inet_pton(AF_INET, copy.c_str(), bytes.data()) == 1) return from_bytes(std::span(bytes).first(4));
  if (inet_pton(AF_INET6, copy.c_str(), bytes.data()) == 1) return from_bytes(std::span<const std::byte>(bytes));
  return std::nullopt;
}

std::optional<Address> Address::from_bytes(std::span<const std::byte> bytes) {
  Address address;
  if (bytes.size() == 4) {
    std::ranges::copy(kMappedPrefix, address.bytes_.begin());
    std::memcpy(address.bytes_.data() + 12, bytes.data(), 4);
    return address;
  }
  if (bytes.size() != 16) return std::nullopt;
  std::memcpy(address.bytes_.data(), bytes.data(), 16);
  return address;
}

std::optional<Address> Address::from_bytes(std::string_view bytes) {
  return from_bytes(std::as_bytes(std::span(bytes)));
}

bool Address::is_v4() const {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes_.begin());
}

int Address::family() const {
  return is_v4() ? AF_INET : AF_INET6;
}

int Address::prefix_bits() const {
  return is_v4() ? 32 : 128;
}

bool Address::is_link_local() const {
  if (is_v4()) return bytes_[12] == 169 && bytes_[13] == 254;
  return bytes_[0] == 0xfe && (bytes_[1] & 0xc0) == 0x80;
}

bool Address::is_loopback() const {
  if (is_v4()) return bytes_[12] == 127;
  return std::all_of(bytes_.begin(), bytes_.begin() + 15, [](auto byte) { return byte == 0; }) && bytes_[15] == 1;
}

std::span<const std::uint8_t> Address::wire() const {
  return std::span(bytes_).subspan(is_v4() ? 12 : 0);
}

std::string Address::text() const {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  return inet_ntop(family(), wire().data(), buffer.data(), buffer.size());
}

bool Address::within(const Address& prefix, int bits) const {
  if (is_v4() != prefix.is_v4()) return false;
  const auto own = wire();
  const auto other = prefix.wire();
  const auto whole = static_cast<std::size_t>(bits / 8);
  if (!std::equal(own.begin(), own.begin() + static_cast<std::ptrdiff_t>(whole), other.begin())) return false;
  if (bits % 8 == 0) return true;
  const int mask = 0xff << (8 - bits % 8);
  return ((own[whole] ^ other[whole]) & mask) == 0;
}

std::string endpoint_text(const Address& address, std::uint16_t port) {
  const std::string host = address.is_v4() ? address.text() : "[" + address.text() + "]";
  return host + ":" + std::to_string(port);
}

}  // namespace sluice::l4
