#include "controller/source/kubernetes/watched_kind.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <tuple>

#include "controller/api/schema/catalog.h"

namespace sluice::kubernetes {
namespace {

constexpr std::string_view kServiceName = "kubernetes.io/service-name";

constexpr WatchedKind gateway_kind(std::string_view kind, std::string_view plural, bool has_status = true) {
  return {.group = kGatewayGroup,
          .kind = kind,
          .plural = plural,
          .keeps_labels = true,
          .keeps_annotations = true,
          .has_status = has_status};
}

constexpr std::array kKinds{
    gateway_kind("GatewayClass", "gatewayclasses"),
    gateway_kind("Gateway", "gateways"),
    gateway_kind("ListenerSet", "listenersets"),
    gateway_kind("HTTPRoute", "httproutes"),
    gateway_kind("GRPCRoute", "grpcroutes"),
    gateway_kind("TCPRoute", "tcproutes"),
    gateway_kind("UDPRoute", "udproutes"),
    gateway_kind("TLSRoute", "tlsroutes"),
    gateway_kind("BackendTLSPolicy", "backendtlspolicies"),
    gateway_kind("ReferenceGrant", "referencegrants", false),
    // Its labels are what listeners select routes by.
    WatchedKind{.group = "", .kind = "Namespace", .plural = "namespaces", .keeps_labels = true},
    WatchedKind{.group = "", .kind = "Service", .plural = "services"},
    // A slice that names no Service is nobody's backend.
    WatchedKind{.group = "discovery.k8s.io",
                .kind = "EndpointSlice",
                .plural = "endpointslices",
                .label_selector = kServiceName,
                .kept_label = kServiceName},
    WatchedKind{.group = "", .kind = "Secret", .plural = "secrets", .reading = Reading::kContents},
    WatchedKind{.group = "", .kind = "ConfigMap", .plural = "configmaps", .reading = Reading::kContents},
    WatchedKind{.group = "", .kind = "Node", .plural = "nodes", .keeps_labels = true, .reads_status = true},
    WatchedKind{.group = kOwnGroup, .kind = "AddressPool", .plural = "addresspools", .has_status = true},
    WatchedKind{.group = kOwnGroup, .kind = "SluiceParameters", .plural = "sluiceparameters"},
};

/// (stage, major, minor) of v1, v1beta1, v1alpha3; a greater one goes first.
std::tuple<int, unsigned, unsigned> priority(std::string_view version) {
  unsigned major = 0;
  const char* end = version.data() + version.size();
  const char* rest = std::from_chars(version.data() + 1, end, major).ptr;
  const std::string_view stage(rest, static_cast<std::size_t>(end - rest));
  const bool beta = stage.starts_with("beta");
  if (!beta && !stage.starts_with("alpha")) return {2, major, 0};
  unsigned minor = 0;
  std::from_chars(rest + (beta ? 4 : 5), end, minor);
  return {beta ? 1 : 0, major, minor};
}

}  // namespace

std::span<const WatchedKind> watched_kinds() {
  return kKinds;
}

const WatchedKind* find_watched_kind(std::string_view kind) {
  const auto* found = std::ranges::find(kKinds, kind, &WatchedKind::kind);
  return found != kKinds.end() ? found : nullptr;
}

std::string full_name(const WatchedKind& kind) {
  return std::string(kind.plural) + (kind.group.empty() ? "" : "." + std::string(kind.group));
}

std::vector<std::string> readable_versions(const WatchedKind& kind) {
  std::vector<std::string> out;
  const api::KindSchema* schema = api::Catalog::of(api::Channel::kExperimental).find(kind.group, kind.kind);
  for (const auto& version : schema->versions) {
    if (version.served) out.push_back(version.name);
  }
  std::ranges::sort(out, std::ranges::greater(), priority);
  return out;
}

}  // namespace sluice::kubernetes
