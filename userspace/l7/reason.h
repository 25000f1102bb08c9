// Why the engine itself answered a request, or ended it: one list for answers, access log, metrics and explain.
#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::l7 {

// X(enumerator, name, status, text): name is the label in logs and metrics; status 0: nothing is sent any more.
#define SLUICE_L7_REASONS(X)                                                                    \
  X(Forwarded, "forwarded", 0, "the backend answered")                                          \
  X(Redirected, "redirected", 0, "a RequestRedirect filter answered")                           \
  X(NoListener, "no_listener", 404, "no listener takes this hostname")                          \
  X(NoHost, "no_host", 404, "no route has this hostname")                                       \
  X(Misdirected, "misdirected", 421, "another listener has this hostname")                      \
  X(NoRule, "no_rule", 404, "no rule of this hostname matches")                                 \
  X(NoBackend, "no_backend", 500, "the rule has no backend with a weight")                      \
  X(InvalidBackend, "invalid_backend", 500, "the backendRef does not resolve")                  \
  X(Unsupported, "unsupported", 500, "the rule asks for what this build cannot carry out")      \
  X(TlsRequired, "tls_required", 500, "a BackendTLSPolicy forbids clear text to this backend")  \
  X(NoEndpoints, "no_endpoints", 503, "the backend has no ready endpoint")                      \
  X(ConnectFailed, "connect_failed", 503, "no endpoint accepted the connection")                \
  X(ConnectTimeout, "connect_timeout", 504, "no endpoint answered the connection in time")      \
  X(UpstreamReset, "upstream_reset", 502, "the backend closed before its response was whole")   \
  X(UpstreamInvalid, "upstream_invalid", 502, "the backend's response is not valid HTTP")       \
  X(RequestTimeout, "request_timeout", 504, "timeouts.request ran out")                         \
  X(BackendTimeout, "backend_timeout", 504, "timeouts.backendRequest ran out")                  \
  X(BackendSilent, "backend_silent", 504, "the backend has not moved an octet for too long")    \
  X(ClientGone, "client_gone", 0, "the client left before the response was whole")              \
  X(ClientTimeout, "client_timeout", 408, "the client took too long to send its request")       \
  X(ClientSlow, "client_slow", 0, "the client took too long to read the response")              \
  X(BadRequest, "bad_request", 400, "the request is not valid HTTP/1.1")                        \
  X(BadHost, "bad_host", 400, "Host is missing, repeated, malformed or not that of the target") \
  X(BadFraming, "bad_framing", 400, "the length of the body is ambiguous")                      \
  X(BadTarget, "bad_target", 400, "the request target is malformed or has dot segments")        \
  X(UnknownExpectation, "unknown_expectation", 417, "only 100-continue can be expected")        \
  X(UriTooLong, "uri_too_long", 414, "the request target is too long")                          \
  X(HeadTooLarge, "head_too_large", 431, "the request head is too large")                       \
  X(CodingUnknown, "coding_unknown", 501, "only the transfer coding chunked is understood")     \
  X(UpgradeRefused, "upgrade_refused", 501, "protocol upgrades are not supported")              \
  X(ConnectRefused, "connect_refused", 501, "CONNECT is not supported")                         \
  X(VersionRefused, "version_refused", 505, "only HTTP/1.0 and HTTP/1.1 are spoken here")       \
  X(Draining, "draining", 503, "the node is shutting down")

enum class Reason : std::uint8_t {
#define X(enumerator, name, status, text) k##enumerator,
  SLUICE_L7_REASONS(X)
#undef X
};

inline constexpr std::size_t kReasons = 0
#define X(enumerator, name, status, text) +1
    SLUICE_L7_REASONS(X)
#undef X
    ;

/// The label: lower case, underscores.
std::string_view name(Reason reason);

/// A sentence for people.
std::string_view text(Reason reason);

/// The status that the engine answers with; 0 where it sends nothing of its own.
std::uint16_t status(Reason reason);

/// The same for a call of gRPC: grpc-status, as a client would make it of the status (http-grpc-status-mapping.md), but
/// UNAVAILABLE for a backend that is none (GRPCRouteRule.backendRefs).
unsigned grpc_status(Reason reason);

}  // namespace sluice::l7
