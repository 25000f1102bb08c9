// What this build carries out, in one place. A capability that comes is a line that goes here; what is not carried out
// attaches by every rule, is refused at the data plane and says so in its status.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controller/api/gateway.h"
#include "controller/api/route.h"

namespace sluice::attach {

inline constexpr bool kClientCertificates = false;  ///< spec.tls.frontend: clients' certificates are validated
inline constexpr bool kBackendTls = false;          ///< BackendTLSPolicy: TLS towards Services
inline constexpr bool kTlsRouteTerminate = false;   ///< protocol TLS, mode Terminate
inline constexpr bool kTlsRouteMixed = false;       ///< Terminate and Passthrough of protocol TLS on one port
inline constexpr bool kListenerFilters = false;     ///< GEP-5224
inline constexpr std::string_view kUnsupported = "not supported by this build";

/// Whether routes of this kind get traffic at all.
bool carries_out(std::string_view route_kind);

/// Whether a backend of an HTTPRoute or GRPCRoute may have this Service appProtocol (KEP-3726).
bool speaks(std::string_view app_protocol);

/// A field of a rule that is not carried out, and why.
struct UnsupportedField {
  std::string field;  ///< from the rule: "filters[1].requestMirror"
  std::string why;
  bool incompatible = false;  ///< filters that exclude each other, not a missing capability
  bool operator==(const UnsupportedField&) const = default;
};

/// The first such field; nullopt: all of the rule is carried out.
std::optional<UnsupportedField> first_unsupported(const api::HttpRouteRule& rule);
std::optional<UnsupportedField> first_unsupported(const api::GrpcRouteRule& rule);

/// An option of a listener's TLS that is ours or the API's and that we do not know; another's is not for us.
std::optional<std::string> unknown_tls_option(const api::ListenerTls& tls);

}  // namespace sluice::attach
