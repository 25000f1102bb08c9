// An IP address as a number, so that ranges of them can be counted and walked.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::address {

/// Ordered: all IPv4 addresses, then all IPv6 ones.
struct Ip {
  bool is_v6 = false;
  std::uint64_t high = 0;  ///< of IPv6, host byte order
  std::uint64_t low = 0;   ///< of IPv6; of IPv4 all of it
  auto operator<=>(const Ip&) const = default;
};

std::optional<Ip> parse_ip(std::string_view text);
/// Canonical (RFC 5952 for IPv6).
std::string to_string(const Ip& ip);

/// The address after or before; of the last or the first of the family, itself.
Ip next(const Ip& ip);
Ip previous(const Ip& ip);

/// How many addresses lie from first to last, both included; at most the greatest int64. Of one family, first <= last.
std::int64_t count(const Ip& first, const Ip& last);

}  // namespace sluice::address
