#include "controller/address/ip.h"

#include <arpa/inet.h>

#include <array>
#include <limits>

namespace sluice::address {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kMostV4 = std::numeric_limits<std::uint32_t>::max();

std::uint64_t read_half(const unsigned char* bytes) {
  std::uint64_t out = 0;
  for (int i = 0; i < 8; ++i) out = out << 8 | bytes[i];
  return out;
}

void write_half(std::uint64_t half, unsigned char* bytes) {
  for (int i = 7; i >= 0; --i, half >>= 8) bytes[i] = static_cast<unsigned char>(half);
}

}  // namespace

std::optional<Ip> parse_ip(std::string_view text) {
  const std::string terminated(text);
  in_addr v4{};
  if (inet_pton(AF_INET, terminated.c_str(), &v4) == 1) return Ip{false, 0, ntohl(v4.s_addr)};
  in6_addr v6{};
  if (inet_pton(AF_INET6, terminated.c_str(), &v6) != 1) return std::nullopt;
  return Ip{true, read_half(v6.s6_addr), read_half(v6.s6_addr + 8)};
}

std::string to_string(const Ip& ip) {
  std::array<char, INET6_ADDRSTRLEN> out{};
  if (!ip.is_v6) {
    const in_addr v4{htonl(static_cast<std::uint32_t>(ip.low))};
    return inet_ntop(AF_INET, &v4, out.data(), out.size());
  }
  in6_addr v6{};
  write_half(ip.high, v6.s6_addr);
  write_half(ip.low, v6.s6_addr + 8);
  return inet_ntop(AF_INET6, &v6, out.data(), out.size());
}

Ip next(const Ip& ip) {
  Ip out = ip;
  if (!ip.is_v6) {
    if (ip.low < kMostV4) ++out.low;
  } else if (ip.low != kMost) {
    ++out.low;
  } else if (ip.high != kMost) {
    ++out.high;
    out.low = 0;
  }
  return out;
}

Ip previous(const Ip& ip) {
  Ip out = ip;
  if (ip.low > 0) {
    --out.low;
  } else if (ip.high > 0) {
    --out.high;
    out.low = kMost;
  }
  return out;
}

std::int64_t count(const Ip& first, const Ip& last) {
  constexpr auto kMostCount = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const std::uint64_t high = last.high - first.high - (last.low < first.low ? 1 : 0);
  const std::uint64_t low = last.low - first.low;  // modulo 2^64, as high has it
  return static_cast<std::int64_t>(high > 0 || low >= kMostCount ? kMostCount : low + 1);
}

}  // namespace sluice::address
