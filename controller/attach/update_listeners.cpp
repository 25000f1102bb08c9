#include <algorithm>

#include "controller/attach/round.h"

namespace sluice::attach {
namespace {

api::ObjectRef gateway_ref(const api::NamespacedName& name) {
  return {std::string(api::Gateway::kKind), name.namespace_, name.name};
}

api::ObjectRef set_ref(const api::NamespacedName& name) {
  return {std::string(api::ListenerSet::kKind), name.namespace_, name.name};
}

const std::set<Age>& sets_of(const Facts& facts, const api::NamespacedName& gateway) {
  static const std::set<Age> kNone;
  const auto found = facts.sets_of.find(gateway);
  return found == facts.sets_of.end() ? kNone : found->second;
}

void touch_owner(Round& round, const ListenerId& id) {
  const api::NamespacedName name{id.owner.namespace_, id.owner.name};
  if (id.owner.kind == api::Gateway::kKind) {
    round.touched_gateways.insert(name);
  } else {
    round.touched_sets.insert(name);
  }
}

bool same_to_compile(const ListenerResult& one, const ListenerResult& other) {
  return one.gateway == other.gateway && one.listener == other.listener && one.protocol == other.protocol &&
         one.hostname == other.hostname && one.passthrough == other.passthrough && one.serves == other.serves &&
         one.certificates == other.certificates;
}

bool same_status(const ListenerResult& one, const ListenerResult& other) {
  return one.attached_routes == other.attached_routes && one.supported_kinds == other.supported_kinds &&
         one.conditions == other.conditions;
}

void put_listener(Round& round, ListenerResult now) {
  if (const auto count = round.state.attached_routes.find(&now.id); count != round.state.attached_routes.end()) {
    now.attached_routes = count->second;
  }
  const auto [before, added] = round.state.graph.listeners.try_emplace(now.id);
  if (added || !same_to_compile(before->second, now)) round.delta.listeners.insert(now.id);
  if (added || !same_status(before->second, now)) round.delta.status.insert(now.id.owner);
  before->second = std::move(now);
}

/// The owner's listeners from now on; what it had besides goes.
void put_listeners(Round& round, const api::ObjectRef& owner, const api::ObjectRef& gateway,
                   std::span<const ListenerFacts> listeners, bool owner_accepted) {
  static const Neighbourhood kAlone;
  const auto& neighbours = round.state.neighbours.all();
  std::set<std::string_view> names;
  for (const auto& facts : listeners) {
    names.insert(facts.listener->name);
    const auto found = neighbours.find({owner, facts.listener->name});
    const auto& neighbourhood = found == neighbours.end() ? kAlone : found->second;
    put_listener(round, finish(owner, gateway, facts, neighbourhood, owner_accepted));
  }
  auto& all = round.state.graph.listeners;
  for (auto at = all.lower_bound({owner, ""}); at != all.end() && at->first.owner == owner;) {
    if (names.contains(at->first.name)) {
      ++at;
      continue;
    }
    round.delta.listeners.insert(at->first);
    round.delta.status.insert(owner);
    at = all.erase(at);
  }
}

/// Its ListenerSets are finished again where they depend on what changed here.
void finish_gateway(Round& round, const api::NamespacedName& name) {
  const Facts& facts = round.state.facts;
  auto& results = round.state.graph.gateways;
  const auto before = results.find(name);
  const auto found = facts.gateways.find(name);
  if (found == facts.gateways.end()) {
    if (before == results.end()) return;
    put_listeners(round, gateway_ref(name), gateway_ref(name), {}, false);
    results.erase(before);
    round.delta.status.insert(gateway_ref(name));
    return;
  }
  GatewayResult now = finish(found->second, round.state.neighbours.all());
  for (const auto& listener : found->second.listeners) now.listeners.push_back({now.ref, listener.listener->name});
  for (const auto& set : sets_of(facts, name)) {
    const ListenerSetFacts& own = facts.listener_sets.at(set.name);
    for (const auto& listener : own.listeners) now.listeners.push_back({set_ref(set.name), listener.listener->name});
  }
  now.listeners.shrink_to_fit();
  put_listeners(round, now.ref, now.ref, found->second.listeners, now.accepted);
  if (before == results.end() || before->second.accepted != now.accepted) {
    for (const auto& set : sets_of(facts, name)) round.touched_sets.insert(set.name);
  }
  if (before == results.end() || before->second.gateway != now.gateway || before->second.addresses != now.addresses ||
      before->second.conditions != now.conditions) {
    round.delta.status.insert(now.ref);
  }
  if (before != results.end()) now.attached_listener_sets = before->second.attached_listener_sets;
  results.insert_or_assign(name, std::move(now));
}

void finish_set(Round& round, const api::NamespacedName& name) {
  const api::ObjectRef ref = set_ref(name);
  auto& results = round.state.graph.listener_sets;
  const auto before = results.find(name);
  const auto found = round.state.facts.listener_sets.find(name);
  if (found == round.state.facts.listener_sets.end()) {
    if (before == results.end()) return;
    put_listeners(round, ref, ref, {}, false);
    results.erase(before);
    round.delta.status.insert(ref);
    return;
  }
  const ListenerSetFacts& facts = found->second;
  const auto gateway = round.state.graph.gateways.find(facts.gateway);
  const bool gateway_accepted = gateway != round.state.graph.gateways.end() && gateway->second.accepted;
  ListenerSetResult now = finish(facts, gateway_accepted, round.state.neighbours.all());
  if (before == results.end() || before->second.accepted != now.accepted) round.recounted.insert(facts.gateway);
  put_listeners(round, ref, gateway_ref(facts.gateway), facts.listeners, now.accepted);
  if (before == results.end() || before->second.listener_set != now.listener_set ||
      before->second.conditions != now.conditions) {
    round.delta.status.insert(ref);
  }
  results.insert_or_assign(name, std::move(now));
}

void count_sets(Round& round, const api::NamespacedName& name) {
  const auto gateway = round.state.graph.gateways.find(name);
  if (gateway == round.state.graph.gateways.end()) return;
  const auto& sets = sets_of(round.state.facts, name);
  const auto count = static_cast<std::int32_t>(std::ranges::count_if(
      sets, [&](const Age& set) { return round.state.graph.listener_sets.at(set.name).accepted; }));
  if (gateway->second.attached_listener_sets == count) return;
  gateway->second.attached_listener_sets = count;
  round.delta.status.insert(gateway->second.ref);
}

void count_routes(Round& round, const ListenerId& id) {
  const auto listener = round.state.graph.listeners.find(id);
  if (listener == round.state.graph.listeners.end()) return;
  const auto found = round.state.attached_routes.find(&id);
  const std::int32_t count = found == round.state.attached_routes.end() ? 0 : found->second;
  if (listener->second.attached_routes == count) return;
  listener->second.attached_routes = count;
  round.delta.status.insert(id.owner);
}

}  // namespace

void update_listeners(Round& round) {
  for (const auto& id : round.state.neighbours.settle()) touch_owner(round, id);
  for (const auto& name : round.touched_gateways) finish_gateway(round, name);
  for (const auto& name : round.touched_sets) finish_set(round, name);
  round.recounted.insert(round.touched_gateways.begin(), round.touched_gateways.end());
  for (const auto& name : round.recounted) count_sets(round, name);
  for (const auto& id : round.counted) count_routes(round, id);
}

}  // namespace sluice::attach
