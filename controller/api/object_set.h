// All objects of one moment, as a source delivers them: defaulted, validated, typed. An immutable value: a source makes
// a new set for each change and shares the objects that did not change, so that attach and compile can tell by pointer
// what is new (controller/attach/attach.h).
#pragma once

#include "controller/api/address_pool.h"
#include "controller/api/core.h"
#include "controller/api/gateway.h"
#include "controller/api/policy.h"
#include "controller/api/route.h"
#include "controller/api/sluice_parameters.h"

namespace sluice::api {

/// {namespace, name}; namespace empty for cluster-scoped kinds.
struct NamespacedName {
  std::string namespace_;
  std::string name;
  auto operator<=>(const NamespacedName&) const = default;
};

/// By namespace, then name: the order that decides between objects of one age.
template <class T>
using Objects = std::map<NamespacedName, std::shared_ptr<const T>>;

struct ObjectSet {
  Objects<GatewayClass> gateway_classes;
  Objects<Gateway> gateways;
  Objects<ListenerSet> listener_sets;
  Objects<HttpRoute> http_routes;
  Objects<GrpcRoute> grpc_routes;
  Objects<TcpRoute> tcp_routes;
  Objects<UdpRoute> udp_routes;
  Objects<TlsRoute> tls_routes;
  Objects<ReferenceGrant> reference_grants;
  Objects<BackendTlsPolicy> backend_tls_policies;
  Objects<Namespace> namespaces;
  Objects<Service> services;
  Objects<EndpointSlice> endpoint_slices;
  Objects<Secret> secrets;
  Objects<ConfigMap> config_maps;
  Objects<Node> nodes;                 ///< of a cluster alone
  Objects<AddressPool> address_pools;  ///< of a cluster alone
  Objects<SluiceParameters> sluice_parameters;
  /// Where an object of a folder stands, for messages; empty for an API server.
  std::map<ObjectRef, Origin> origins;
};

}  // namespace sluice::api
