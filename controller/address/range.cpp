#include "controller/address/range.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "sluice/vip_address.h"

namespace sluice::address {
namespace {

using Result = std::expected<Range, std::string>;

Result unfit(const std::string& text, const std::string& why) {
  return std::unexpected(text + ": " + why);
}

std::optional<unsigned> parse_prefix(std::string_view text, bool is_v6) {
  unsigned prefix = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), prefix);
  if (error != std::errc() || end != text.data() + text.size() || text.size() > 3) return std::nullopt;
  return prefix <= (is_v6 ? 128 : 32) ? std::optional(prefix) : std::nullopt;
}

/// Of a 64-bit half whose first `bits` are the network's.
std::uint64_t host_mask(unsigned bits) {
  return bits >= 64 ? 0 : std::numeric_limits<std::uint64_t>::max() >> bits;
}

struct Ends {
  Ip first, last;
};

Ends ends_of_block(const Ip& ip, unsigned prefix) {
  Ends out{ip, ip};
  if (!ip.is_v6) {
    const std::uint64_t mask = host_mask(prefix + 32);
    out.first.low &= ~mask;
    out.last.low |= mask;
    return out;
  }
  const std::uint64_t high = host_mask(prefix);
  const std::uint64_t low = prefix > 64 ? host_mask(prefix - 64) : host_mask(0);
  out.first.high &= ~high;
  out.last.high |= high;
  out.first.low &= ~low;
  out.last.low |= low;
  return out;
}

Result parse_block(const std::string& text, std::size_t slash) {
  const auto ip = parse_ip(std::string_view(text).substr(0, slash));
  if (!ip) return unfit(text, "no IP address stands before '/'");
  const auto prefix = parse_prefix(std::string_view(text).substr(slash + 1), ip->is_v6);
  if (!prefix) return unfit(text, ip->is_v6 ? "the length must be 0 to 128" : "the length must be 0 to 32");
  const auto [first, last] = ends_of_block(*ip, *prefix);
  if (first != *ip) return unfit(text, "the block begins at " + to_string(first));
  Range out{first, last};
  if (ip->is_v6 ? *prefix <= 126 : *prefix <= 30) out.first = next(first);
  if (!ip->is_v6 && *prefix <= 30) out.last = previous(last);
  return out;
}

Result parse_ends(const std::string& text, std::size_t dash) {
  const auto first = parse_ip(std::string_view(text).substr(0, dash));
  const auto last = parse_ip(std::string_view(text).substr(dash + 1));
  if (!first || !last) return unfit(text, "an IP address must stand before and after '-'");
  if (first->is_v6 != last->is_v6) return unfit(text, "both ends must be of one family");
  if (*last < *first) return unfit(text, "the last address is smaller than the first");
  return Range{*first, *last};
}

}  // namespace

std::expected<Range, std::string> parse_range(const std::string& text) {
  const auto slash = text.find('/');
  const auto dash = text.find('-');
  if (slash == std::string::npos && dash == std::string::npos) return unfit(text, "must be a CIDR block or FIRST-LAST");
  auto range = slash != std::string::npos ? parse_block(text, slash) : parse_ends(text, dash);
  if (!range) return range;
  for (const Ip& end : {range->first, range->last}) {
    const std::string name = to_string(end);
    if (const auto why = unfit_as_vip(name); !why.empty()) return unfit(text, name + ": " + std::string(why));
  }
  return range;
}

std::vector<Range> merged(std::vector<Range> ranges) {
  std::ranges::sort(ranges, {}, &Range::first);
  std::vector<Range> out;
  for (const Range& range : ranges) {
    const bool joins =
        !out.empty() && out.back().last.is_v6 == range.first.is_v6 && range.first <= next(out.back().last);
    if (joins) {
      out.back().last = std::max(out.back().last, range.last);
    } else {
      out.push_back(range);
    }
  }
  return out;
}

std::vector<Range> without(const std::vector<Range>& ranges, const std::vector<Range>& others) {
  std::vector<Range> out;
  for (Range left : ranges) {
    bool is_left = true;
    for (const Range& other : others) {
      if (!is_left || other.last < left.first || left.last < other.first) continue;
      if (left.first < other.first) out.push_back({left.first, previous(other.first)});
      is_left = other.last < left.last;
      if (is_left) left.first = next(other.last);
    }
    if (is_left) out.push_back(left);
  }
  return out;
}

std::int64_t count(const std::vector<Range>& merged) {
  std::int64_t out = 0;
  for (const Range& range : merged) {
    const std::int64_t here = count(range.first, range.last);
    out = here > std::numeric_limits<std::int64_t>::max() - out ? std::numeric_limits<std::int64_t>::max() : out + here;
  }
  return out;
}

}  // namespace sluice::address
