// GatewayClass, Gateway and ListenerSet of gateway.networking.k8s.io/v1 (Gateway API v1.7.0, apis/v1/gateway_types.go,
// gatewayclass_types.go, listenerset_types.go).
#pragma once

#include "controller/api/filter.h"
#include "controller/api/meta.h"

namespace sluice::api {

struct GatewayClassSpec {
  std::string controller_name;
  std::optional<ObjectReference> parameters_ref;
  std::optional<std::string> description;
};
BOOST_DESCRIBE_STRUCT(GatewayClassSpec, (), (controller_name, parameters_ref, description))

struct GatewayClass {
  static constexpr std::string_view kKind = "GatewayClass";
  ObjectMeta metadata;
  GatewayClassSpec spec;
};
BOOST_DESCRIBE_STRUCT(GatewayClass, (), (metadata, spec))

struct SecretObjectReference {
  std::string group;
  std::string kind = "Secret";
  std::string name;
  std::optional<std::string> namespace_;
};
BOOST_DESCRIBE_STRUCT(SecretObjectReference, (), (group, kind, name, namespace_))

struct ListenerTls {
  std::string mode = "Terminate";  ///< Terminate, Passthrough
  std::vector<SecretObjectReference> certificate_refs;
  std::map<std::string, std::string> options;
};
BOOST_DESCRIBE_STRUCT(ListenerTls, (), (mode, certificate_refs, options))

struct RouteGroupKind {
  std::string group = "gateway.networking.k8s.io";
  std::string kind;
  auto operator<=>(const RouteGroupKind&) const = default;
};
BOOST_DESCRIBE_STRUCT(RouteGroupKind, (), (group, kind))

/// Of routes (All, Selector, Same; default Same) or of ListenerSets (and None; default None).
struct NamespaceSelection {
  std::optional<std::string> from;
  std::optional<LabelSelector> selector;
};
BOOST_DESCRIBE_STRUCT(NamespaceSelection, (), (from, selector))

struct AllowedRoutes {
  std::optional<NamespaceSelection> namespaces;
  std::vector<RouteGroupKind> kinds;
};
BOOST_DESCRIBE_STRUCT(AllowedRoutes, (), (namespaces, kinds))

struct ListenerFilter {
  std::string type;
  std::optional<ExternalAuth> external_auth;
  std::optional<LocalObjectReference> extension_ref;
};
BOOST_DESCRIBE_STRUCT(ListenerFilter, (), (type, external_auth, extension_ref))

struct ListenerFilters {
  std::vector<ListenerFilter> requests;
};
BOOST_DESCRIBE_STRUCT(ListenerFilters, (), (requests))

/// A listener of a Gateway or a ListenerSet: their fields are the same.
struct Listener {
  std::string name;
  std::optional<std::string> hostname;
  std::int32_t port = 0;
  std::string protocol;  ///< HTTP, HTTPS, TLS, TCP, UDP, or a domain-prefixed one that we do not know
  std::optional<ListenerTls> tls;
  std::optional<AllowedRoutes> allowed_routes;
  std::optional<ListenerFilters> filters;
};
BOOST_DESCRIBE_STRUCT(Listener, (), (name, hostname, port, protocol, tls, allowed_routes, filters))

struct GatewayAddress {
  std::string type = "IPAddress";
  std::string value;  ///< empty: assign one
  std::optional<std::string> routability;
};
BOOST_DESCRIBE_STRUCT(GatewayAddress, (), (type, value, routability))

struct GatewayInfrastructure {
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  std::optional<LocalObjectReference> parameters_ref;
};
BOOST_DESCRIBE_STRUCT(GatewayInfrastructure, (), (labels, annotations, parameters_ref))

struct AllowedListeners {
  std::optional<NamespaceSelection> namespaces;
};
BOOST_DESCRIBE_STRUCT(AllowedListeners, (), (namespaces))

struct FrontendTlsValidation {
  std::vector<ObjectReference> ca_certificate_refs;
  std::string mode = "AllowValidOnly";  ///< AllowValidOnly, AllowInsecureFallback
};
BOOST_DESCRIBE_STRUCT(FrontendTlsValidation, (), (ca_certificate_refs, mode))

struct TlsConfig {
  std::optional<FrontendTlsValidation> validation;
};
BOOST_DESCRIBE_STRUCT(TlsConfig, (), (validation))

struct TlsPortConfig {
  std::int32_t port = 0;
  TlsConfig tls;
};
BOOST_DESCRIBE_STRUCT(TlsPortConfig, (), (port, tls))

struct FrontendTlsConfig {
  TlsConfig default_;
  std::vector<TlsPortConfig> per_port;
};
BOOST_DESCRIBE_STRUCT(FrontendTlsConfig, (), (default_, per_port))

struct GatewayBackendTls {
  std::optional<SecretObjectReference> client_certificate_ref;
};
BOOST_DESCRIBE_STRUCT(GatewayBackendTls, (), (client_certificate_ref))

struct GatewayTls {
  std::optional<GatewayBackendTls> backend;
  std::optional<FrontendTlsConfig> frontend;
};
BOOST_DESCRIBE_STRUCT(GatewayTls, (), (backend, frontend))

struct GatewaySpec {
  std::string gateway_class_name;
  std::vector<Listener> listeners;
  std::vector<GatewayAddress> addresses;
  std::optional<GatewayInfrastructure> infrastructure;
  std::optional<AllowedListeners> allowed_listeners;
  std::optional<GatewayTls> tls;
  std::optional<std::string> default_scope;
};
BOOST_DESCRIBE_STRUCT(GatewaySpec, (),
                      (gateway_class_name, listeners, addresses, infrastructure, allowed_listeners, tls, default_scope))

struct Gateway {
  static constexpr std::string_view kKind = "Gateway";
  ObjectMeta metadata;
  GatewaySpec spec;
};
BOOST_DESCRIBE_STRUCT(Gateway, (), (metadata, spec))

struct ParentGatewayReference {
  std::string group = "gateway.networking.k8s.io";
  std::string kind = "Gateway";
  std::string name;
  std::optional<std::string> namespace_;
};
BOOST_DESCRIBE_STRUCT(ParentGatewayReference, (), (group, kind, name, namespace_))

struct ListenerSetSpec {
  ParentGatewayReference parent_ref;
  std::vector<Listener> listeners;
};
BOOST_DESCRIBE_STRUCT(ListenerSetSpec, (), (parent_ref, listeners))

struct ListenerSet {
  static constexpr std::string_view kKind = "ListenerSet";
  ObjectMeta metadata;
  ListenerSetSpec spec;
};
BOOST_DESCRIBE_STRUCT(ListenerSet, (), (metadata, spec))

}  // namespace sluice::api
