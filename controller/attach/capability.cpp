#include "controller/attach/capability.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <utility>

#include "sluice/http_rules.h"

namespace sluice::attach {
namespace {

constexpr std::array<std::string_view, 5> kRouteKinds = {"GRPCRoute", "HTTPRoute", "TCPRoute", "TLSRoute", "UDPRoute"};
constexpr std::array<std::string_view, 4> kFilters = {"RequestHeaderModifier", "ResponseHeaderModifier",
                                                      "RequestRedirect", "URLRewrite"};
/// Refused rather than spoken to in another protocol than they ask for.
constexpr std::array<std::string_view, 3> kForeignProtocols = {"kubernetes.io/ws", "kubernetes.io/wss", "https"};

template <class List>
bool in(const List& list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

std::string at(std::string_view list, std::size_t index) {
  return std::string(list) + "[" + std::to_string(index) + "]";
}

std::optional<UnsupportedField> check_pattern(const std::string& field, const std::string& pattern) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kRegexMemory);
  options.set_never_capture(true);
  const RE2 regex(pattern, options);
  if (regex.ok()) return std::nullopt;
  return UnsupportedField{field, "\"" + pattern + "\" is not a regular expression of RE2: " + regex.error()};
}

std::optional<UnsupportedField> check_values(const std::string& list, const std::vector<api::ValueMatch>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i].type == "RegularExpression") {
      if (auto refused = check_pattern(at(list, i) + ".value", values[i].value)) return refused;
    } else if (values[i].type != "Exact") {
      return UnsupportedField{at(list, i) + ".type", values[i].type + " is " + std::string(kUnsupported)};
    }
  }
  return std::nullopt;
}

std::optional<UnsupportedField> check_match(const std::string& field, const api::HttpRouteMatch& match) {
  if (match.path && match.path->type == "RegularExpression") {
    if (auto refused = check_pattern(field + ".path.value", match.path->value)) return refused;
  } else if (match.path && match.path->type != "Exact" && match.path->type != "PathPrefix") {
    return UnsupportedField{field + ".path.type", match.path->type + " is " + std::string(kUnsupported)};
  }
  if (auto refused = check_values(field + ".headers", match.headers)) return refused;
  return check_values(field + ".queryParams", match.query_params);
}

/// Service and method are one expression to the engine: both together must fit it, too.
std::optional<UnsupportedField> check_match(const std::string& field, const api::GrpcRouteMatch& match) {
  if (match.method && match.method->type == "RegularExpression") {
    const auto part = [](const std::optional<std::string>& text) { return "(?:" + text.value_or("[^/]+") + ")"; };
    for (const auto& [member, text] :
         {std::pair{".service", &match.method->service}, {".method", &match.method->method}}) {
      if (!text->has_value()) continue;
      if (auto refused = check_pattern(field + ".method" + member, **text)) return refused;
    }
    const std::string both = "/" + part(match.method->service) + "/" + part(match.method->method);
    if (auto refused = check_pattern(field + ".method", both)) return refused;
  } else if (match.method && match.method->type != "Exact") {
    return UnsupportedField{field + ".method.type", match.method->type + " is " + std::string(kUnsupported)};
  }
  return check_values(field + ".headers", match.headers);
}

std::string member_of(const api::RouteFilter& filter) {
  if (filter.type == "CORS") return "cors";
  if (filter.type == "URLRewrite") return "urlRewrite";
  std::string member = filter.type;
  if (!member.empty() && member[0] >= 'A' && member[0] <= 'Z') member[0] = static_cast<char>(member[0] - 'A' + 'a');
  return member;
}

std::optional<UnsupportedField> check_name(const std::string& field, const std::string& name) {
  if (!is_owned_field(name)) return std::nullopt;
  return UnsupportedField{field, name + " is not a header that a filter can change"};
}

std::optional<UnsupportedField> check_headers(const std::string& list, const std::vector<api::HttpHeader>& headers) {
  for (std::size_t i = 0; i < headers.size(); ++i) {
    if (auto refused = check_name(at(list, i) + ".name", headers[i].name)) return refused;
  }
  return std::nullopt;
}

std::optional<UnsupportedField> check_modifier(const std::string& field, const api::HttpHeaderFilter& modifier) {
  if (auto refused = check_headers(field + ".set", modifier.set)) return refused;
  if (auto refused = check_headers(field + ".add", modifier.add)) return refused;
  for (std::size_t i = 0; i < modifier.remove.size(); ++i) {
    if (auto refused = check_name(at(field + ".remove", i), modifier.remove[i])) return refused;
  }
  return std::nullopt;
}

std::optional<UnsupportedField> check_filters(const std::string& list, const std::vector<api::RouteFilter>& filters) {
  for (std::size_t i = 0; i < filters.size(); ++i) {
    const api::RouteFilter& filter = filters[i];
    const std::string field = at(list, i) + "." + member_of(filter);
    if (!in(kFilters, filter.type)) {
      return UnsupportedField{field, "filter " + filter.type + " is " + std::string(kUnsupported)};
    }
    for (const auto* modifier : {&filter.request_header_modifier, &filter.response_header_modifier}) {
      if (!modifier->has_value()) continue;
      if (auto refused = check_modifier(field, **modifier)) return refused;
    }
  }
  return std::nullopt;
}

std::optional<std::size_t> position(const std::vector<api::RouteFilter>& filters, std::string_view type) {
  const auto found = std::ranges::find(filters, type, &api::RouteFilter::type);
  if (found == filters.end()) return std::nullopt;
  return static_cast<std::size_t>(found - filters.begin());
}

/// Redirect ends the exchange: there is nothing left to rewrite and nobody to send it to (HTTPRouteFilter).
std::optional<UnsupportedField> check_combination(const api::HttpRouteRule& rule) {
  const auto redirect = position(rule.filters, "RequestRedirect");
  const auto rewrite = position(rule.filters, "URLRewrite");
  if (redirect && rewrite) {
    return UnsupportedField{at("filters", *rewrite) + ".urlRewrite",
                            "URLRewrite cannot be together with RequestRedirect in one rule", true};
  }
  if (redirect && !rule.backend_refs.empty()) {
    return UnsupportedField{at("filters", *redirect) + ".requestRedirect",
                            "RequestRedirect cannot be together with backendRefs in one rule", true};
  }
  for (std::size_t i = 0; i < rule.backend_refs.size(); ++i) {
    const auto& filters = rule.backend_refs[i].filters;
    const std::string list = at("backendRefs", i) + ".filters";
    if (const auto misplaced = position(filters, "RequestRedirect")) {
      return UnsupportedField{at(list, *misplaced) + ".requestRedirect",
                              "RequestRedirect has no meaning on a backendRef: a request that reached it was forwarded",
                              true};
    }
    const auto second = position(filters, "URLRewrite");
    if (rewrite && second) {
      return UnsupportedField{at(list, *second) + ".urlRewrite",
                              "URLRewrite cannot be both on the rule and on its backendRef", true};
    }
  }
  return std::nullopt;
}

}  // namespace

bool carries_out(std::string_view route_kind) {
  return in(kRouteKinds, route_kind);
}

bool speaks(std::string_view app_protocol) {
  return !in(kForeignProtocols, app_protocol);
}

std::optional<UnsupportedField> first_unsupported(const api::HttpRouteRule& rule) {
  for (std::size_t i = 0; i < rule.matches.size(); ++i) {
    if (auto refused = check_match(at("matches", i), rule.matches[i])) return refused;
  }
  if (auto refused = check_filters("filters", rule.filters)) return refused;
  for (std::size_t i = 0; i < rule.backend_refs.size(); ++i) {
    if (auto refused = check_filters(at("backendRefs", i) + ".filters", rule.backend_refs[i].filters)) return refused;
  }
  if (auto refused = check_combination(rule)) return refused;
  if (rule.retry) return UnsupportedField{"retry", "retry is " + std::string(kUnsupported)};
  if (rule.session_persistence) {
    return UnsupportedField{"sessionPersistence", "sessionPersistence is " + std::string(kUnsupported)};
  }
  return std::nullopt;
}

std::optional<UnsupportedField> first_unsupported(const api::GrpcRouteRule& rule) {
  for (std::size_t i = 0; i < rule.matches.size(); ++i) {
    if (auto refused = check_match(at("matches", i), rule.matches[i])) return refused;
  }
  if (auto refused = check_filters("filters", rule.filters)) return refused;
  for (std::size_t i = 0; i < rule.backend_refs.size(); ++i) {
    if (auto refused = check_filters(at("backendRefs", i) + ".filters", rule.backend_refs[i].filters)) return refused;
  }
  if (rule.session_persistence) {
    return UnsupportedField{"sessionPersistence", "sessionPersistence is " + std::string(kUnsupported)};
  }
  return std::nullopt;
}

std::optional<std::string> unknown_tls_option(const api::ListenerTls& tls) {
  for (const auto& [key, value] : tls.options) {
    const auto slash = key.find('/');
    if (slash == std::string::npos || key.starts_with("sluice.dev/")) return key;
  }
  return std::nullopt;
}

}  // namespace sluice::attach
