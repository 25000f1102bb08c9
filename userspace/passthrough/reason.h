// How a passthrough connection ended, or why there is none: one list for metrics, logs and explain.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "userspace/passthrough/client_hello.h"

namespace sluice::passthrough {

// X(enumerator, name, text); the hello's errors follow (client_hello.h). All but `forwarded` are refused by a RST.
#define SLUICE_PASSTHROUGH_REASONS(X)                                                      \
  X(Forwarded, "forwarded", "the backend took the connection")                             \
  X(NoListener, "no_listener", "no listener has this address and port")                    \
  X(NoSni, "no_sni", "the ClientHello names no server, and no route is without hostnames") \
  X(UnknownName, "unknown_name", "no listener or route has this server name")              \
  X(NoBackend, "no_backend", "the rule has no backend with a weight")                      \
  X(InvalidBackend, "invalid_backend", "the backendRef does not resolve")                  \
  X(NoEndpoints, "no_endpoints", "the backend has no ready endpoint")                      \
  X(ConnectFailed, "connect_failed", "no endpoint accepted the connection")                \
  X(ConnectTimeout, "connect_timeout", "no endpoint answered the connection in time")      \
  X(HelloTimeout, "hello_timeout", "the client took too long to send its ClientHello")     \
  X(ClientGone, "client_gone", "the client left before its ClientHello was whole")         \
  X(OutOfPipes, "out_of_pipes", "no pipe could be made to move the bytes")                 \
  SLUICE_HELLO_ERRORS(X)

enum class Reason : std::uint8_t {
#define X(enumerator, name, text) k##enumerator,
  SLUICE_PASSTHROUGH_REASONS(X)
#undef X
};

inline constexpr std::size_t kReasons = 0
#define X(enumerator, name, text) +1
    SLUICE_PASSTHROUGH_REASONS(X)
#undef X
    ;

std::string_view name(Reason reason);
std::string_view text(Reason reason);

/// error is not kNone.
Reason reason_of(HelloError error);

}  // namespace sluice::passthrough
