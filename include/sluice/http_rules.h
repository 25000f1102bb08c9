// What the judge of an HTTPRoute (controller/attach) and the one who carries it out (userspace/l7) must hold alike:
// what one accepts and the other refuses would be a rule that its status calls served and that is not.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace sluice {

/// Bytes that RE2 may take for one expression of a match, so that one pattern cannot take the node's memory.
inline constexpr std::int64_t kRegexMemory = 1 << 20;

/// Fields that no header modifier can change, in lower case: what decides a message's frame or way is the gateway's
/// alone (RFC 9110 7.6.1, RFC 9112 6), and Host is URLRewrite's.
inline constexpr std::array<std::string_view, 10> kOwnedFields{
    "connection", "content-length", "host",    "keep-alive", "proxy-connection",
    "te",         "trailer",        "upgrade", "expect",     "transfer-encoding"};

/// Service appProtocols that say HTTP/2 in clear text, by prior knowledge (KEP-3726, GEP-1911), and the names that were
/// in use before there was one.
constexpr bool is_clear_http2(std::string_view app_protocol) {
  return app_protocol == "kubernetes.io/h2c" || app_protocol == "h2c" || app_protocol == "grpc";
}

/// ASCII case does not count.
constexpr bool is_owned_field(std::string_view name) {
  constexpr auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  return std::ranges::any_of(kOwnedFields,
                             [&](std::string_view owned) { return std::ranges::equal(owned, name, {}, {}, lower); });
}

}  // namespace sluice
