#include "controller/attach/gateway.h"

namespace sluice::attach {
namespace {

Condition accepted(const ListenerFacts& facts, const Neighbourhood& neighbourhood) {
  const ConditionType type = ConditionType::Accepted;
  if (!facts.not_accepted.empty()) return refused(type, facts.not_accepted);
  if (neighbourhood.conflict) {
    return {type, ConditionStatus::False, neighbourhood.conflict->reason, neighbourhood.conflict->message};
  }
  return {type, ConditionStatus::True, ConditionReason::Accepted, "accepted"};
}

Condition conflicted(const Neighbourhood& neighbourhood) {
  const ConditionType type = ConditionType::Conflicted;
  if (!neighbourhood.conflict) return {type, ConditionStatus::False, ConditionReason::NoConflicts, "distinct"};
  return {type, ConditionStatus::True, neighbourhood.conflict->reason, neighbourhood.conflict->message};
}

Condition resolved(const ListenerFacts& facts) {
  const ConditionType type = ConditionType::ResolvedRefs;
  if (!facts.unresolved.empty()) return refused(type, facts.unresolved);
  return {type, ConditionStatus::True, ConditionReason::ResolvedRefs, "all references resolve"};
}

}  // namespace

ListenerResult finish(const api::ObjectRef& owner, const api::ObjectRef& gateway, const ListenerFacts& facts,
                      const Neighbourhood& neighbourhood, bool owner_accepted) {
  ListenerResult result{.id = {owner, facts.listener->name},
                        .gateway = gateway,
                        .listener = facts.listener,
                        .protocol = facts.protocol,
                        .hostname = facts.hostname,
                        .passthrough = facts.passthrough,
                        .serves = owner_accepted && facts.can_serve() && !neighbourhood.conflict,
                        .certificates = facts.certificates,
                        .supported_kinds = facts.supported_kinds};
  set_condition(result.conditions, accepted(facts, neighbourhood));
  set_condition(result.conditions, conflicted(neighbourhood));
  set_condition(result.conditions, resolved(facts));
  if (neighbourhood.overlap) {
    set_condition(result.conditions, {ConditionType::OverlappingTLSConfig, ConditionStatus::True,
                                      neighbourhood.overlap->reason, neighbourhood.overlap->message});
  }
  result.conditions.shrink_to_fit();
  return result;
}

ListenerCount count(const api::ObjectRef& owner, std::span<const ListenerFacts> listeners,
                    const std::map<ListenerId, Neighbourhood>& neighbours) {
  ListenerCount count;
  for (const ListenerFacts& facts : listeners) {
    const auto found = neighbours.find({owner, facts.listener->name});
    const bool conflict = found != neighbours.end() && found->second.conflict;
    const bool accepted = facts.not_accepted.empty() && !conflict;
    count.accepted += accepted ? 1 : 0;
    count.serving += facts.can_serve() && !conflict ? 1 : 0;
    if (!accepted) count.others += (count.others.empty() ? "" : ", ") + facts.listener->name;
  }
  return count;
}

}  // namespace sluice::attach
