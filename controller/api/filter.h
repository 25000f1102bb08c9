// Filters of HTTPRoute, GRPCRoute and listeners (Gateway API v1.7.0, apis/v1/httproute_types.go).
#pragma once

#include "controller/api/meta.h"

namespace sluice::api {

/// A Service (or another kind that we refuse) as a target. Without namespace: the referrer's.
struct BackendObjectReference {
  std::string group;
  std::string kind = "Service";
  std::string name;
  std::optional<std::string> namespace_;
  std::optional<std::int32_t> port;
};
BOOST_DESCRIBE_STRUCT(BackendObjectReference, (), (group, kind, name, namespace_, port))

struct HttpHeader {
  std::string name;
  std::string value;
};
BOOST_DESCRIBE_STRUCT(HttpHeader, (), (name, value))

struct HttpHeaderFilter {
  std::vector<HttpHeader> set;
  std::vector<HttpHeader> add;
  std::vector<std::string> remove;
};
BOOST_DESCRIBE_STRUCT(HttpHeaderFilter, (), (set, add, remove))

struct HttpPathModifier {
  std::string type;  ///< ReplaceFullPath, ReplacePrefixMatch
  std::optional<std::string> replace_full_path;
  std::optional<std::string> replace_prefix_match;
};
BOOST_DESCRIBE_STRUCT(HttpPathModifier, (), (type, replace_full_path, replace_prefix_match))

struct HttpRequestRedirect {
  std::optional<std::string> scheme;
  std::optional<std::string> hostname;
  std::optional<HttpPathModifier> path;
  std::optional<std::int32_t> port;
  std::int32_t status_code = 302;
};
BOOST_DESCRIBE_STRUCT(HttpRequestRedirect, (), (scheme, hostname, path, port, status_code))

struct HttpUrlRewrite {
  std::optional<std::string> hostname;
  std::optional<HttpPathModifier> path;
};
BOOST_DESCRIBE_STRUCT(HttpUrlRewrite, (), (hostname, path))

struct Fraction {
  std::int32_t numerator = 0;
  std::int32_t denominator = 100;
};
BOOST_DESCRIBE_STRUCT(Fraction, (), (numerator, denominator))

struct HttpRequestMirror {
  BackendObjectReference backend_ref;
  std::optional<std::int32_t> percent;
  std::optional<Fraction> fraction;
};
BOOST_DESCRIBE_STRUCT(HttpRequestMirror, (), (backend_ref, percent, fraction))

struct HttpCors {
  std::vector<std::string> allow_origins;
  std::optional<bool> allow_credentials;
  std::vector<std::string> allow_methods;
  std::vector<std::string> allow_headers;
  std::vector<std::string> expose_headers;
  std::int32_t max_age = 5;
};
BOOST_DESCRIBE_STRUCT(HttpCors, (),
                      (allow_origins, allow_credentials, allow_methods, allow_headers, expose_headers, max_age))

struct GrpcAuthConfig {
  std::vector<std::string> allowed_headers;
};
BOOST_DESCRIBE_STRUCT(GrpcAuthConfig, (), (allowed_headers))

struct HttpAuthConfig {
  std::string path;
  std::vector<std::string> allowed_headers;
  std::vector<std::string> allowed_response_headers;
};
BOOST_DESCRIBE_STRUCT(HttpAuthConfig, (), (path, allowed_headers, allowed_response_headers))

struct ForwardBodyConfig {
  std::optional<std::int32_t> max_size;
};
BOOST_DESCRIBE_STRUCT(ForwardBodyConfig, (), (max_size))

struct ExternalAuth {
  std::string protocol;  ///< HTTP, GRPC
  BackendObjectReference backend_ref;
  std::optional<GrpcAuthConfig> grpc;
  std::optional<HttpAuthConfig> http;
  std::optional<ForwardBodyConfig> forward_body;
};
BOOST_DESCRIBE_STRUCT(ExternalAuth, (), (protocol, backend_ref, grpc, http, forward_body))

/// A filter of a rule or of a backendRef. type names the member that is set; GRPCRoute has a subset of the types.
struct RouteFilter {
  std::string type;
  std::optional<HttpHeaderFilter> request_header_modifier;
  std::optional<HttpHeaderFilter> response_header_modifier;
  std::optional<HttpRequestMirror> request_mirror;
  std::optional<HttpRequestRedirect> request_redirect;
  std::optional<HttpUrlRewrite> url_rewrite;
  std::optional<HttpCors> cors;
  std::optional<ExternalAuth> external_auth;
  std::optional<LocalObjectReference> extension_ref;
};
BOOST_DESCRIBE_STRUCT(RouteFilter, (),
                      (type, request_header_modifier, response_header_modifier, request_mirror, request_redirect,
                       url_rewrite, cors, external_auth, extension_ref))

}  // namespace sluice::api
