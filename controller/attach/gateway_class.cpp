#include <string>

#include "controller/attach/gateway.h"
#include "controller/attach/parameters.h"

namespace sluice::attach {
namespace {

/// object  nullptr: the class that exists without one.
Condition accepted(const api::ObjectSet& objects, const api::ObjectRef& ref, const api::GatewayClass* object) {
  if (object != nullptr && object->spec.parameters_ref) {
    const auto found = find_parameters(objects, ref, *object->spec.parameters_ref);
    if (!found) return refused(ConditionType::Accepted, found.error());
  }
  return {ConditionType::Accepted, ConditionStatus::True, ConditionReason::Accepted, "accepted"};
}

}  // namespace

std::optional<GatewayClassResult> find_class(const World& world, const std::string& name) {
  GatewayClassResult result{.ref = {std::string(api::GatewayClass::kKind), "", name}};
  const auto found = world.objects.gateway_classes.find({"", name});
  if (found == world.objects.gateway_classes.end()) {
    if (name.empty() || name != world.options.gateway_class) return std::nullopt;
  } else if (found->second->spec.controller_name != kControllerName) {
    return std::nullopt;
  } else {
    result.gateway_class = found->second;
  }
  set_condition(result.conditions, accepted(world.objects, result.ref, result.gateway_class.get()));
  set_condition(result.conditions, {ConditionType::SupportedVersion, ConditionStatus::True,
                                    ConditionReason::SupportedVersion, "Gateway API v1.7.0"});
  result.accepted = is_true(result.conditions, ConditionType::Accepted);
  return result;
}

bool is_ours(const api::ObjectSet& objects, const AttachOptions& options, const api::Gateway& gateway) {
  const std::string& name = gateway.spec.gateway_class_name;
  const auto found = objects.gateway_classes.find({"", name});
  if (found == objects.gateway_classes.end()) return name == options.gateway_class;
  return found->second->spec.controller_name == kControllerName;
}

}  // namespace sluice::attach
