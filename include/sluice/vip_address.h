// Which IP addresses can be a VIP: what attach says of a Gateway's, and what sluiced and sluicectl take as --address.
#pragma once

#include <arpa/inet.h>

#include <string>
#include <string_view>

namespace sluice {

/// What is wrong with an IP address that clients are to reach, such as "it is a multicast address"; empty: nothing, or
/// the text is no IP address. ::ffff:0:0/96 stands for IPv4 inside of a host and is on no wire (RFC 4291, 2.5.5.2);
/// fe80::/10 is another address on each link (2.5.6).
inline std::string_view unfit_as_vip(const std::string& text) {
  in_addr v4{};
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1) {
    const auto bits = ntohl(v4.s_addr);
    if (bits == 0) return "it is the unspecified address";
    if (bits >> 28 == 0xe) return "it is a multicast address";
    return bits >> 28 == 0xf ? "it is reserved or broadcast" : "";
  }
  in6_addr v6{};
  if (inet_pton(AF_INET6, text.c_str(), &v6) != 1) return "";
  if (IN6_IS_ADDR_UNSPECIFIED(&v6)) return "it is the unspecified address";
  if (IN6_IS_ADDR_MULTICAST(&v6)) return "it is a multicast address";
  if (IN6_IS_ADDR_V4MAPPED(&v6)) return "it stands for an IPv4 address; name that one";
  return IN6_IS_ADDR_LINKLOCAL(&v6) ? "it is a link-local address" : "";
}

}  // namespace sluice
