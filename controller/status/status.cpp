#include "controller/status/status.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "controller/attach/attach.h"
#include "controller/status/conditions.h"
#include "controller/status/programmed.h"
#include "controller/status/supported_features.h"

namespace sluice::status {
namespace {

namespace json = boost::json;

/// GatewayStatus.addresses holds no more.
constexpr std::size_t kMaxAddresses = 16;

/// Makes the status of one object of whatever kind.
class Writer {
 public:
  Writer(const attach::Graph& graph, const Moment& moment, std::int64_t generation)
      : graph_(graph), moment_(moment), generation_(generation) {}

  json::object of(const attach::GatewayClassResult& result) const {
    attach::Conditions conditions = result.conditions;
    if (!moment_.version_trouble.empty()) {
      set_condition(conditions, {attach::ConditionType::SupportedVersion, attach::ConditionStatus::False,
                                 attach::ConditionReason::UnsupportedVersion, moment_.version_trouble});
      return {{"conditions", list(conditions)}};
    }
    json::array features;
    for (const auto name : supported_features()) features.push_back(json::object{{"name", name}});
    return {{"conditions", list(conditions)}, {"supportedFeatures", std::move(features)}};
  }

  json::object of(const attach::GatewayResult& result) const {
    json::object out;
    if (!result.addresses.empty()) out["addresses"] = addresses_of(result);
    out["attachedListenerSets"] = result.attached_listener_sets;
    out["conditions"] = with_programmed(result);
    out["listeners"] = listeners_of(result.ref, result.listeners);
    return out;
  }

  json::object of(const attach::ListenerSetResult& result) const {
    return {{"conditions", with_programmed(result)}, {"listeners", listeners_of(result.ref, result.listeners)}};
  }

  json::object of(const attach::RouteResult& result) const {
    json::array parents;
    for (const auto& parent : result.parents) {
      parents.push_back(json::object{{"conditions", list(parent.conditions)},
                                     {"controllerName", attach::kControllerName},
                                     {"parentRef", to_json(parent.parent_ref)}});
    }
    return {{"parents", std::move(parents)}};
  }

  json::object of(const attach::BackendTlsPolicyResult& result) const {
    json::array ancestors;
    for (const auto& ancestor : result.ancestors) {
      ancestors.push_back(json::object{{"ancestorRef", to_json(ancestor.ancestor_ref)},
                                       {"conditions", list(ancestor.conditions)},
                                       {"controllerName", attach::kControllerName}});
    }
    return {{"ancestors", std::move(ancestors)}};
  }

 private:
  /// Those that it has, accepted or not: what publishes them (DNS) must not take them away for a mistake elsewhere.
  static json::array addresses_of(const attach::GatewayResult& result) {
    json::array out;
    for (const auto& address : result.addresses) {
      if (out.size() == kMaxAddresses) break;
      out.push_back(json::object{{"type", "IPAddress"}, {"value", address}});
    }
    return out;
  }

  json::array list(const attach::Conditions& conditions) const {
    return to_json(conditions, generation_, moment_.time);
  }

  template <class Result>
  json::array with_programmed(const Result& result) const {
    attach::Conditions conditions = result.conditions;
    set_condition(conditions, programmed(graph_, result, moment_.data_plane));
    return list(conditions);
  }

  /// Those of the owner; a Gateway's result names its ListenerSets' too.
  json::array listeners_of(const api::ObjectRef& owner, const std::vector<attach::ListenerId>& ids) const {
    json::array out;
    for (const auto& id : ids) {
      const auto found = graph_.listeners.find(id);
      if (id.owner != owner || found == graph_.listeners.end()) continue;
      json::array kinds;
      for (const auto& kind : found->second.supported_kinds) {
        kinds.push_back(json::object{{"group", kind.group}, {"kind", kind.kind}});
      }
      out.push_back(json::object{{"attachedRoutes", found->second.attached_routes},
                                 {"conditions", with_programmed(found->second)},
                                 {"name", id.name},
                                 {"supportedKinds", std::move(kinds)}});
    }
    return out;
  }

  const attach::Graph& graph_;
  const Moment& moment_;
  std::int64_t generation_;
};

std::int64_t generation_of(const api::ObjectRef& ref, const api::ObjectMeta* meta, const Moment& moment) {
  if (moment.history != nullptr) return moment.history->generation(ref);
  return meta == nullptr ? 1 : meta->generation;
}

template <class Results, class Key>
const auto* find(const Results& results, const Key& key) {
  const auto found = results.find(key);
  return found == results.end() ? nullptr : &found->second;
}

std::optional<json::object> write(const attach::Graph& graph, const api::ObjectRef& ref, const Moment& moment) {
  const api::NamespacedName name{ref.namespace_, ref.name};
  const auto with = [&](const auto* result, const api::ObjectMeta* meta) {
    return Writer(graph, moment, generation_of(ref, meta, moment)).of(*result);
  };
  if (ref.kind == api::GatewayClass::kKind) {
    const auto* result = find(graph.gateway_classes, name);
    if (result == nullptr) return std::nullopt;
    return with(result, result->gateway_class ? &result->gateway_class->metadata : nullptr);
  }
  if (ref.kind == api::Gateway::kKind) {
    const auto* result = find(graph.gateways, name);
    if (result == nullptr) return std::nullopt;
    return with(result, &result->gateway->metadata);
  }
  if (ref.kind == api::ListenerSet::kKind) {
    const auto* result = find(graph.listener_sets, name);
    if (result == nullptr) return std::nullopt;
    return with(result, &result->listener_set->metadata);
  }
  if (ref.kind == api::BackendTlsPolicy::kKind) {
    const auto* result = find(graph.backend_tls_policies, name);
    if (result == nullptr || result->ancestors.empty()) return std::nullopt;
    return with(result, &result->policy->metadata);
  }
  const auto* result = find(graph.routes, ref);
  if (result == nullptr || result->parents.empty()) return std::nullopt;
  return std::visit([&](const auto& route) { return with(result, &route->metadata); }, result->route);
}

}  // namespace

bool has_status(std::string_view kind) {
  static constexpr std::array kKinds = {api::GatewayClass::kKind, api::Gateway::kKind,   api::ListenerSet::kKind,
                                        api::HttpRoute::kKind,    api::GrpcRoute::kKind, api::TcpRoute::kKind,
                                        api::UdpRoute::kKind,     api::TlsRoute::kKind,  api::BackendTlsPolicy::kKind};
  return std::ranges::find(kKinds, kind) != kKinds.end();
}

std::optional<json::object> status_of(const attach::Graph& graph, const api::ObjectRef& ref, const Moment& moment) {
  auto status = write(graph, ref, moment);
  if (status && moment.history != nullptr) moment.history->stamp(ref, *status);
  return status;
}

}  // namespace sluice::status
