#include "controller/attach/listener_set.h"

#include "controller/attach/namespace.h"
#include "controller/attach/protocol.h"

namespace sluice::attach {
namespace {

api::ObjectRef ref_of(const api::ListenerSet& listener_set) {
  return {std::string(api::ListenerSet::kKind), listener_set.metadata.namespace_, listener_set.metadata.name};
}

std::optional<Refusal> check_allowed(const World& world, const api::ObjectRef& ref, const api::Gateway& parent) {
  const auto& allowed = parent.spec.allowed_listeners;
  const std::string from = allowed && allowed->namespaces ? allowed->namespaces->from.value_or("None") : "None";
  const std::string gateway = "Gateway " + parent.metadata.namespace_ + "/" + parent.metadata.name;
  if (from != "None" &&
      selects_namespace(world.objects, *allowed->namespaces, from, parent.metadata.namespace_, ref.namespace_)) {
    return std::nullopt;
  }
  return Refusal{ref, "spec.parentRef", ConditionReason::NotAllowed,
                 gateway + " takes ListenerSets from " + (from == "None" ? "no namespace" : "namespaces: " + from) +
                     " (spec.allowedListeners)"};
}

Condition accepted(const ListenerSetFacts& facts, bool gateway_accepted, const ListenerCount& count) {
  const ConditionType type = ConditionType::Accepted;
  if (facts.not_allowed) return refused(type, *facts.not_allowed);
  if (!gateway_accepted) {
    return {type, ConditionStatus::False, ConditionReason::ParentNotAccepted,
            "Gateway " + facts.gateway.namespace_ + "/" + facts.gateway.name + " is not accepted"};
  }
  if (count.serving == 0) {
    return {type, ConditionStatus::False, ConditionReason::ListenersNotValid, "no listener is valid"};
  }
  if (count.accepted < facts.listeners.size()) {
    return {type, ConditionStatus::True, ConditionReason::ListenersNotValid,
            "not accepted: " + count.others + "; the others are"};
  }
  return {type, ConditionStatus::True, ConditionReason::Accepted, "accepted"};
}

}  // namespace

std::optional<api::NamespacedName> gateway_of(const api::ListenerSet& listener_set) {
  const auto& parent = listener_set.spec.parent_ref;
  if (parent.group != kGatewayGroup || parent.kind != api::Gateway::kKind) return std::nullopt;
  return api::NamespacedName{parent.namespace_.value_or(listener_set.metadata.namespace_), parent.name};
}

ListenerSetFacts examine(const World& world, std::shared_ptr<const api::ListenerSet> listener_set,
                         const api::Gateway& parent) {
  const api::ObjectRef ref = ref_of(*listener_set);
  ListenerSetFacts facts{.listener_set = listener_set,
                         .gateway = {parent.metadata.namespace_, parent.metadata.name},
                         .not_allowed = check_allowed(world, ref, parent)};
  if (facts.not_allowed) return facts;
  const ListenerContext context{world.objects, world.certificates, ref, parent};
  facts.listeners.reserve(listener_set->spec.listeners.size());
  for (std::size_t i = 0; i < listener_set->spec.listeners.size(); ++i) {
    facts.listeners.push_back(
        examine(context, std::shared_ptr<const api::Listener>(listener_set, &listener_set->spec.listeners[i]), i));
  }
  return facts;
}

std::vector<api::ObjectRef> dependencies(const api::ListenerSet& listener_set) {
  const api::ObjectRef ref = ref_of(listener_set);
  std::vector<api::ObjectRef> on;
  for (const api::Listener& listener : listener_set.spec.listeners) {
    const auto more = dependencies(ref, listener);
    on.insert(on.end(), more.begin(), more.end());
  }
  return on;
}

ListenerSetResult finish(const ListenerSetFacts& facts, bool gateway_accepted,
                         const std::map<ListenerId, Neighbourhood>& neighbours) {
  ListenerSetResult result{.ref = ref_of(*facts.listener_set), .listener_set = facts.listener_set};
  set_condition(result.conditions, accepted(facts, gateway_accepted, count(result.ref, facts.listeners, neighbours)));
  result.accepted = is_true(result.conditions, ConditionType::Accepted);
  result.listeners.reserve(facts.listeners.size());
  for (const auto& listener : facts.listeners) result.listeners.push_back({result.ref, listener.listener->name});
  return result;
}

}  // namespace sluice::attach
