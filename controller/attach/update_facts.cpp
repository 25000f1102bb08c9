#include <algorithm>

#include "controller/attach/frontend_tls.h"
#include "controller/attach/round.h"

namespace sluice::attach {
namespace {

bool same_place(const ListenerFacts& one, const ListenerFacts& other) {
  return one.listener->name == other.listener->name && one.listener->port == other.listener->port &&
         one.protocol == other.protocol && one.hostname == other.hostname && one.passthrough == other.passthrough &&
         one.certificate_names == other.certificate_names;
}

bool same_places(std::span<const ListenerFacts> one, std::span<const ListenerFacts> other) {
  return std::ranges::equal(one, other, same_place);
}

bool same_places(const GatewayFacts& one, const GatewayFacts& other) {
  return one.places == other.places && same_places(one.listeners, other.listeners) &&
         one.gateway->metadata.creation_timestamp == other.gateway->metadata.creation_timestamp;
}

bool same_places(const ListenerSetFacts& one, const ListenerSetFacts& other) {
  return one.gateway == other.gateway && same_places(one.listeners, other.listeners) &&
         one.listener_set->metadata.creation_timestamp == other.listener_set->metadata.creation_timestamp;
}

void update_gateway(Round& round, const api::ObjectRef& ref) {
  const api::NamespacedName name{ref.namespace_, ref.name};
  const auto object = round.world.objects.gateways.find(name);
  const bool there = object != round.world.objects.gateways.end();
  round.state.dependencies.set(ref, there ? dependencies(*object->second) : std::vector<api::ObjectRef>{});
  auto now = there ? examine(round.world, object->second) : std::nullopt;
  auto& known = round.state.facts.gateways;
  const auto before = known.find(name);
  if (before == known.end() && !now) return;

  round.touched_gateways.insert(name);
  const bool appears = before == known.end();
  if (appears || !now) round.dirty.mark(round.state.dependencies.users_of(ref));
  round.places_changed = round.places_changed || appears || !now || !same_places(before->second, *now);
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
  round.places_changed = round.places_changed || appears || !now || !same_places(before->second, *now);
  if (appears || !now || before->second.gateway != now->gateway ||
      before->second.not_allowed.has_value() != now->not_allowed.has_value()) {
    round.dirty.mark(round.state.dependencies.users_of(ref));
  }
  if (!appears) {
    const auto sets = facts.sets_of.find(before->second.gateway);
    sets->second.erase(age_of(before->second.listener_set->metadata));
    if (sets->second.empty()) facts.sets_of.erase(sets);
    round.touched_gateways.insert(before->second.gateway);
    facts.listener_sets.erase(before);
  }
  if (!now) return;
  facts.sets_of[now->gateway].insert(age_of(now->listener_set->metadata));
  round.touched_gateways.insert(now->gateway);
  facts.listener_sets.emplace(name, *std::move(now));
}

}  // namespace

void update_facts(Round& round) {
  // Ends: a Gateway marks ListenerSets and routes, a ListenerSet marks routes.
  for (const auto& ref : round.dirty.gateways) update_gateway(round, ref);
  for (const auto& ref : round.dirty.listener_sets) update_listener_set(round, ref);
}

}  // namespace sluice::attach
