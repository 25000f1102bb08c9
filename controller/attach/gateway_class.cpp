#include <string>

#include "controller/attach/gateway.h"

namespace sluice::attach {
namespace {

/// object  nullptr: the class that exists without one.
Condition accepted(const api::ObjectRef& ref, const api::GatewayClass* object) {
  if (object == nullptr || !object->spec.parameters_ref) {
    return {ConditionType::Accepted, ConditionStatus::True, ConditionReason::Accepted, "accepted"};
  }
  const auto& parameters = *object->spec.parameters_ref;
  const std::string kind = parameters.group.empty() ? parameters.kind : parameters.kind + "." + parameters.group;
  return refused(ConditionType::Accepted,
                 Refusal{ref, "spec.parametersRef", ConditionReason::InvalidParameters,
                         kind + " " + parameters.name + "; no kind of parameters is supported by this build"});
}

}  // namespace

std::optional<GatewayClassResult> find_class(const World& world, const std::string& name) {
  GatewayClassResult result{.ref = {std::string(api::GatewayClass::kKind), "", name}};
  const auto found = world.objects.gateway_classes.find({"", name});
  if (found == world.objects.gateway_classes.end()) {
    if (name != world.options.gateway_class) return std::nullopt;
  } else if (found->second->spec.controller_name != kControllerName) {
    return std::nullopt;
  } else {
    result.gateway_class = found->second;
  }
  set_condition(result.conditions, accepted(result.ref, result.gateway_class.get()));
  set_condition(result.conditions, {ConditionType::SupportedVersion, ConditionStatus::True,
                                    ConditionReason::SupportedVersion, "Gateway API v1.7.0"});
  result.accepted = is_true(result.conditions, ConditionType::Accepted);
  return result;
}

}  // namespace sluice::attach
