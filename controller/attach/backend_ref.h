// Where a backendRef leads: the Service port, or why nowhere. Every kind of route, and the filters that name backends
// (Gateway API v1.7.0, BackendObjectReference; GEP-709).
#pragma once

#include "controller/attach/route.h"

namespace sluice::attach {

/// Of BackendRef and BackendObjectReference, which have the same fields.
template <class Ref>
bool is_service(const Ref& ref) {
  return ref.group.empty() && ref.kind == api::Service::kKind;
}

/// Calls visit with every reference to a backend: of rules, and of the filters of rules and backendRefs.
template <class Visit>
void each_target(const RoutePtr& route, Visit&& visit);

/// The refusal's field is relative to the reference (".port", or empty). The grant is asked for before the Service is
/// looked for: the answer tells nothing about another's namespace.
std::expected<ResolvedBackend, Refusal> resolve(const World& world, const api::ObjectRef& route,
                                                const api::BackendRef& ref);
std::expected<ResolvedBackend, Refusal> resolve(const World& world, const api::ObjectRef& route,
                                                const api::BackendObjectReference& ref);

template <class Visit>
void each_filter_target(const std::vector<api::RouteFilter>& filters, Visit&& visit) {
  for (const auto& filter : filters) {
    if (filter.request_mirror) visit(filter.request_mirror->backend_ref);
    if (filter.external_auth) visit(filter.external_auth->backend_ref);
  }
}

template <class Visit>
void each_target(const RoutePtr& route, Visit&& visit) {
  const auto of_rules = [&](const auto& object) {
    for (const auto& rule : object->spec.rules) {
      if constexpr (requires { rule.filters; }) each_filter_target(rule.filters, visit);
      for (const auto& ref : rule.backend_refs) {
        visit(ref);
        each_filter_target(ref.filters, visit);
      }
    }
  };
  std::visit(of_rules, route);
}

}  // namespace sluice::attach
