#include "controller/attach/backend_tls_policy.h"

#include <algorithm>

#include "controller/attach/backend_ref.h"
#include "controller/attach/capability.h"
#include "controller/attach/reference_grant.h"

namespace sluice::attach {
namespace {

api::ObjectRef ref_of(const api::BackendTlsPolicy& policy) {
  return {std::string(api::BackendTlsPolicy::kKind), policy.metadata.namespace_, policy.metadata.name};
}

std::string item(const std::string& list, std::size_t index) {
  return list + "[" + std::to_string(index) + "]";
}

bool targets_service(const api::PolicyTargetReference& target) {
  return target.group.empty() && target.kind == api::Service::kKind;
}

bool same_target(const api::PolicyTargetReference& one, const api::PolicyTargetReference& other) {
  return one.group == other.group && one.kind == other.kind && one.name == other.name &&
         one.section_name.value_or("") == other.section_name.value_or("");
}

/// The older one takes precedence, then the one whose name comes first (BackendTLSPolicySpec.targetRefs).
const api::BackendTlsPolicy* winner_before(const api::BackendTlsPolicy& policy,
                                           const api::PolicyTargetReference& target,
                                           std::span<const api::BackendTlsPolicy* const> rivals) {
  for (const auto* rival : rivals) {
    if (age_of(rival->metadata) >= age_of(policy.metadata)) continue;
    if (std::ranges::any_of(rival->spec.target_refs, [&](const auto& t) { return same_target(t, target); })) {
      return rival;
    }
  }
  return nullptr;
}

std::optional<Refusal> check_target(const World& world, const api::BackendTlsPolicy& policy, std::size_t index,
                                    std::span<const api::BackendTlsPolicy* const> rivals) {
  const auto& target = policy.spec.target_refs[index];
  const std::string field = item("spec.targetRefs", index);
  const auto refuse = [&](const std::string& below, ConditionReason reason, std::string found) {
    return Refusal{ref_of(policy), field + below, reason, std::move(found)};
  };
  if (!targets_service(target)) {
    return refuse(".kind", ConditionReason::Invalid, target.kind + "; only Service is supported");
  }
  const std::string name = "Service " + policy.metadata.namespace_ + "/" + target.name;
  const auto service = world.objects.services.find({policy.metadata.namespace_, target.name});
  if (service == world.objects.services.end()) {
    return refuse("", ConditionReason::TargetNotFound, name + " does not exist");
  }
  const auto& ports = service->second->spec.ports;
  if (target.section_name && std::ranges::find(ports, *target.section_name, &api::ServicePort::name) == ports.end()) {
    return refuse(".sectionName", ConditionReason::TargetNotFound,
                  *target.section_name + "; " + name + " has no port of that name");
  }
  if (const auto* winner = winner_before(policy, target, rivals)) {
    return refuse("", ConditionReason::Conflicted,
                  name + "; " + to_string(ref_of(*winner)) + " targets it too, and takes precedence");
  }
  return std::nullopt;
}

std::optional<Refusal> check_ca(const World& world, const api::BackendTlsPolicy& policy, std::size_t index) {
  const auto& ref = policy.spec.validation.ca_certificate_refs[index];
  const auto refuse = [&](ConditionReason reason, std::string found) {
    return Refusal{ref_of(policy), item("spec.validation.caCertificateRefs", index), reason, std::move(found)};
  };
  if (!ref.group.empty() || ref.kind != api::ConfigMap::kKind) {
    return refuse(ConditionReason::InvalidKind, ref.kind + " " + ref.name + "; only ConfigMap is supported");
  }
  const std::string name = "ConfigMap " + policy.metadata.namespace_ + "/" + ref.name;
  const auto found = world.objects.config_maps.find({policy.metadata.namespace_, ref.name});
  if (found == world.objects.config_maps.end()) {
    return refuse(ConditionReason::InvalidCACertificateRef, name + " does not exist");
  }
  if (auto wrong = check_ca_bundle(*found->second); !wrong.empty()) {
    return refuse(ConditionReason::InvalidCACertificateRef, name + ": " + wrong);
  }
  return std::nullopt;
}

/// What makes the whole policy void, its targets apart.
std::optional<Refusal> check_validation(const api::BackendTlsPolicy& policy, std::size_t invalid_cas) {
  const auto& validation = policy.spec.validation;
  const auto refuse = [&](const std::string& field, ConditionReason reason, std::string found) {
    return Refusal{ref_of(policy), field, reason, std::move(found)};
  };
  const auto& refs = validation.ca_certificate_refs;
  if (!refs.empty() && invalid_cas == refs.size()) {
    return refuse("spec.validation.caCertificateRefs", ConditionReason::NoValidCACertificate, "none of them is valid");
  }
  if (refs.empty() && validation.well_known_ca_certificates.value_or("") != "System") {
    return refuse("spec.validation.wellKnownCACertificates", ConditionReason::Invalid,
                  validation.well_known_ca_certificates.value_or("missing") + "; only System is known");
  }
  if (!kBackendTls) {
    return refuse("spec.validation", ConditionReason::Invalid,
                  "BackendTLSPolicy is " + std::string(kUnsupported) +
                      "; requests to its Services are refused, never sent in clear");
  }
  return std::nullopt;
}

}  // namespace

std::vector<api::NamespacedName> services_of(const api::BackendTlsPolicy& policy) {
  std::set<api::NamespacedName> services;
  for (const auto& target : policy.spec.target_refs) {
    if (targets_service(target)) services.insert({policy.metadata.namespace_, target.name});
  }
  return {services.begin(), services.end()};
}

std::vector<api::ObjectRef> dependencies(const api::BackendTlsPolicy& policy) {
  std::vector<api::ObjectRef> on;
  for (const auto& service : services_of(policy)) {
    on.push_back({std::string(api::Service::kKind), service.namespace_, service.name});
  }
  for (const auto& ref : policy.spec.validation.ca_certificate_refs) {
    on.push_back({std::string(api::ConfigMap::kKind), policy.metadata.namespace_, ref.name});
  }
  return on;
}

Conditions judge(const World& world, const api::BackendTlsPolicy& policy,
                 std::span<const api::BackendTlsPolicy* const> rivals) {
  std::vector<Refusal> targets;
  for (std::size_t i = 0; i < policy.spec.target_refs.size(); ++i) {
    if (auto refusal = check_target(world, policy, i, rivals)) targets.push_back(*std::move(refusal));
  }
  std::vector<Refusal> unresolved;
  for (std::size_t i = 0; i < policy.spec.validation.ca_certificate_refs.size(); ++i) {
    if (auto refusal = check_ca(world, policy, i)) unresolved.push_back(*std::move(refusal));
  }
  const auto invalid = check_validation(policy, unresolved.size());

  Condition accepted{ConditionType::Accepted, ConditionStatus::True, ConditionReason::Accepted, "accepted"};
  if (!targets.empty() && targets.size() == policy.spec.target_refs.size()) {
    accepted = refused(ConditionType::Accepted, targets);
  } else if (invalid) {
    accepted = refused(ConditionType::Accepted, *invalid);
  } else if (!targets.empty()) {
    accepted.message = "without effect on some: " + refused(ConditionType::Accepted, targets).message;
  }
  Conditions conditions;
  set_condition(conditions, std::move(accepted));
  set_condition(conditions, unresolved.empty() ? Condition{ConditionType::ResolvedRefs, ConditionStatus::True,
                                                           ConditionReason::ResolvedRefs, "all references resolve"}
                                               : refused(ConditionType::ResolvedRefs, unresolved));
  return conditions;
}

bool reaches(const World& world, const RouteResult& route, const api::NamespacedName& service) {
  if (route.ref.kind == api::TcpRoute::kKind || route.ref.kind == api::UdpRoute::kKind) return false;
  bool named = false;
  each_target(route.route, [&](const auto& ref) {
    named = named || (is_service(ref) && ref.name == service.name &&
                      ref.namespace_.value_or(route.ref.namespace_) == service.namespace_);
  });
  return named && permitted(world.objects, route.ref, {"", api::Service::kKind, service.namespace_, service.name});
}

}  // namespace sluice::attach
