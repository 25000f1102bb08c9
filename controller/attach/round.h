// One update of the graph, stage by stage: what changed makes results dirty, each stage makes its dirty results anew
// and marks what depends on them in the stages after it.
#pragma once

#include "controller/attach/attach.h"
#include "controller/attach/dependency.h"
#include "controller/attach/facts.h"
#include "controller/attach/neighbours.h"

namespace sluice::attach {

struct ListenerIdOrder {
  bool operator()(const ListenerId* one, const ListenerId* other) const { return *one < *other; }
};

/// What an Attacher keeps between updates.
struct AttachState {
  AttachOptions options;
  CertificateCache certificates;
  DependencyIndex dependencies;
  Facts facts;
  Neighbours neighbours;
  /// Routes with Accepted=True. Named by the keys of graph.routes_by_listener, where each of them stands.
  std::map<const ListenerId*, std::int32_t, ListenerIdOrder> attached_routes;
  /// What an EndpointSlice or a BackendTLSPolicy belonged to when it was last seen; kept for when it is gone.
  std::map<api::ObjectRef, std::vector<api::NamespacedName>> services_of;
  Graph graph;
};

/// Results to be made anew, by stage.
struct Dirty {
  std::set<api::ObjectRef> gateways;
  std::set<api::ObjectRef> listener_sets;
  std::set<api::ObjectRef> routes;
  std::set<api::ObjectRef> policies;

  /// Does nothing for kinds that have no result.
  void mark(const api::ObjectRef& ref);
  void mark(const DependencyIndex::Users& refs);
};

struct Round {
  AttachState& state;
  World world;
  Dirty dirty = {};
  GraphDelta delta = {};
  std::set<api::NamespacedName> touched_gateways = {};  ///< whose results are to be finished again
  std::set<api::NamespacedName> touched_sets = {};
  std::set<api::NamespacedName> recounted = {};  ///< Gateways whose ListenerSets are to be counted again
  std::set<ListenerId> counted = {};             ///< whose attached routes may be others
  std::set<api::NamespacedName> reached = {};    ///< Services whose policies are to be looked at again
};

/// Takes down what changed, and marks what is made from it.
void note_changes(Round& round, std::span<const api::ObjectRef> changed);

void update_gateway_classes(Round& round);
/// Gateways and ListenerSets by themselves.
void update_facts(Round& round);
void update_routes(Round& round);
/// Which listeners are in each other's way, and the results that come of it.
void update_listeners(Round& round);
void update_policies(Round& round);

}  // namespace sluice::attach
