#include <algorithm>

#include "controller/attach/backend_ref.h"
#include "controller/attach/round.h"

namespace sluice::attach {
namespace {

enum class Hold { Take, Release };

/// Every listener that the route hangs on, and whether it counts there.
std::map<ListenerId, bool> places_of(const RouteResult& route) {
  std::map<ListenerId, bool> places;
  for (const auto& parent : route.parents) {
    const bool accepted = is_true(parent.conditions, ConditionType::Accepted);
    for (const auto& [id, hostnames] : parent.listeners) {
      bool& counts = places[id];
      counts = counts || accepted;
    }
  }
  return places;
}

void hang(Round& round, const RouteResult& route, Hold hold) {
  auto& by_listener = round.state.graph.routes_by_listener;
  for (const auto& [id, counts] : places_of(route)) {
    const auto found = by_listener.try_emplace(id).first;
    if (counts) {
      round.counted.insert(id);
      auto& count = round.state.attached_routes[&found->first];
      count += hold == Hold::Take ? 1 : -1;
      if (count == 0) round.state.attached_routes.erase(&found->first);
    }
    if (hold == Hold::Take) {
      found->second.insert(route.ref);
    } else {
      found->second.erase(route.ref);
      if (found->second.empty()) by_listener.erase(found);
    }
  }
}

/// Policies of what the route refers to may have other ancestors now.
void reach(Round& round, const RouteResult& route) {
  if (round.world.objects.backend_tls_policies.empty()) return;
  each_target(route.route, [&](const auto& ref) {
    if (is_service(ref)) round.reached.insert({ref.namespace_.value_or(route.ref.namespace_), ref.name});
  });
}

/// Whether traffic goes elsewhere; conditions alone do not matter.
bool same_traffic(const RouteResult& one, const RouteResult& other) {
  return one.route == other.route && one.rules == other.rules &&
         std::ranges::equal(one.parents, other.parents, {}, &ParentResult::listeners, &ParentResult::listeners);
}

void drop(Round& round, const api::ObjectRef& ref) {
  round.state.dependencies.set(ref, {});
  auto& routes = round.state.graph.routes;
  const auto found = routes.find(ref);
  if (found == routes.end()) return;
  hang(round, found->second, Hold::Release);
  reach(round, found->second);
  routes.erase(found);
  round.delta.routes.insert(ref);
  round.delta.status.insert(ref);
}

void update_route(Round& round, const api::ObjectRef& ref) {
  auto object = find_route(round.world.objects, ref);
  if (!object) return drop(round, ref);
  round.state.dependencies.set(ref, dependencies(ref, *object));
  RouteResult now = attach_route(round.world, round.state.facts, ref, *std::move(object));
  reach(round, now);
  const auto [before, added] = round.state.graph.routes.try_emplace(ref);
  const bool traffic = added || !same_traffic(before->second, now);
  if (!traffic && before->second.parents == now.parents) return;
  if (!added) {
    hang(round, before->second, Hold::Release);
    reach(round, before->second);
  }
  before->second = std::move(now);
  hang(round, before->second, Hold::Take);
  if (traffic) round.delta.routes.insert(ref);
  round.delta.status.insert(ref);
}

}  // namespace

void update_routes(Round& round) {
  for (const auto& ref : round.dirty.routes) update_route(round, ref);
}

}  // namespace sluice::attach
