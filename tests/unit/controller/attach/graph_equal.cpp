#include "tests/unit/controller/attach/graph_equal.h"

#include <algorithm>
#include <tuple>

namespace sluice::attach {
namespace {

auto fields(const GatewayClassResult& r) {
  return std::tie(r.ref, r.gateway_class, r.accepted, r.conditions);
}
auto fields(const GatewayResult& r) {
  return std::tie(r.ref, r.gateway, r.addresses, r.listeners, r.attached_listener_sets, r.accepted, r.prefers_local,
                  r.conditions);
}
auto fields(const ListenerSetResult& r) {
  return std::tie(r.ref, r.listener_set, r.listeners, r.accepted, r.conditions);
}
auto fields(const ListenerResult& r) {
  return std::tie(r.id, r.gateway, r.listener, r.protocol, r.hostname, r.passthrough, r.serves, r.certificates,
                  r.supported_kinds, r.attached_routes, r.conditions);
}
auto fields(const RouteResult& r) {
  return std::tie(r.ref, r.creation_timestamp, r.route, r.rules, r.parents);
}
auto fields(const BackendTlsPolicyResult& r) {
  return std::tie(r.ref, r.policy, r.ancestors);
}
const std::set<api::ObjectRef>& fields(const std::set<api::ObjectRef>& routes) {
  return routes;
}

std::string text(const api::NamespacedName& name) {
  return name.namespace_ + "/" + name.name;
}
std::string text(const api::ObjectRef& ref) {
  return to_string(ref);
}
std::string text(const ListenerId& id) {
  return to_string(id.owner) + ", listener " + id.name;
}

/// Adds to `found` unless something stands there already.
template <class Map>
void compare(const std::string& what, const Map& one, const Map& other, std::string& found) {
  for (const auto& [key, value] : one) {
    if (!found.empty()) return;
    const auto same = other.find(key);
    if (same == other.end()) {
      found = what + " " + text(key) + " is in the first graph only";
    } else if (fields(value) != fields(same->second)) {
      found = what + " " + text(key) + " differs";
    }
  }
  for (const auto& [key, value] : other) {
    if (found.empty() && !one.contains(key)) found = what + " " + text(key) + " is in the second graph only";
  }
}

}  // namespace

std::string difference(const Graph& one, const Graph& other) {
  std::string found;
  compare("class", one.gateway_classes, other.gateway_classes, found);
  compare("gateway", one.gateways, other.gateways, found);
  compare("set", one.listener_sets, other.listener_sets, found);
  compare("result of", one.listeners, other.listeners, found);
  compare("route", one.routes, other.routes, found);
  compare("policy", one.backend_tls_policies, other.backend_tls_policies, found);
  compare("routes by", one.routes_by_listener, other.routes_by_listener, found);
  return found;
}

}  // namespace sluice::attach
