#include "controller/status/supported_features.h"

#include <algorithm>
#include <vector>

#include "controller/api/route.h"
#include "controller/attach/capability.h"

namespace sluice::status {
namespace {

struct Feature {
  std::string_view name;
  bool is_carried_out = true;
};

/// By kind, each with what carries it out. Not here, for want of it: BackendTLSPolicy and what builds on it
/// (GatewayBackendClientCertificate), client certificates, GatewayInfrastructure, GatewayListenerFilters,
/// GatewayAddressRoutability*, ClusterTrustBundle, mirrors, CORS, retries, WebSocket, GatewayHTTPSListenerDetect-
/// MisdirectedRequests.
std::vector<Feature> features() {
  const bool grpc = attach::carries_out(api::GrpcRoute::kKind);
  return {
      // Kinds: attached, compiled and served; profiles GATEWAY-{HTTP,GRPC,TLS,TCP,UDP}.
      {"GRPCRoute", grpc},
      {"Gateway"},
      {"HTTPRoute"},
      {"ReferenceGrant"},
      {"TCPRoute"},
      {"TLSRoute"},
      {"UDPRoute"},

      // Ports are what a listener says; nothing is bound (sk_lookup).
      {"GatewayPort8080"},
      // With a value or without, from pools (controller/address); one that no pool has is AddressNotUsable (attach).
      {"GatewayAddressEmpty"},
      {"GatewayStaticAddresses"},
      // A listener is chosen once, by the most specific hostname (compile, http_table).
      {"GatewayHTTPListenerIsolation"},
      // Rules are ranked by their route's own hostname (compile, precedence.h).
      {"GatewayRouteHostnameIntersectionPrecedence"},
      // attach, listener_set.h.
      {"ListenerSet"},

      // A rule's name is metadata to us.
      {"GRPCRouteNamedRouteRule", grpc},
      {"GRPCRouteRequestHeaderModifier", grpc},
      {"HTTPRouteNamedRouteRule"},

      // attach, parent.cpp: parentRef.port chooses listeners, alone or with sectionName.
      {"HTTPRouteDestinationPortMatching"},
      {"HTTPRouteParentRefPort"},

      // Matches: the engine's route tables.
      {"HTTPRouteMethodMatching"},
      {"HTTPRouteQueryParamMatching"},

      // Filters, on rules and on backendRefs (attach, capability.cpp; the engine's rule_filters).
      {"HTTPRoute303RedirectStatusCode"},
      {"HTTPRoute307RedirectStatusCode"},
      {"HTTPRoute308RedirectStatusCode"},
      {"HTTPRouteBackendRequestHeaderModification"},
      {"HTTPRouteBackendURLRewrite"},
      {"HTTPRouteHostRewrite"},
      {"HTTPRoutePathRedirect"},
      {"HTTPRoutePathRewrite"},
      {"HTTPRoutePortRedirect"},
      {"HTTPRouteResponseHeaderModification"},
      {"HTTPRouteSchemeRedirect"},

      // Timeouts answer 504.
      {"HTTPRouteBackendTimeout"},
      {"HTTPRouteRequestTimeout"},

      // What attach says of this build.
      {"BackendTLSPolicy", attach::kBackendTls},
      {"GatewayFrontendClientCertificateValidation", attach::kClientCertificates},
      {"GatewayFrontendClientCertificateValidationInsecureFallback", attach::kClientCertificates},
      {"HTTPRouteBackendProtocolH2C", attach::speaks("kubernetes.io/h2c")},
      {"HTTPRouteBackendProtocolWebSocket", attach::speaks("kubernetes.io/ws")},
      {"TLSRouteModeMixed", attach::kTlsRouteMixed},
      {"TLSRouteModeTerminate", attach::kTlsRouteTerminate},
  };
}

}  // namespace

std::span<const std::string_view> supported_features() {
  static const std::vector<std::string_view> kNames = [] {
    std::vector<std::string_view> names;
    for (const auto& feature : features()) {
      if (feature.is_carried_out) names.push_back(feature.name);
    }
    std::ranges::sort(names);
    return names;
  }();
  return kNames;
}

}  // namespace sluice::status
