#include "tests/unit/controller/compile/random_object.h"

#include "tests/unit/controller/compile/certificate.h"

namespace sluice::compile {
namespace {

using Texts = std::vector<std::string>;

const std::string kGroup = "gateway.networking.k8s.io";
const Texts kHostnames{"a.example", "b.a.example", "*.example", "*.a.example", "x.test"};
const std::vector<std::int32_t> kPorts{80, 443, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007};
/// The ports of Services; 81 is none's.
const std::vector<std::int32_t> kTcpPorts{80, 80, 80, 443, 443, 53, 81};
const std::vector<std::int32_t> kUdpPorts{53, 53, 53, 53, 80, 81};

std::optional<std::string> maybe_namespace(Genes& genes) {
  if (!genes.once_in(4)) return std::nullopt;
  return genes.one_of(random_namespaces());
}

std::map<std::string, std::string> labels(Genes& genes) {
  std::map<std::string, std::string> out;
  if (genes.once_in(2)) out["tier"] = genes.one_of(Texts{"web", "db"});
  return out;
}

api::NamespaceSelection selection(Genes& genes, const Texts& from) {
  api::NamespaceSelection out{.from = genes.one_of(from), .selector = {}};
  if (out.from == "Selector")
    out.selector = api::LabelSelector{.match_labels = {{"tier", "web"}}, .match_expressions = {}};
  return out;
}

std::vector<std::string> hostnames(Genes& genes) {
  std::vector<std::string> out;
  for (auto count = genes.below(3); count > 0; --count) out.push_back(genes.one_of(kHostnames));
  return out;
}

api::ListenerTls listener_tls(Genes& genes, const std::string& protocol) {
  api::ListenerTls tls;
  if (protocol == "TLS" && !genes.once_in(4)) tls.mode = "Passthrough";
  if (tls.mode == "Passthrough") return tls;
  for (auto count = 1 + genes.below(2); count > 0; --count) {
    tls.certificate_refs.push_back({.name = genes.one_of(random_names()), .namespace_ = maybe_namespace(genes)});
  }
  return tls;
}

/// usual  what its protocol is, mostly.
api::Listener listener(Genes& genes, const std::string& name, const std::string& usual) {
  api::Listener out{.name = name, .protocol = usual};
  if (genes.once_in(4)) out.protocol = genes.one_of(Texts{"HTTP", "HTTPS", "TLS", "TCP", "UDP", "example.com/odd"});
  out.port = genes.one_of(kPorts);
  if (genes.once_in(2)) out.hostname = genes.one_of(kHostnames);
  if (out.protocol == "HTTPS" || out.protocol == "TLS") out.tls = listener_tls(genes, out.protocol);
  if (genes.once_in(2)) {
    out.allowed_routes.emplace().namespaces = selection(genes, {"All", "All", "Same", "Selector"});
    if (genes.once_in(4))
      out.allowed_routes->kinds.push_back({.group = kGroup, .kind = genes.one_of(Texts{"HTTPRoute", "TCPRoute"})});
  }
  return out;
}

std::vector<api::Listener> listeners(Genes& genes) {
  static const std::vector<std::pair<std::string, Texts>> kUsual{
      {"one", {"HTTP"}}, {"two", {"HTTPS", "TLS"}}, {"three", {"TCP"}}, {"four", {"UDP", "HTTP"}}};
  std::vector<api::Listener> out;
  for (const auto& [name, usual] : kUsual) {
    if (!genes.once_in(4)) out.push_back(listener(genes, name, genes.one_of(usual)));
  }
  if (out.empty()) out.push_back(listener(genes, "one", "HTTP"));
  return out;
}

std::vector<api::ParentReference> parent_refs(Genes& genes) {
  std::vector<api::ParentReference> out;
  for (auto count = 1 + genes.below(2); count > 0; --count) {
    api::ParentReference ref{.name = genes.one_of(random_names())};
    if (genes.once_in(3)) ref.kind = "ListenerSet";
    ref.namespace_ = maybe_namespace(genes);
    if (genes.once_in(4)) ref.section_name = genes.one_of(Texts{"one", "two", "three", "four", "none"});
    if (genes.once_in(8)) ref.port = genes.one_of(kPorts);
    out.push_back(std::move(ref));
  }
  return out;
}

std::vector<api::BackendRef> backend_refs(Genes& genes, const std::vector<std::int32_t>& ports = kTcpPorts) {
  std::vector<api::BackendRef> out;
  for (auto count = genes.once_in(6) ? 0 : 1 + genes.below(2); count > 0; --count) {
    api::BackendRef ref{.name = genes.one_of(random_names()), .namespace_ = maybe_namespace(genes)};
    if (genes.once_in(8)) ref.kind = "Bucket";
    ref.port = genes.one_of(ports);
    ref.weight = static_cast<std::int32_t>(genes.below(4));
    out.push_back(std::move(ref));
  }
  return out;
}

std::vector<api::RouteFilter> filters(Genes& genes) {
  if (!genes.once_in(3)) return {};
  api::RouteFilter filter{.type = genes.one_of(Texts{"RequestHeaderModifier", "RequestRedirect", "RequestMirror"})};
  if (filter.type == "RequestHeaderModifier")
    filter.request_header_modifier.emplace().set = {{.name = "x", .value = "1"}};
  if (filter.type == "RequestRedirect") filter.request_redirect.emplace().hostname = "x.test";
  if (filter.type == "RequestMirror") {
    filter.request_mirror.emplace().backend_ref = {
        .name = genes.one_of(random_names()), .namespace_ = maybe_namespace(genes), .port = genes.one_of(kTcpPorts)};
  }
  return {std::move(filter)};
}

api::HttpRouteMatch http_match(Genes& genes) {
  api::HttpRouteMatch match;
  if (genes.below(3) > 0) {
    match.path = api::HttpPathMatch{.type = genes.one_of(Texts{"Exact", "PathPrefix", "RegularExpression"}),
                                    .value = genes.one_of(Texts{"/", "/a", "/a/b"})};
  }
  if (genes.once_in(3)) match.method = "GET";
  if (genes.once_in(3)) match.headers.push_back({.name = "X-One", .value = "1"});
  if (genes.once_in(4)) match.query_params.push_back({.name = "q", .value = "1"});
  return match;
}

std::string creation_timestamp(Genes& genes) {
  return genes.one_of(Texts{"", "", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"});
}

template <class Route>
Route l4_route(Genes& genes) {
  Route route;
  route.metadata.creation_timestamp = creation_timestamp(genes);
  route.spec.parent_refs = parent_refs(genes);
  if constexpr (requires { route.spec.hostnames; }) route.spec.hostnames = hostnames(genes);
  route.spec.rules.resize(1);
  if (genes.once_in(3)) route.spec.rules[0].name = "rule";
  route.spec.rules[0].backend_refs = backend_refs(genes, std::is_same_v<Route, api::UdpRoute> ? kUdpPorts : kTcpPorts);
  return route;
}

}  // namespace

const std::vector<std::string>& random_namespaces() {
  static const Texts kNamespaces{"default", "shop"};
  return kNamespaces;
}

const std::vector<std::string>& random_names() {
  static const Texts kNames{"a", "b", "c"};
  return kNames;
}

template <>
api::GatewayClass random_object(Genes& genes) {
  api::GatewayClass out;
  out.spec.controller_name = genes.once_in(16) ? "example.com/other" : "sluice.dev/gateway-controller";
  if (genes.once_in(16))
    out.spec.parameters_ref = api::ObjectReference{.group = "example.com", .kind = "X", .name = "x"};
  if (genes.once_in(12)) {
    out.spec.parameters_ref = api::ObjectReference{.group = "sluice.dev",
                                                   .kind = "SluiceParameters",
                                                   .name = genes.one_of(random_names()),
                                                   .namespace_ = genes.one_of(random_namespaces())};
  }
  return out;
}

template <>
api::Gateway random_object(Genes& genes) {
  api::Gateway out;
  out.metadata.creation_timestamp = creation_timestamp(genes);
  out.spec.gateway_class_name =
      genes.one_of(Texts{"sluice", "sluice", "sluice", "sluice", "sluice", "sluice", "a", "b"});
  out.spec.listeners = listeners(genes);
  for (auto count = genes.below(3); count > 0; --count) {
    out.spec.addresses.push_back(
        {.value = genes.one_of(Texts{"192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::1", "2001:db8::2"})});
    if (genes.once_in(20)) out.spec.addresses.back().type = "Hostname";
  }
  out.spec.allowed_listeners.emplace().namespaces = selection(genes, {"All", "All", "All", "Same", "Selector", "None"});
  if (genes.once_in(2)) {
    out.spec.infrastructure.emplace().parameters_ref = {
        .group = "sluice.dev", .kind = "SluiceParameters", .name = genes.one_of(random_names())};
  }
  if (genes.once_in(12)) {
    auto& frontend = out.spec.tls.emplace().frontend.emplace();
    frontend.default_.validation.emplace().ca_certificate_refs = {
        {.group = "", .kind = "ConfigMap", .name = "a", .namespace_ = maybe_namespace(genes)}};
  }
  return out;
}

template <>
api::SluiceParameters random_object(Genes& genes) {
  api::SluiceParameters out;
  if (!genes.once_in(4)) out.spec.traffic_distribution = "PreferLocal";
  if (genes.once_in(2)) out.spec.mode = genes.once_in(12) ? "dsr" : "nat";
  return out;
}

template <>
api::ListenerSet random_object(Genes& genes) {
  api::ListenerSet out;
  out.metadata.creation_timestamp = creation_timestamp(genes);
  out.spec.parent_ref.name = genes.one_of(random_names());
  out.spec.parent_ref.namespace_ = maybe_namespace(genes);
  out.spec.listeners = listeners(genes);
  return out;
}

template <>
api::HttpRoute random_object(Genes& genes) {
  api::HttpRoute out;
  out.metadata.creation_timestamp = creation_timestamp(genes);
  out.spec.parent_refs = parent_refs(genes);
  out.spec.hostnames = hostnames(genes);
  out.spec.rules.resize(1 + genes.below(2));
  for (auto& rule : out.spec.rules) {
    for (auto count = genes.below(3); count > 0; --count) rule.matches.push_back(http_match(genes));
    rule.filters = filters(genes);
    rule.backend_refs = backend_refs(genes);
    if (genes.once_in(4)) rule.timeouts.emplace().request = genes.one_of(Texts{"1s", "500ms"});
    if (genes.once_in(8)) rule.retry.emplace().attempts = 2;
  }
  return out;
}

template <>
api::GrpcRoute random_object(Genes& genes) {
  api::GrpcRoute out;
  out.spec.parent_refs = parent_refs(genes);
  out.spec.hostnames = hostnames(genes);
  out.spec.rules.resize(1);
  if (genes.once_in(2)) {
    auto& method = out.spec.rules[0].matches.emplace_back().method.emplace();
    method.service = genes.one_of(Texts{"a.A", "b.B"});
  }
  out.spec.rules[0].backend_refs = backend_refs(genes);
  return out;
}

template <>
api::TcpRoute random_object(Genes& genes) {
  return l4_route<api::TcpRoute>(genes);
}
template <>
api::UdpRoute random_object(Genes& genes) {
  return l4_route<api::UdpRoute>(genes);
}
template <>
api::TlsRoute random_object(Genes& genes) {
  return l4_route<api::TlsRoute>(genes);
}

template <>
api::ReferenceGrant random_object(Genes& genes) {
  api::ReferenceGrant out;
  for (auto count = 1 + genes.below(3); count > 0; --count) {
    out.spec.from.push_back(
        {.group = kGroup,
         .kind = genes.one_of(Texts{"HTTPRoute", "TCPRoute", "TLSRoute", "UDPRoute", "Gateway", "ListenerSet"}),
         .namespace_ = genes.one_of(random_namespaces())});
  }
  out.spec.to.push_back({.group = "", .kind = genes.one_of(Texts{"Service", "Secret", "ConfigMap"}), .name = {}});
  if (genes.once_in(2)) out.spec.to[0].name = genes.one_of(random_names());
  return out;
}

template <>
api::BackendTlsPolicy random_object(Genes& genes) {
  api::BackendTlsPolicy out;
  for (auto count = 1 + genes.below(2); count > 0; --count) {
    out.spec.target_refs.push_back({.group = "", .kind = "Service", .name = genes.one_of(random_names())});
    if (genes.once_in(2)) out.spec.target_refs.back().section_name = genes.one_of(Texts{"one", "two"});
  }
  out.spec.validation.hostname = "a.example";
  out.spec.validation.ca_certificate_refs = {{.group = "", .kind = "ConfigMap", .name = genes.one_of(random_names())}};
  return out;
}

template <>
api::Namespace random_object(Genes& genes) {
  api::Namespace out;
  out.metadata.labels = labels(genes);
  return out;
}

template <>
api::Service random_object(Genes& genes) {
  api::Service out;
  const std::vector<api::ServicePort> usual{{.name = "one", .protocol = "TCP", .port = 80},
                                            {.name = "two", .protocol = "TCP", .port = 443},
                                            {.name = "three", .protocol = "UDP", .port = 53}};
  for (api::ServicePort port : usual) {
    if (genes.once_in(8)) continue;
    if (genes.once_in(8)) port.port = 8000;
    if (genes.once_in(8)) port.app_protocol = "kubernetes.io/h2c";
    port.target_port = genes.one_of(Texts{"", "8080"});
    out.spec.ports.push_back(std::move(port));
  }
  if (genes.once_in(4)) {
    out.spec.type = "ExternalName";
    out.spec.external_name = genes.one_of(Texts{"one.example", "two.example"});
  }
  return out;
}

template <>
api::EndpointSlice random_object(Genes& genes) {
  api::EndpointSlice out;
  if (!genes.once_in(6)) {
    out.metadata.labels[std::string(api::EndpointSlice::kServiceLabel)] = genes.one_of(random_names());
  }
  out.address_type = "IPv4";
  for (const char* name : {"one", "two"}) {
    if (!genes.once_in(4)) out.ports.push_back({.name = name, .protocol = "TCP", .port = 8080});
  }
  if (genes.once_in(2)) out.ports.push_back({.name = "three", .protocol = "UDP", .port = {}});
  for (auto count = genes.below(4); count > 0; --count) {
    api::Endpoint endpoint{.addresses = {genes.one_of(Texts{"10.0.0.1", "10.0.0.2", "10.0.0.3"})}};
    if (genes.once_in(3)) endpoint.conditions.ready = genes.once_in(2);
    if (genes.once_in(2)) endpoint.node_name = genes.one_of(Texts{"node-a", "node-b"});
    out.endpoints.push_back(std::move(endpoint));
  }
  return out;
}

template <>
api::Secret random_object(Genes& genes) {
  static const std::vector<TestCertificate> kCertificates{test_certificate(1, {"a.example", "b.a.example"}),
                                                          test_certificate(2, {"*.example"}),
                                                          test_certificate(3, {"x.test"})};
  api::Secret out;
  out.type = genes.once_in(6) ? "Opaque" : "kubernetes.io/tls";
  const auto& certificate = genes.one_of(kCertificates);
  out.data["tls.crt"] = certificate.chain_pem;
  if (!genes.once_in(8)) out.data["tls.key"] = genes.once_in(8) ? "no key" : certificate.key_pem;
  return out;
}

template <>
api::ConfigMap random_object(Genes& genes) {
  api::ConfigMap out;
  out.data["ca.crt"] = genes.once_in(3) ? "none" : test_certificate(4, {"ca.example"}).chain_pem;
  return out;
}

}  // namespace sluice::compile
