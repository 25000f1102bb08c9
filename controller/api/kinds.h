// The kinds of ObjectSet: type, group and version that is printed, and the member that holds them.
#pragma once

#include <utility>
#include <variant>

#include "controller/api/object_set.h"

namespace sluice::api {

inline constexpr std::string_view kGatewayV1 = "gateway.networking.k8s.io/v1";
inline constexpr std::string_view kSluiceV1Alpha1 = "sluice.dev/v1alpha1";

template <class T>
struct KindOf;

#define SLUICE_KIND(type, api_version, member)                                \
  template <>                                                                 \
  struct KindOf<type> {                                                       \
    static constexpr std::string_view kApiVersion = api_version;              \
    static constexpr Objects<type> ObjectSet::* kMember = &ObjectSet::member; \
  };
SLUICE_KIND(GatewayClass, kGatewayV1, gateway_classes)
SLUICE_KIND(Gateway, kGatewayV1, gateways)
SLUICE_KIND(ListenerSet, kGatewayV1, listener_sets)
SLUICE_KIND(HttpRoute, kGatewayV1, http_routes)
SLUICE_KIND(GrpcRoute, kGatewayV1, grpc_routes)
SLUICE_KIND(TcpRoute, kGatewayV1, tcp_routes)
SLUICE_KIND(UdpRoute, kGatewayV1, udp_routes)
SLUICE_KIND(TlsRoute, kGatewayV1, tls_routes)
SLUICE_KIND(ReferenceGrant, kGatewayV1, reference_grants)
SLUICE_KIND(BackendTlsPolicy, kGatewayV1, backend_tls_policies)
SLUICE_KIND(Namespace, "v1", namespaces)
SLUICE_KIND(Service, "v1", services)
SLUICE_KIND(EndpointSlice, "discovery.k8s.io/v1", endpoint_slices)
SLUICE_KIND(Secret, "v1", secrets)
SLUICE_KIND(ConfigMap, "v1", config_maps)
SLUICE_KIND(Node, "v1", nodes)
SLUICE_KIND(AddressPool, kSluiceV1Alpha1, address_pools)
SLUICE_KIND(SluiceParameters, kSluiceV1Alpha1, sluice_parameters)
#undef SLUICE_KIND

/// One object of any kind of ObjectSet; shared, immutable.
template <class... T>
struct KindList {
  using Any = std::variant<std::shared_ptr<const T>...>;
  /// Calls f.template operator()<T>() for each kind.
  template <class F>
  static void for_each(F&& f) {
    (f.template operator()<T>(), ...);
  }
};
using Kinds = KindList<GatewayClass, Gateway, ListenerSet, HttpRoute, GrpcRoute, TcpRoute, UdpRoute, TlsRoute,
                       ReferenceGrant, BackendTlsPolicy, Namespace, Service, EndpointSlice, Secret, ConfigMap, Node,
                       AddressPool, SluiceParameters>;
using AnyObject = Kinds::Any;

}  // namespace sluice::api
