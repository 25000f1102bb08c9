#include "controller/attach/route.h"

#include <algorithm>
#include <array>

#include "controller/attach/backend_ref.h"
#include "controller/attach/dependency.h"
#include "controller/attach/parent.h"
#include "controller/attach/rule.h"

namespace sluice::attach {
namespace {

template <class Route>
std::optional<RoutePtr> find(const api::Objects<Route>& routes, const api::ObjectRef& ref) {
  const auto found = routes.find({ref.namespace_, ref.name});
  if (found == routes.end()) return std::nullopt;
  return RoutePtr(found->second);
}

/// What holds for the route with every parent.
struct RouteFindings {
  Condition resolved;
  std::vector<Refusal> unsupported;  ///< one for each rule that is not carried out
  bool some_rule_serves = false;
};

Condition resolved(const std::vector<Refusal>& unresolved) {
  if (!unresolved.empty()) return refused(ConditionType::ResolvedRefs, unresolved);
  return {ConditionType::ResolvedRefs, ConditionStatus::True, ConditionReason::ResolvedRefs, "all references resolve"};
}

/// Accepted and PartiallyInvalid of a parent that takes the route (RouteConditionPartiallyInvalid: the message of
/// dropped rules begins with "Dropped Rule"; it stands beside Accepted=True alone).
void judge_rules(const RouteFindings& findings, Conditions& conditions) {
  if (findings.unsupported.empty()) return;
  if (!findings.some_rule_serves) {
    set_condition(conditions, refused(ConditionType::Accepted, findings.unsupported));
    return;
  }
  Condition partly = refused(ConditionType::PartiallyInvalid, findings.unsupported);
  partly.status = ConditionStatus::True;
  partly.reason = ConditionReason::UnsupportedValue;
  partly.message = "Dropped Rule, answered with an error: " + partly.message;
  set_condition(conditions, std::move(partly));
}

/// A parent that the route names, and the field that names it.
struct Wanted {
  api::ParentReference ref;
  std::string field;
};

/// Those of parentRefs, then the default Gateways that it does not name by itself (GEP-3793).
std::vector<Wanted> parents_wanted(const Facts& facts, const api::ObjectRef& ref, const RoutePtr& route) {
  std::vector<Wanted> wanted;
  std::set<api::ObjectRef> named;
  for (const auto& parent_ref : parent_refs_of(route)) {
    wanted.push_back({parent_ref, "spec.parentRefs[" + std::to_string(wanted.size()) + "]"});
    if (auto parent = parent_of(parent_ref, ref.namespace_)) named.insert(*std::move(parent));
  }
  if (!uses_default_gateways(route)) return wanted;
  for (const auto& gateway : facts.default_gateways) {
    if (named.contains({std::string(api::Gateway::kKind), gateway.namespace_, gateway.name})) continue;
    api::ParentReference parent_ref;
    parent_ref.namespace_ = gateway.namespace_;
    parent_ref.name = gateway.name;
    wanted.push_back({std::move(parent_ref), "spec.useDefaultGateways"});
  }
  return wanted;
}

}  // namespace

bool is_route(std::string_view kind) {
  static constexpr std::array kKinds = {api::HttpRoute::kKind, api::GrpcRoute::kKind, api::TcpRoute::kKind,
                                        api::UdpRoute::kKind, api::TlsRoute::kKind};
  return std::ranges::find(kKinds, kind) != kKinds.end();
}

std::optional<RoutePtr> find_route(const api::ObjectSet& objects, const api::ObjectRef& ref) {
  if (ref.kind == api::HttpRoute::kKind) return find(objects.http_routes, ref);
  if (ref.kind == api::GrpcRoute::kKind) return find(objects.grpc_routes, ref);
  if (ref.kind == api::TcpRoute::kKind) return find(objects.tcp_routes, ref);
  if (ref.kind == api::UdpRoute::kKind) return find(objects.udp_routes, ref);
  if (ref.kind == api::TlsRoute::kKind) return find(objects.tls_routes, ref);
  return std::nullopt;
}

const api::ObjectMeta& metadata_of(const RoutePtr& route) {
  return std::visit([](const auto& object) -> const api::ObjectMeta& { return object->metadata; }, route);
}

std::span<const api::ParentReference> parent_refs_of(const RoutePtr& route) {
  return std::visit([](const auto& object) { return std::span(object->spec.parent_refs); }, route);
}

std::span<const std::string> hostnames_of(const RoutePtr& route) {
  return std::visit(
      [](const auto& object) -> std::span<const std::string> {
        if constexpr (requires { object->spec.hostnames; }) return object->spec.hostnames;
        return {};
      },
      route);
}

std::size_t rule_count(const RoutePtr& route) {
  return std::visit([](const auto& object) { return object->spec.rules.size(); }, route);
}

bool uses_default_gateways(const RoutePtr& route) {
  return std::visit([](const auto& object) { return object->spec.use_default_gateways == kScopeAll; }, route);
}

RouteResult attach_route(const World& world, const Facts& facts, const api::ObjectRef& ref, RoutePtr route) {
  RouteResult result{
      .ref = ref, .creation_timestamp = metadata_of(route).creation_timestamp, .route = std::move(route)};
  RouteFindings findings;
  std::vector<Refusal> unresolved;
  for (std::size_t i = 0; i < rule_count(result.route); ++i) {
    RuleFindings rule = examine_rule(world, ref, result.route, i);
    std::ranges::move(rule.unresolved, std::back_inserter(unresolved));
    findings.some_rule_serves = findings.some_rule_serves || !rule.unsupported;
    if (rule.unsupported) findings.unsupported.push_back(*std::move(rule.unsupported));
    result.rules.push_back(std::move(rule.result));
  }
  findings.resolved = resolved(unresolved);
  for (const auto& [parent_ref, field] : parents_wanted(facts, ref, result.route)) {
    const auto parent = find_parent(facts, parent_ref, ref.namespace_);
    if (!parent) continue;
    ParentResult attached = attach_to(world, {ref, hostnames_of(result.route), field}, parent_ref, *parent);
    set_condition(attached.conditions, findings.resolved);
    if (is_true(attached.conditions, ConditionType::Accepted)) judge_rules(findings, attached.conditions);
    attached.conditions.shrink_to_fit();
    result.parents.push_back(std::move(attached));
  }
  return result;
}

std::vector<api::ObjectRef> dependencies(const api::ObjectRef& ref, const RoutePtr& route) {
  std::vector<api::ObjectRef> on;
  on.push_back({std::string(api::Namespace::kKind), "", ref.namespace_});
  for (const auto& parent_ref : parent_refs_of(route)) {
    if (auto parent = parent_of(parent_ref, ref.namespace_)) on.push_back(*std::move(parent));
  }
  if (uses_default_gateways(route)) on.push_back(default_gateways());
  each_target(route, [&](const auto& target) {
    if (!is_service(target)) return;
    const std::string namespace_ = target.namespace_.value_or(ref.namespace_);
    on.push_back({std::string(api::Service::kKind), namespace_, target.name});
    if (namespace_ != ref.namespace_) on.push_back(grants_of(namespace_));
  });
  return on;
}

}  // namespace sluice::attach
