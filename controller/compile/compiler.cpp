#include <memory>

#include "controller/compile/backend.h"
#include "controller/compile/compile.h"
#include "controller/compile/frontend.h"
#include "controller/compile/http_table.h"
#include "controller/compile/key.h"
#include "controller/compile/l4_table.h"
#include "controller/compile/names.h"

namespace sluice::compile {
namespace {

using attach::ListenerId;

/// What a listener has in the model.
struct Listening {
  TableKind kind = TableKind::None;
  std::unique_ptr<HttpTable> http;
};

/// What a Gateway gives its listeners' frontends. It stands in no listener's result.
struct OfGateway {
  std::vector<std::string> addresses;
  bool prefers_local = false;
};

/// What an update has to look at, of one listener.
struct Work {
  bool listener = false;            ///< the listener itself, so all of its routes' places
  std::set<api::ObjectRef> routes;  ///< routes whose rules or places changed
};

/// The route's hostnames on a listener, over all of its parentRefs; empty where it does not hang.
std::vector<std::string> hostnames_on(const attach::Graph& graph, const api::ObjectRef& ref, const ListenerId& id) {
  std::vector<std::string> hostnames;
  const auto route = graph.routes.find(ref);
  if (route == graph.routes.end()) return hostnames;
  std::set<std::string> seen;
  for (const auto& parent : route->second.parents) {
    const auto found = parent.listeners.find(id);
    if (found == parent.listeners.end()) continue;
    for (const auto& hostname : found->second) {
      if (seen.insert(hostname).second) hostnames.push_back(hostname);
    }
  }
  return hostnames;
}

const std::set<api::ObjectRef>& routes_on(const attach::Graph& graph, const ListenerId& id) {
  static const std::set<api::ObjectRef> kNone;
  const auto found = graph.routes_by_listener.find(id);
  return found == graph.routes_by_listener.end() ? kNone : found->second;
}

}  // namespace

struct Compiler::State {
  ResourceSet resources;
  BackendRegistry backends;
  KeyRegistry keys;
  ServiceIndex services;
  std::map<ListenerId, Listening> listening;
  std::map<api::NamespacedName, OfGateway> gateways;  ///< as their frontends have it
  /// Where a route hung when it was last looked at: what it may have to be taken from.
  std::map<api::ObjectRef, std::vector<ListenerId>> places;
  bool primed = false;

  std::map<ListenerId, Work> work_of(const attach::Graph& graph, const attach::GraphDelta& delta);
  void plan_route(const attach::Graph& graph, const api::ObjectRef& route, std::map<ListenerId, Work>& work);
  void plan_gateways(const attach::Graph& graph, std::map<ListenerId, Work>& work);
  void touch_services(const api::ObjectSet& objects, const attach::GraphDelta& delta);

  void drop(const ListenerId& id);
  void build(const api::ObjectSet& objects, const attach::Graph& graph, const attach::ListenerResult& listener,
             const Work& work);
  void build_frontend(const api::ObjectSet& objects, const attach::Graph& graph,
                      const attach::ListenerResult& listener);
  void build_http(const attach::Graph& graph, const attach::ListenerResult& listener, const Work& work);
  void build_l4(const attach::Graph& graph, const ListenerId& id);
  void build_sni(const attach::Graph& graph, const attach::ListenerResult& listener);
};

void Compiler::State::plan_route(const attach::Graph& graph, const api::ObjectRef& route,
                                 std::map<ListenerId, Work>& work) {
  std::set<ListenerId> now;
  if (const auto found = graph.routes.find(route); found != graph.routes.end()) {
    for (const auto& parent : found->second.parents) {
      for (const auto& [id, hostnames] : parent.listeners) now.insert(id);
    }
  }
  for (const auto& id : now) work[id].routes.insert(route);
  auto& before = places[route];
  for (const auto& id : before) work[id].routes.insert(route);
  if (now.empty()) {
    places.erase(route);
  } else {
    before.assign(now.begin(), now.end());
  }
}

void Compiler::State::plan_gateways(const attach::Graph& graph, std::map<ListenerId, Work>& work) {
  for (const auto& [name, gateway] : graph.gateways) {
    auto& known = gateways[name];
    if (known.addresses == gateway.addresses && known.prefers_local == gateway.prefers_local) continue;
    known = {.addresses = gateway.addresses, .prefers_local = gateway.prefers_local};
    for (const auto& id : gateway.listeners) {
      if (listening.contains(id)) work[id].listener = true;
    }
  }
  std::erase_if(gateways, [&](const auto& known) { return !graph.gateways.contains(known.first); });
}

std::map<ListenerId, Work> Compiler::State::work_of(const attach::Graph& graph, const attach::GraphDelta& delta) {
  std::map<ListenerId, Work> work;
  if (!primed) {
    for (const auto& [id, listener] : graph.listeners) work[id].listener = true;
    for (const auto& [ref, route] : graph.routes) plan_route(graph, ref, work);
    plan_gateways(graph, work);
    return work;
  }
  for (const auto& id : delta.listeners) work[id].listener = true;
  for (const auto& ref : delta.routes) plan_route(graph, ref, work);
  for (const auto& secret : delta.secrets) {
    for (const auto& id : keys.listeners_of(secret)) work[id].listener = true;
  }
  plan_gateways(graph, work);
  return work;
}

void Compiler::State::touch_services(const api::ObjectSet& objects, const attach::GraphDelta& delta) {
  if (!primed) return services.build(objects);
  const auto touch = [&](const ServiceIndex::Names& names) {
    for (const auto& name : names) backends.touch(name);
  };
  touch(delta.services);
  for (const auto& name : delta.endpoint_slices) touch(services.update_slice(objects, name));
  for (const auto& name : delta.backend_tls_policies) touch(services.update_policy(objects, name));
}

void Compiler::State::drop(const ListenerId& id) {
  const auto found = listening.find(id);
  if (found == listening.end()) return;
  const std::string path = listener_path(id);
  keys.set_certificates(id, {}, {});
  resources.erase("frontend/" + path);
  switch (found->second.kind) {
    case TableKind::Http:
      found->second.http->clear(backends, resources);
      break;
    case TableKind::L4:
      backends.set_uses("l4/" + path, {});
      resources.erase("l4/" + path);
      break;
    case TableKind::Sni:
      backends.set_uses("sni/" + path, {});
      resources.erase("sni/" + path);
      break;
    case TableKind::None:
      break;
  }
  listening.erase(found);
}

void Compiler::State::build_frontend(const api::ObjectSet& objects, const attach::Graph& graph,
                                     const attach::ListenerResult& listener) {
  const auto gateway = graph.gateways.find({listener.gateway.namespace_, listener.gateway.name});
  const auto* its = gateway == graph.gateways.end() ? nullptr : &gateway->second;
  const std::string path = listener_path(listener.id);
  const auto key_names = keys.set_certificates(listener.id, listener.certificates, objects);
  model::v1::Resource resource;
  resource.set_name("frontend/" + path);
  *resource.mutable_frontend() = compile_frontend(listener, its, path, key_names);
  resources.put(std::move(resource));
}

void Compiler::State::build_http(const attach::Graph& graph, const attach::ListenerResult& listener, const Work& work) {
  HttpTable& table = *listening.at(listener.id).http;
  for (const auto& ref : work.routes) table.set_route(ref, hostnames_on(graph, ref, listener.id), true);
  if (work.listener) {
    const auto& now = routes_on(graph, listener.id);
    std::vector<api::ObjectRef> gone;
    for (const auto& [ref, hostnames] : table.routes()) {
      if (!now.contains(ref)) gone.push_back(ref);
    }
    for (const auto& ref : gone) table.set_route(ref, {}, true);
    for (const auto& ref : now) table.set_route(ref, hostnames_on(graph, ref, listener.id), false);
  }
  table.flush(graph, backends, resources);
}

void Compiler::State::build_l4(const attach::Graph& graph, const ListenerId& id) {
  std::vector<const attach::RouteResult*> routes;
  for (const auto& ref : routes_on(graph, id)) routes.push_back(&graph.routes.at(ref));
  model::v1::Resource resource;
  resource.set_name("l4/" + listener_path(id));
  BackendUses uses;
  *resource.mutable_l4() = compile_l4(std::move(routes), uses);
  backends.set_uses(resource.name(), uses);
  resources.put(std::move(resource));
}

void Compiler::State::build_sni(const attach::Graph& graph, const attach::ListenerResult& listener) {
  std::vector<SniRoute> routes;
  for (const auto& ref : routes_on(graph, listener.id)) {
    routes.push_back({.route = &graph.routes.at(ref), .hostnames = hostnames_on(graph, ref, listener.id)});
  }
  model::v1::Resource resource;
  resource.set_name("sni/" + listener_path(listener.id));
  BackendUses uses;
  *resource.mutable_sni() = compile_sni(routes, listener, uses);
  backends.set_uses(resource.name(), uses);
  resources.put(std::move(resource));
}

void Compiler::State::build(const api::ObjectSet& objects, const attach::Graph& graph,
                            const attach::ListenerResult& listener, const Work& work) {
  const TableKind kind = table_kind(listener);
  const auto present = listening.find(listener.id);
  const bool same = present != listening.end() && present->second.kind == kind &&
                    (kind != TableKind::Http || present->second.http->listener_hostname() == listener.hostname);
  if (present != listening.end() && !same) drop(listener.id);
  if (!same) {
    auto& entry = listening[listener.id];
    entry.kind = kind;
    if (kind == TableKind::Http)
      entry.http = std::make_unique<HttpTable>(listener_path(listener.id), listener.hostname);
  }
  if (work.listener || !same) build_frontend(objects, graph, listener);
  switch (kind) {
    case TableKind::Http:
      build_http(graph, listener, {.listener = work.listener || !same, .routes = work.routes});
      break;
    case TableKind::L4:
      build_l4(graph, listener.id);
      break;
    case TableKind::Sni:
      build_sni(graph, listener);
      break;
    case TableKind::None:
      break;
  }
}

Compiler::Compiler() : state_(std::make_unique<State>()) {}
Compiler::~Compiler() = default;

model::v1::Delta Compiler::update(const api::ObjectSet& objects, const attach::Graph& graph,
                                  const attach::GraphDelta& delta) {
  State& state = *state_;
  for (const auto& [id, work] : state.work_of(graph, delta)) {
    const auto found = graph.listeners.find(id);
    if (found == graph.listeners.end() || !found->second.serves) {
      state.drop(id);
    } else {
      state.build(objects, graph, found->second, work);
    }
  }
  state.touch_services(objects, delta);
  state.backends.flush(objects, state.services, state.resources);
  state.keys.flush(objects, state.resources);
  state.primed = true;
  return state.resources.take_delta();
}

model::v1::Model Compiler::model() const {
  return state_->resources.model();
}

}  // namespace sluice::compile
