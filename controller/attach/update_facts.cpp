#include <algorithm>

#include "controller/attach/frontend_tls.h"
#include "controller/attach/round.h"

namespace sluice::attach {
namespace {

bool same_names(std::span<const ListenerFacts> one, std::span<const ListenerFacts> other) {
  return std::ranges::equal(
      one, other, {}, [](const auto& facts) -> const auto& { return facts.listener->name; },
      [](const auto& facts) -> const auto& { return facts.listener->name; });
}

Owner owner_of(const api::ObjectRef& ref, const GatewayFacts& gateway) {
  return {ref,
          {.gateway = age_of(gateway.gateway->metadata), .is_set = false, .set = {}},
          gateway.places,
          gateway.listeners};
}

Precedence precedence_of(const GatewayFacts& gateway, const ListenerSetFacts& set) {
  return {.gateway = age_of(gateway.gateway->metadata), .is_set = true, .set = age_of(set.listener_set->metadata)};
}

bool same_place(const GatewayFacts& one, const GatewayFacts& other) {
  return *one.places == *other.places && age_of(one.gateway->metadata) == age_of(other.gateway->metadata);
}

/// Its ListenerSets stand where it stands.
void move_sets(Round& round, const api::NamespacedName& name, const GatewayFacts& gateway) {
  Facts& facts = round.state.facts;
  const auto sets = facts.sets_of.find(name);
  if (sets == facts.sets_of.end()) return;
  for (const auto& set : sets->second) {
    round.state.neighbours.move({std::string(api::ListenerSet::kKind), set.name.namespace_, set.name.name},
                                precedence_of(gateway, facts.listener_sets.at(set.name)), gateway.places);
  }
}

void update_gateway(Round& round, const api::ObjectRef& ref) {
  const api::NamespacedName name{ref.namespace_, ref.name};
  const auto object = round.world.objects.gateways.find(name);
  const bool there = object != round.world.objects.gateways.end();
  round.state.dependencies.set(ref, there ? dependencies(round.world, *object->second) : std::vector<api::ObjectRef>{});
  auto now = there ? examine(round.world, object->second) : std::nullopt;
  auto& known = round.state.facts.gateways;
  const auto before = known.find(name);
  if (before == known.end() && !now) return;

  round.touched_gateways.insert(name);
  const bool appears = before == known.end();
  if (appears || !now) round.dirty.mark(round.state.dependencies.users_of(ref));
  round.state.neighbours.set(ref, now ? std::optional(owner_of(ref, *now)) : std::nullopt);
  if (now && !appears && !same_place(before->second, *now)) move_sets(round, name, *now);
  auto& defaults = round.state.facts.default_gateways;
  const bool was_default = defaults.erase(name) > 0;
  const bool is_default = now && now->gateway->spec.default_scope == kScopeAll;
  if (is_default) defaults.insert(name);
  if (was_default || is_default) round.dirty.mark(round.state.dependencies.users_of(default_gateways()));
  if (now) {
    known.insert_or_assign(name, *std::move(now));
  } else {
    known.erase(before);
  }
}

/// nullopt: its parent is no Gateway of ours.
std::optional<ListenerSetFacts> examine(const Round& round, const std::shared_ptr<const api::ListenerSet>& object) {
  const auto gateway = gateway_of(*object);
  if (!gateway) return std::nullopt;
  const auto parent = round.state.facts.gateways.find(*gateway);
  if (parent == round.state.facts.gateways.end()) return std::nullopt;
  return attach::examine(round.world, object, *parent->second.gateway);
}

std::vector<api::ObjectRef> dependencies_of(const Round& round, const api::ListenerSet& listener_set) {
  std::vector<api::ObjectRef> on = dependencies(listener_set);
  const auto gateway = gateway_of(listener_set);
  if (!gateway) return on;
  const api::ObjectRef ref{std::string(api::Gateway::kKind), gateway->namespace_, gateway->name};
  on.push_back(ref);
  on.push_back({std::string(api::Namespace::kKind), "", listener_set.metadata.namespace_});
  if (const auto parent = round.world.objects.gateways.find(*gateway); parent != round.world.objects.gateways.end()) {
    std::ranges::move(client_validation_dependencies(ref, parent->second->spec), std::back_inserter(on));
  }
  return on;
}

/// Whether it is the same to its Gateway and to routes, its listeners apart.
bool same_standing(const ListenerSetFacts& one, const ListenerSetFacts& other) {
  return one.gateway == other.gateway && one.not_allowed.has_value() == other.not_allowed.has_value() &&
         age_of(one.listener_set->metadata) == age_of(other.listener_set->metadata);
}

void leave(Round& round, const ListenerSetFacts& facts) {
  const auto sets = round.state.facts.sets_of.find(facts.gateway);
  sets->second.erase(age_of(facts.listener_set->metadata));
  if (sets->second.empty()) round.state.facts.sets_of.erase(sets);
  round.touched_gateways.insert(facts.gateway);
}

void enter(Round& round, const ListenerSetFacts& facts) {
  round.state.facts.sets_of[facts.gateway].insert(age_of(facts.listener_set->metadata));
  round.touched_gateways.insert(facts.gateway);
}

Owner owner_of(const Round& round, const api::ObjectRef& ref, const ListenerSetFacts& set) {
  const GatewayFacts& gateway = round.state.facts.gateways.at(set.gateway);
  return {ref, precedence_of(gateway, set), gateway.places, set.listeners};
}

void update_listener_set(Round& round, const api::ObjectRef& ref) {
  const api::NamespacedName name{ref.namespace_, ref.name};
  const auto object = round.world.objects.listener_sets.find(name);
  const bool there = object != round.world.objects.listener_sets.end();
  round.state.dependencies.set(ref, there ? dependencies_of(round, *object->second) : std::vector<api::ObjectRef>{});
  auto now = there ? examine(round, object->second) : std::nullopt;
  Facts& facts = round.state.facts;
  const auto before = facts.listener_sets.find(name);
  const bool appears = before == facts.listener_sets.end();
  if (appears && !now) return;

  round.touched_sets.insert(name);
  round.state.neighbours.set(ref, now ? std::optional(owner_of(round, ref, *now)) : std::nullopt);
  if (appears || !now || !same_standing(before->second, *now)) {
    round.dirty.mark(round.state.dependencies.users_of(ref));
    if (!appears) leave(round, before->second);
    if (now) enter(round, *now);
  } else if (!same_names(before->second.listeners, now->listeners)) {
    round.touched_gateways.insert(now->gateway);
  }
  if (now) {
    facts.listener_sets.insert_or_assign(name, *std::move(now));
  } else {
    facts.listener_sets.erase(before);
  }
}

}  // namespace

void update_facts(Round& round) {
  // Ends: a Gateway marks ListenerSets and routes, a ListenerSet marks routes.
  for (const auto& ref : round.dirty.gateways) update_gateway(round, ref);
  for (const auto& ref : round.dirty.listener_sets) update_listener_set(round, ref);
}

}  // namespace sluice::attach
