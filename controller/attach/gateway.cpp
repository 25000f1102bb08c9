#include "controller/attach/gateway.h"

#include "controller/attach/frontend_tls.h"
#include "controller/attach/parameters.h"
#include "controller/attach/reference_grant.h"

namespace sluice::attach {
namespace {

api::ObjectRef ref_of(const api::Gateway& gateway) {
  return {std::string(api::Gateway::kKind), gateway.metadata.namespace_, gateway.metadata.name};
}

std::optional<Refusal> reject(const api::ObjectSet& objects, const api::ObjectRef& ref, const api::Gateway& gateway,
                              const GatewayClassResult& gateway_class, const AddressPlan& plan) {
  if (!gateway_class.accepted) {
    return Refusal{ref, "spec.gatewayClassName", ConditionReason::InvalidParameters,
                   "GatewayClass " + gateway_class.ref.name + " is not accepted"};
  }
  if (gateway.spec.infrastructure && gateway.spec.infrastructure->parameters_ref) {
    const auto found = find_parameters(objects, ref, *gateway.spec.infrastructure->parameters_ref);
    if (!found) return found.error();
  }
  return plan.unsupported;
}

std::optional<Refusal> check_client_certificate(const World& world, const api::ObjectRef& ref,
                                                const api::Gateway& gateway) {
  const auto& tls = gateway.spec.tls;
  if (!tls || !tls->backend || !tls->backend->client_certificate_ref) return std::nullopt;
  const auto& wanted = *tls->backend->client_certificate_ref;
  const api::NamespacedName name{wanted.namespace_.value_or(ref.namespace_), wanted.name};
  const auto refuse = [&](ConditionReason reason, std::string found) {
    return Refusal{ref, "spec.tls.backend.clientCertificateRef", reason, std::move(found)};
  };
  if (!wanted.group.empty() || wanted.kind != api::Secret::kKind) {
    return refuse(ConditionReason::InvalidClientCertificateRef,
                  wanted.kind + " " + wanted.name + "; only Secret is supported");
  }
  const std::string target = "Secret " + name.namespace_ + "/" + name.name;
  if (!permitted(world.objects, ref, {"", api::Secret::kKind, name.namespace_, name.name})) {
    return refuse(ConditionReason::RefNotPermitted,
                  target + "; no ReferenceGrant in " + name.namespace_ + " permits it");
  }
  const auto secret = world.objects.secrets.find(name);
  if (secret == world.objects.secrets.end()) {
    return refuse(ConditionReason::InvalidClientCertificateRef, target + " does not exist");
  }
  const auto& check = world.certificates.check(name, secret->second);
  if (!check) return refuse(ConditionReason::InvalidClientCertificateRef, target + ": " + check.error());
  return std::nullopt;
}

Condition accepted(const GatewayFacts& facts, const ListenerCount& count) {
  const ConditionType type = ConditionType::Accepted;
  if (facts.rejected) return refused(type, *facts.rejected);
  if (count.accepted == facts.listeners.size() && count.accepted > 0) {
    return {type, ConditionStatus::True, ConditionReason::Accepted, "accepted"};
  }
  if (count.accepted > 0) {
    return {type, ConditionStatus::True, ConditionReason::ListenersNotValid,
            "not accepted: " + count.others + "; the others are"};
  }
  return {type, ConditionStatus::False, ConditionReason::ListenersNotValid,
          facts.listeners.empty() ? "spec.listeners is empty" : "no listener is accepted: " + count.others};
}

Condition resolved(const GatewayFacts& facts) {
  const ConditionType type = ConditionType::ResolvedRefs;
  if (facts.client_certificate) return refused(type, *facts.client_certificate);
  std::string names;
  for (const ListenerFacts& listener : facts.listeners) {
    if (!listener.unresolved.empty()) names += (names.empty() ? "" : ", ") + listener.listener->name;
  }
  if (names.empty()) return {type, ConditionStatus::True, ConditionReason::ResolvedRefs, "all references resolve"};
  return {type, ConditionStatus::False, ConditionReason::ListenersNotResolved,
          "listeners with unresolved references: " + names};
}

}  // namespace

std::optional<GatewayFacts> examine(const World& world, std::shared_ptr<const api::Gateway> gateway) {
  const auto gateway_class = find_class(world, gateway->spec.gateway_class_name);
  if (!gateway_class) return std::nullopt;
  const api::ObjectRef ref = ref_of(*gateway);
  GatewayFacts facts;
  facts.gateway = gateway;
  facts.plan = plan_addresses(ref, gateway->spec, world.options);
  facts.prefers_local = prefers_local(parameters_of(world.objects, *gateway));
  facts.rejected = reject(world.objects, ref, *gateway, *gateway_class, facts.plan);
  // A Gateway that is rejected is in nobody's way; its own listeners may be in each other's.
  std::vector<std::string> places = facts.rejected ? std::vector<std::string>{} : facts.plan.addresses;
  if (places.empty()) places.push_back(api::to_string(ref));
  facts.places = std::make_shared<const std::vector<std::string>>(std::move(places));
  facts.client_certificate = check_client_certificate(world, ref, *gateway);
  const ListenerContext context{world.objects, world.certificates, ref, *gateway};
  for (std::size_t i = 0; i < gateway->spec.listeners.size(); ++i) {
    facts.listeners.push_back(
        examine(context, std::shared_ptr<const api::Listener>(gateway, &gateway->spec.listeners[i]), i));
  }
  return facts;
}

std::vector<api::ObjectRef> dependencies(const World& world, const api::Gateway& gateway) {
  const api::ObjectRef ref = ref_of(gateway);
  std::vector<api::ObjectRef> on = client_validation_dependencies(ref, gateway.spec);
  on.push_back({std::string(api::GatewayClass::kKind), "", gateway.spec.gateway_class_name});
  if (auto parameters = parameters_dependency(gateway)) on.push_back(*std::move(parameters));
  const auto gateway_class = world.objects.gateway_classes.find({"", gateway.spec.gateway_class_name});
  if (gateway_class != world.objects.gateway_classes.end()) {
    // Whether the class is accepted depends on them.
    if (auto its = parameters_dependency(gateway_class->second->spec.parameters_ref)) on.push_back(*std::move(its));
  }
  if (gateway.spec.tls && gateway.spec.tls->backend && gateway.spec.tls->backend->client_certificate_ref) {
    const auto& wanted = *gateway.spec.tls->backend->client_certificate_ref;
    on.push_back({std::string(api::Secret::kKind), wanted.namespace_.value_or(ref.namespace_), wanted.name});
    on.push_back({std::string(api::ReferenceGrant::kKind), wanted.namespace_.value_or(ref.namespace_), ""});
  }
  for (const api::Listener& listener : gateway.spec.listeners) {
    const auto more = dependencies(ref, listener);
    on.insert(on.end(), more.begin(), more.end());
  }
  return on;
}

GatewayResult finish(const GatewayFacts& facts, const std::map<ListenerId, Neighbourhood>& neighbours) {
  GatewayResult result{.ref = ref_of(*facts.gateway), .gateway = facts.gateway, .addresses = facts.plan.addresses};
  set_condition(result.conditions, accepted(facts, count(result.ref, facts.listeners, neighbours)));
  set_condition(result.conditions, resolved(facts));
  set_condition(result.conditions, facts.plan.assigned);
  if (falls_back(*facts.gateway)) {
    set_condition(result.conditions,
                  {ConditionType::InsecureFrontendValidationMode, ConditionStatus::True,
                   ConditionReason::ConfigurationChanged, "spec.tls.frontend has mode AllowInsecureFallback"});
  }
  result.accepted = is_true(result.conditions, ConditionType::Accepted);
  result.prefers_local = facts.prefers_local;
  return result;
}

}  // namespace sluice::attach
