#include "controller/compile/http_rule.h"

#include "controller/compile/duration.h"
#include "controller/compile/http_filter.h"
#include "controller/compile/route_spec.h"

namespace sluice::compile {
namespace {

template <class Rule>
constexpr bool kIsHttp = std::is_same_v<Rule, api::HttpRouteRule>;

/// Calls `visit` with the rule of an HTTPRoute or GRPCRoute; not at all for another kind.
template <class Visitor>
void visit_rule(const attach::RouteResult& route, std::size_t rule, Visitor&& visit) {
  std::visit(
      [&](const auto& object) {
        if constexpr (requires { object->spec.rules[rule].matches; }) {
          if (rule < object->spec.rules.size()) visit(object->spec.rules[rule]);
        }
      },
      route.route);
}

/// Takes what it can; the path of the first that it cannot goes to action.unsupported.
template <class Filters>
void compile_filters(const std::vector<api::RouteFilter>& in, const std::string& path, Filters& out,
                     model::v1::HttpAction& action) {
  for (std::size_t i = 0; i < in.size(); ++i) {
    model::v1::HttpFilter filter;
    if (compile_filter(in[i], filter)) {
      *out.Add() = std::move(filter);
    } else if (action.unsupported().empty()) {
      action.set_unsupported(path + ".filters[" + std::to_string(i) + "]." + filter_field(in[i]));
    }
  }
}

void compile_timeouts(const api::HttpRouteTimeouts& timeouts, const std::string& path, model::v1::HttpAction& action) {
  const auto request = parse_duration_ms(timeouts.request.value_or("0s"));
  const auto backend_request = parse_duration_ms(timeouts.backend_request.value_or("0s"));
  if (action.unsupported().empty() && !request) action.set_unsupported(path + ".timeouts.request");
  if (action.unsupported().empty() && !backend_request) action.set_unsupported(path + ".timeouts.backendRequest");
  action.set_request_timeout_ms(request.value_or(0));
  action.set_backend_request_timeout_ms(backend_request.value_or(0));
}

}  // namespace

std::size_t http_rule_count(const attach::RouteResult& route) {
  return std::visit(
      [](const auto& object) -> std::size_t {
        if constexpr (requires { object->spec.rules[0].matches; }) return object->spec.rules.size();
        return 0;
      },
      route.route);
}

std::vector<CompiledMatch> compile_matches(const attach::RouteResult& route, std::size_t rule) {
  std::vector<CompiledMatch> matches;
  visit_rule(route, rule, [&]<class Rule>(const Rule& spec) {
    for (const auto& match : spec.matches) matches.push_back(compile_match(match));
    if (!matches.empty()) return;
    if constexpr (kIsHttp<Rule>) {
      matches.push_back(compile_match(api::HttpRouteMatch{}));
    } else {
      matches.push_back(compile_match(api::GrpcRouteMatch{}));
    }
  });
  return matches;
}

model::v1::HttpAction compile_action(const attach::RouteResult& route, std::size_t rule, BackendUses& uses) {
  model::v1::HttpAction action;
  *action.mutable_route() = rule_ref(route, rule);
  action.set_rule(static_cast<std::uint32_t>(rule));
  if (rule < route.rules.size()) action.set_unsupported(route.rules[rule].unsupported);
  auto backends = weighted_backends(route, rule, uses);
  const std::string path = "spec.rules[" + std::to_string(rule) + "]";
  visit_rule(route, rule, [&]<class Rule>(const Rule& spec) {
    compile_filters(spec.filters, path, *action.mutable_filters(), action);
    for (std::size_t i = 0; i < backends.size() && i < spec.backend_refs.size(); ++i) {
      compile_filters(spec.backend_refs[i].filters, path + ".backendRefs[" + std::to_string(i) + "]",
                      *backends[i].mutable_filters(), action);
    }
    if (spec.session_persistence && action.unsupported().empty()) action.set_unsupported(path + ".sessionPersistence");
    if constexpr (kIsHttp<Rule>) {
      if (spec.retry && action.unsupported().empty()) action.set_unsupported(path + ".retry");
      if (spec.timeouts) compile_timeouts(*spec.timeouts, path, action);
    } else {
      action.set_grpc(true);
    }
  });
  for (auto& backend : backends) *action.add_backends() = std::move(backend);
  return action;
}

}  // namespace sluice::compile
