#include "tests/unit/controller/attach/random_edits.h"

#include <array>

namespace sluice::attach {
namespace {

const std::string kGroup = "gateway.networking.k8s.io";
const std::vector<std::string> kRouteKinds = {"HTTPRoute", "GRPCRoute", "TCPRoute", "UDPRoute", "TLSRoute"};

}  // namespace

std::string RandomEdits::a_namespace() {
  return once_in(3) ? "b" : "a";
}

std::optional<std::string> RandomEdits::maybe_namespace() {
  if (once_in(2)) return std::nullopt;
  return a_namespace();
}

std::string RandomEdits::a_hostname() {
  static const std::vector<std::string> kNames = {"x.example", "*.example", "y.x.example", "*.x.example", "z.test"};
  return any(kNames);
}

api::ObjectMeta RandomEdits::meta(std::string namespace_, std::string name) {
  api::ObjectMeta meta{.name = std::move(name), .namespace_ = std::move(namespace_)};
  if (once_in(2)) meta.creation_timestamp = once_in(2) ? "2026-01-01T00:00:00Z" : "2026-02-01T00:00:00Z";
  return meta;
}

template <class T>
api::ObjectRef RandomEdits::put(api::Objects<T>& all, T object) {
  const api::NamespacedName name{object.metadata.namespace_, object.metadata.name};
  if (once_in(2)) {
    all.erase(name);
  } else {
    all[name] = std::make_shared<const T>(std::move(object));
  }
  return {std::string(T::kKind), name.namespace_, name.name};
}

/// The smallest of edits: an object that is there becomes older or younger. One that is not there comes.
template <class T>
api::ObjectRef RandomEdits::change_age(api::Objects<T>& all, T object) {
  const api::NamespacedName name{object.metadata.namespace_, object.metadata.name};
  const auto known = all.find(name);
  if (known != all.end()) {
    const std::string created = object.metadata.creation_timestamp;
    object = *known->second;
    object.metadata.creation_timestamp = created;
  }
  all[name] = std::make_shared<const T>(std::move(object));
  return {std::string(T::kKind), name.namespace_, name.name};
}

api::NamespaceSelection RandomEdits::selection() {
  static const std::vector<std::string> kFrom = {"Same", "All", "Selector", "None"};
  api::NamespaceSelection selection{.from = any(kFrom), .selector = {}};
  if (*selection.from == "Selector") selection.selector = api::LabelSelector{.match_labels = {{"team", "red"}}};
  return selection;
}

api::Listener RandomEdits::listener(std::size_t index) {
  static const std::vector<std::string> kProtocols = {"HTTP", "HTTPS", "HTTPS", "TLS", "TCP", "UDP", "odd/one"};
  api::Listener listener{.name = "l" + std::to_string(index), .port = 80 + std::int32_t(below(3))};
  listener.protocol = any(kProtocols);
  if (once_in(2)) listener.hostname = a_hostname();
  if (listener.protocol == "HTTPS" || listener.protocol == "TLS") {
    listener.tls = api::ListenerTls{.mode = listener.protocol == "TLS" && !once_in(3) ? "Passthrough" : "Terminate"};
    listener.tls->certificate_refs.push_back({.name = "cert", .namespace_ = maybe_namespace()});
  }
  if (once_in(2)) listener.allowed_routes = api::AllowedRoutes{.namespaces = selection(), .kinds = {}};
  if (listener.allowed_routes && once_in(4)) listener.allowed_routes->kinds.push_back({kGroup, any(kRouteKinds)});
  return listener;
}

api::Gateway RandomEdits::gateway() {
  const bool first = once_in(2);
  api::Gateway gateway{.metadata = meta(first ? "a" : "b", first ? "g1" : "g2")};
  gateway.spec.gateway_class_name = once_in(8) ? "custom" : "sluice";
  for (std::size_t i = 0, count = below(4); i < count; ++i) gateway.spec.listeners.push_back(listener(i));
  if (once_in(3)) gateway.spec.addresses.push_back({.value = once_in(2) ? "192.0.2.1" : "192.0.2.2"});
  if (once_in(12)) gateway.spec.addresses.push_back({.type = "Hostname", .value = "g.example"});
  if (once_in(2)) gateway.spec.allowed_listeners = api::AllowedListeners{.namespaces = selection()};
  if (once_in(4)) gateway.spec.default_scope = once_in(3) ? "None" : "All";
  if (once_in(4)) gateway.spec.infrastructure.emplace().parameters_ref = {"sluice.dev", "SluiceParameters", "p"};
  if (!once_in(3)) return gateway;
  gateway.spec.tls.emplace();
  if (once_in(2)) {
    gateway.spec.tls->backend.emplace().client_certificate_ref =
        api::SecretObjectReference{.name = "cert", .namespace_ = maybe_namespace()};
  }
  gateway.spec.tls->frontend.emplace().default_.validation.emplace().ca_certificate_refs.push_back(
      {.group = "", .kind = "ConfigMap", .name = "ca", .namespace_ = maybe_namespace()});
  return gateway;
}

api::SluiceParameters RandomEdits::parameters() {
  api::SluiceParameters parameters{.metadata = meta(a_namespace(), "p")};
  if (once_in(2)) parameters.spec.traffic_distribution = "PreferLocal";
  parameters.spec.mode = once_in(6) ? "dsr" : "nat";
  return parameters;
}

api::ListenerSet RandomEdits::listener_set() {
  const bool first = once_in(2);
  api::ListenerSet set{.metadata = meta(first ? "a" : "b", first ? "s1" : "s2")};
  set.spec.parent_ref.name = once_in(2) ? "g1" : "g2";
  set.spec.parent_ref.namespace_ = set.spec.parent_ref.name == "g1" ? "a" : "b";
  for (std::size_t i = 0, count = 1 + below(3); i < count; ++i) set.spec.listeners.push_back(listener(i));
  return set;
}

api::ParentReference RandomEdits::parent() {
  api::ParentReference parent;
  const bool set = once_in(3);
  parent.kind = set ? "ListenerSet" : "Gateway";
  const bool first = once_in(2);
  parent.name = set ? (first ? "s1" : "s2") : (first ? "g1" : "g2");
  parent.namespace_ = once_in(8) ? maybe_namespace() : (first ? "a" : "b");
  if (once_in(3)) parent.section_name = "l" + std::to_string(below(3));
  if (once_in(6)) parent.port = 80 + std::int32_t(below(3));
  return parent;
}

api::BackendRef RandomEdits::backend() {
  api::BackendRef ref;
  ref.kind = once_in(10) ? "Odd" : "Service";
  ref.name = once_in(2) ? "w1" : "w2";
  ref.namespace_ = maybe_namespace();
  ref.port = once_in(5) ? 81 : 80;
  ref.weight = std::int32_t(below(3));
  return ref;
}

template <class Route>
Route RandomEdits::route(const std::string& name) {
  Route route{.metadata = meta(name.size() > 1 ? a_namespace() : "a", name)};
  for (std::size_t i = 0, count = 1 + below(2); i < count; ++i) route.spec.parent_refs.push_back(parent());
  if (once_in(4)) route.spec.use_default_gateways = "All";
  if constexpr (requires { route.spec.hostnames; }) {
    for (std::size_t i = 0, count = below(3); i < count; ++i) route.spec.hostnames.push_back(a_hostname());
  }
  for (std::size_t i = 0, count = 1 + below(2); i < count; ++i) {
    auto& rule = route.spec.rules.emplace_back();
    rule.backend_refs.push_back(backend());
    if constexpr (requires { rule.retry; }) {
      if (once_in(6)) rule.retry.emplace();
    }
  }
  return route;
}

api::ReferenceGrant RandomEdits::grant() {
  static const std::vector<std::string> kFrom = {"Gateway", "ListenerSet", "HTTPRoute", "TCPRoute", "UDPRoute"};
  static const std::vector<std::string> kTo = {"Service", "Secret", "ConfigMap"};
  api::ReferenceGrant grant{.metadata = meta(a_namespace(), once_in(2) ? "r1" : "r2")};
  grant.spec.from.push_back({kGroup, any(kFrom), a_namespace()});
  grant.spec.to.push_back({"", any(kTo), once_in(4) ? std::optional<std::string>("w1") : std::nullopt});
  return grant;
}

api::BackendTlsPolicy RandomEdits::policy() {
  api::BackendTlsPolicy policy{.metadata = meta("a", once_in(2) ? "p1" : "p2")};
  policy.spec.target_refs.push_back({"", "Service", once_in(2) ? "w1" : "w2", std::nullopt});
  policy.spec.validation.ca_certificate_refs.push_back({"", "ConfigMap", "ca"});
  return policy;
}

api::Service RandomEdits::service() {
  api::Service service{.metadata = meta(a_namespace(), once_in(2) ? "w1" : "w2")};
  service.spec.ports.push_back({.name = "p", .protocol = once_in(4) ? "UDP" : "TCP", .port = 80});
  if (once_in(6)) service.spec.ports.front().app_protocol = "kubernetes.io/h2c";
  return service;
}

api::EndpointSlice RandomEdits::slice() {
  api::EndpointSlice slice{.metadata = meta(a_namespace(), "e")};
  slice.metadata.labels[std::string(api::EndpointSlice::kServiceLabel)] = once_in(2) ? "w1" : "w2";
  return slice;
}

api::ObjectRef RandomEdits::edit_one(api::ObjectSet& objects) {
  switch (below(19)) {
    case 0:
      return put(objects.gateways, gateway());
    case 1:
      return change_age(objects.gateways, gateway());
    case 2:
      return put(objects.listener_sets, listener_set());
    case 3:
      return change_age(objects.listener_sets, listener_set());
    case 4:
    case 5:
      return put(objects.http_routes, route<api::HttpRoute>("h1"));
    case 6:
      return put(objects.grpc_routes, route<api::GrpcRoute>("r"));
    case 7:
      return put(objects.tcp_routes, route<api::TcpRoute>("t"));
    case 8:
      return put(objects.udp_routes, route<api::UdpRoute>("u"));
    case 9:
      return put(objects.tls_routes, route<api::TlsRoute>("s"));
    case 10:
      return put(objects.reference_grants, grant());
    case 11:
      return put(objects.backend_tls_policies, policy());
    case 12:
    case 13:
      return put(objects.services, service());
    case 14:
      return put(objects.endpoint_slices, slice());
    case 17:
      return put(objects.sluice_parameters, parameters());
    case 15: {
      api::Namespace object{.metadata = meta("", a_namespace())};
      if (once_in(2)) object.metadata.labels["team"] = "red";
      return put(objects.namespaces, std::move(object));
    }
    case 16: {
      if (once_in(2)) {
        api::ConfigMap object = ca_;
        object.metadata = meta(a_namespace(), "ca");
        return put(objects.config_maps, std::move(object));
      }
      api::Secret object = secret_;
      object.metadata = meta(a_namespace(), "cert");
      if (once_in(4)) object.data["tls.key"] = "no key";
      return put(objects.secrets, std::move(object));
    }
    default: {
      api::GatewayClass object{.metadata = meta("", once_in(2) ? "custom" : "sluice")};
      object.spec.controller_name = once_in(4) ? "example.com/other" : "sluice.dev/gateway-controller";
      if (once_in(4)) object.spec.parameters_ref.emplace();
      if (once_in(4)) object.spec.parameters_ref = {"sluice.dev", "SluiceParameters", "p", a_namespace()};
      return put(objects.gateway_classes, std::move(object));
    }
  }
}

std::vector<api::ObjectRef> RandomEdits::edit(api::ObjectSet& objects) {
  std::vector<api::ObjectRef> changed;
  for (std::size_t i = 0, count = once_in(4) ? 1 + below(3) : 1; i < count; ++i) changed.push_back(edit_one(objects));
  return changed;
}

}  // namespace sluice::attach
