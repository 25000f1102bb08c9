// spec.addresses of an AddressPool: CIDR blocks and ranges FIRST-LAST.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "controller/address/ip.h"

namespace sluice::address {

struct Range {
  Ip first, last;
  bool operator==(const Range&) const = default;
  [[nodiscard]] bool holds(const Ip& ip) const { return first <= ip && ip <= last; }
};

/// The addresses that can be given out: of an IPv4 block up to /30 neither the first nor the last (network and
/// broadcast), of an IPv6 block up to /126 not the first (the routers' anycast address, RFC 4291, 2.6.1); of FIRST-LAST
/// every one. Errors: "192.0.2.0/33: …", also for addresses that can be nobody's (sluice/vip_address.h).
std::expected<Range, std::string> parse_range(const std::string& text);

/// Sorted, without overlaps: what lies in several of them counts once.
std::vector<Range> merged(std::vector<Range> ranges);

/// What of the ranges is in none of the others. Both merged.
std::vector<Range> without(const std::vector<Range>& ranges, const std::vector<Range>& others);

/// At most the greatest int64.
std::int64_t count(const std::vector<Range>& merged);

}  // namespace sluice::address
