// The five route kinds of gateway.networking.k8s.io/v1 (Gateway API v1.7.0, apis/v1/*route_types.go, shared_types.go).
#pragma once

#include "controller/api/filter.h"
#include "controller/api/meta.h"

namespace sluice::api {

struct ParentReference {
  std::string group = "gateway.networking.k8s.io";
  std::string kind = "Gateway";
  std::optional<std::string> namespace_;
  std::string name;
  std::optional<std::string> section_name;
  std::optional<std::int32_t> port;
  auto operator<=>(const ParentReference&) const = default;
};
BOOST_DESCRIBE_STRUCT(ParentReference, (), (group, kind, namespace_, name, section_name, port))

/// The fields of a BackendRef, and the filters that HTTPRoute and GRPCRoute may put on one.
struct BackendRef {
  std::string group;
  std::string kind = "Service";
  std::string name;
  std::optional<std::string> namespace_;
  std::optional<std::int32_t> port;
  std::int32_t weight = 1;
  std::vector<RouteFilter> filters;
};
BOOST_DESCRIBE_STRUCT(BackendRef, (), (group, kind, name, namespace_, port, weight, filters))

struct CookieConfig {
  std::optional<std::string> name;
  std::string path = "/";
  std::string lifetime_type = "Session";
};
BOOST_DESCRIBE_STRUCT(CookieConfig, (), (name, path, lifetime_type))

struct HeaderConfig {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(HeaderConfig, (), (name))

struct SessionPersistence {
  std::optional<std::string> absolute_timeout;
  std::string type = "Cookie";
  std::optional<CookieConfig> cookie;
  std::optional<HeaderConfig> header;
};
BOOST_DESCRIBE_STRUCT(SessionPersistence, (), (absolute_timeout, type, cookie, header))

/// {name, type, value} of a header or a query parameter; type Exact or RegularExpression.
struct ValueMatch {
  std::string type = "Exact";
  std::string name;
  std::string value;
};
BOOST_DESCRIBE_STRUCT(ValueMatch, (), (type, name, value))

struct HttpPathMatch {
  std::string type = "PathPrefix";  ///< Exact, PathPrefix, RegularExpression
  std::string value = "/";
};
BOOST_DESCRIBE_STRUCT(HttpPathMatch, (), (type, value))

struct HttpRouteMatch {
  std::optional<HttpPathMatch> path;
  std::vector<ValueMatch> headers;
  std::vector<ValueMatch> query_params;
  std::optional<std::string> method;
};
BOOST_DESCRIBE_STRUCT(HttpRouteMatch, (), (path, headers, query_params, method))

struct HttpRouteTimeouts {
  std::optional<std::string> request;  ///< GEP-2257 duration
  std::optional<std::string> backend_request;
};
BOOST_DESCRIBE_STRUCT(HttpRouteTimeouts, (), (request, backend_request))

struct HttpRouteRetry {
  std::vector<std::int32_t> codes;
  std::optional<std::int32_t> attempts;
  std::optional<std::string> backoff;
};
BOOST_DESCRIBE_STRUCT(HttpRouteRetry, (), (codes, attempts, backoff))

struct HttpRouteRule {
  std::optional<std::string> name;
  std::vector<HttpRouteMatch> matches;
  std::vector<RouteFilter> filters;
  std::vector<BackendRef> backend_refs;
  std::optional<HttpRouteTimeouts> timeouts;
  std::optional<HttpRouteRetry> retry;
  std::optional<SessionPersistence> session_persistence;
};
BOOST_DESCRIBE_STRUCT(HttpRouteRule, (), (name, matches, filters, backend_refs, timeouts, retry, session_persistence))

struct HttpRouteSpec {
  std::vector<ParentReference> parent_refs;
  std::optional<std::string> use_default_gateways;
  std::vector<std::string> hostnames;
  std::vector<HttpRouteRule> rules;
};
BOOST_DESCRIBE_STRUCT(HttpRouteSpec, (), (parent_refs, use_default_gateways, hostnames, rules))

struct HttpRoute {
  static constexpr std::string_view kKind = "HTTPRoute";
  ObjectMeta metadata;
  HttpRouteSpec spec;
};
BOOST_DESCRIBE_STRUCT(HttpRoute, (), (metadata, spec))

struct GrpcMethodMatch {
  std::string type = "Exact";
  std::optional<std::string> service;
  std::optional<std::string> method;
};
BOOST_DESCRIBE_STRUCT(GrpcMethodMatch, (), (type, service, method))

struct GrpcRouteMatch {
  std::optional<GrpcMethodMatch> method;
  std::vector<ValueMatch> headers;
};
BOOST_DESCRIBE_STRUCT(GrpcRouteMatch, (), (method, headers))

struct GrpcRouteRule {
  std::optional<std::string> name;
  std::vector<GrpcRouteMatch> matches;
  std::vector<RouteFilter> filters;
  std::vector<BackendRef> backend_refs;
  std::optional<SessionPersistence> session_persistence;
};
BOOST_DESCRIBE_STRUCT(GrpcRouteRule, (), (name, matches, filters, backend_refs, session_persistence))

struct GrpcRouteSpec {
  std::vector<ParentReference> parent_refs;
  std::optional<std::string> use_default_gateways;
  std::vector<std::string> hostnames;
  std::vector<GrpcRouteRule> rules;
};
BOOST_DESCRIBE_STRUCT(GrpcRouteSpec, (), (parent_refs, use_default_gateways, hostnames, rules))

struct GrpcRoute {
  static constexpr std::string_view kKind = "GRPCRoute";
  ObjectMeta metadata;
  GrpcRouteSpec spec;
};
BOOST_DESCRIBE_STRUCT(GrpcRoute, (), (metadata, spec))

/// A rule of a TCPRoute, UDPRoute or TLSRoute: where connections go, nothing to match.
struct L4RouteRule {
  std::optional<std::string> name;
  std::vector<BackendRef> backend_refs;
};
BOOST_DESCRIBE_STRUCT(L4RouteRule, (), (name, backend_refs))

/// Of TCPRoute and UDPRoute.
struct L4RouteSpec {
  std::vector<ParentReference> parent_refs;
  std::optional<std::string> use_default_gateways;
  std::vector<L4RouteRule> rules;
};
BOOST_DESCRIBE_STRUCT(L4RouteSpec, (), (parent_refs, use_default_gateways, rules))

struct TcpRoute {
  static constexpr std::string_view kKind = "TCPRoute";
  ObjectMeta metadata;
  L4RouteSpec spec;
};
BOOST_DESCRIBE_STRUCT(TcpRoute, (), (metadata, spec))

struct UdpRoute {
  static constexpr std::string_view kKind = "UDPRoute";
  ObjectMeta metadata;
  L4RouteSpec spec;
};
BOOST_DESCRIBE_STRUCT(UdpRoute, (), (metadata, spec))

struct TlsRouteSpec {
  std::vector<ParentReference> parent_refs;
  std::optional<std::string> use_default_gateways;
  std::vector<std::string> hostnames;
  std::vector<L4RouteRule> rules;
};
BOOST_DESCRIBE_STRUCT(TlsRouteSpec, (), (parent_refs, use_default_gateways, hostnames, rules))

struct TlsRoute {
  static constexpr std::string_view kKind = "TLSRoute";
  ObjectMeta metadata;
  TlsRouteSpec spec;
};
BOOST_DESCRIBE_STRUCT(TlsRoute, (), (metadata, spec))

}  // namespace sluice::api
