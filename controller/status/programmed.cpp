#include "controller/status/programmed.h"

#include <algorithm>
#include <array>
#include <optional>

#include "controller/attach/address.h"

namespace sluice::status {
namespace {

using attach::Condition;
using attach::ConditionReason;
using attach::ConditionStatus;
using attach::ConditionType;

constexpr const char* kNotEverywhere = "not in force on every node yet";

Condition no(ConditionReason reason, std::string message) {
  return {ConditionType::Programmed, ConditionStatus::False, reason, std::move(message)};
}

const Condition* not_true(const attach::Conditions& conditions, ConditionType type) {
  const Condition* found = attach::find_condition(conditions, type);
  return found != nullptr && found->status != ConditionStatus::True ? found : nullptr;
}

/// What holds for everything of the Gateway that has come as far as the data plane.
Condition in_force(const DataPlane& data_plane, const api::ObjectRef& gateway, ConditionReason without_nodes) {
  const auto message = [&](const char* otherwise) {
    return data_plane.message.empty() ? std::string(otherwise) : data_plane.message;
  };
  switch (data_plane.state) {
    case DataPlane::State::NotKnown:
      return {ConditionType::Programmed, ConditionStatus::Unknown, ConditionReason::Pending,
              message("no node was asked")};
    case DataPlane::State::Pending:
      return no(ConditionReason::Pending, message(kNotEverywhere));
    case DataPlane::State::NoResources:
      return no(without_nodes, message("no node is there to serve it"));
    case DataPlane::State::Programmed:
      break;
  }
  if (const auto behind = data_plane.pending.find(gateway); behind != data_plane.pending.end()) {
    return no(ConditionReason::Pending, behind->second.empty() ? kNotEverywhere : behind->second);
  }
  return {ConditionType::Programmed, ConditionStatus::True, ConditionReason::Programmed, message("in force")};
}

/// Why a node could not put the listener in force; nullopt: it did not say so.
std::optional<std::string> refusal_of(const attach::ListenerId& id, const DataPlane& data_plane) {
  if (data_plane.refused.empty()) return std::nullopt;
  const std::string path = id.owner.namespace_ + "/" + id.owner.kind + "/" + id.owner.name + "/" + id.name;
  static constexpr std::array kResources = {"frontend/", "l4/", "sni/", "http/"};
  auto found = data_plane.refused.end();
  for (const char* resource : kResources) {
    if (found == data_plane.refused.end()) found = data_plane.refused.find(resource + path);
  }
  if (found == data_plane.refused.end()) {
    const std::string hosts = "host/" + path + "/";  // the hostname follows
    found = data_plane.refused.lower_bound(hosts);
    if (found == data_plane.refused.end() || !found->first.starts_with(hosts)) return std::nullopt;
  }
  return found->first + ": " + found->second;
}

const attach::GatewayResult* gateway_of(const attach::Graph& graph, const api::ObjectRef& ref) {
  const auto found = graph.gateways.find({ref.namespace_, ref.name});
  return found == graph.gateways.end() ? nullptr : &found->second;
}

bool owner_accepted(const attach::Graph& graph, const attach::ListenerResult& listener) {
  const auto* gateway = gateway_of(graph, listener.gateway);
  if (gateway == nullptr || !gateway->accepted) return false;
  if (listener.id.owner == listener.gateway) return true;
  const auto set = graph.listener_sets.find({listener.id.owner.namespace_, listener.id.owner.name});
  return set != graph.listener_sets.end() && set->second.accepted;
}

/// AddressNotUsable for an address that the Gateway names, AddressNotAssigned for one that it asks for.
Condition without_addresses(const attach::GatewayResult& gateway, const Condition& assigned) {
  const bool named = std::ranges::any_of(gateway.gateway->spec.addresses, [&](const auto& wanted) {
    if (wanted.value.empty()) return false;
    const auto address = attach::canonical_address(wanted.value);
    return !address || std::ranges::find(gateway.addresses, *address) == gateway.addresses.end();
  });
  return no(named ? ConditionReason::AddressNotUsable : ConditionReason::AddressNotAssigned, assigned.message);
}

/// Its listeners that serve are all refused by a node: what the first of them says.
std::optional<std::string> all_refused(const attach::Graph& graph, const attach::GatewayResult& gateway,
                                       const DataPlane& data_plane) {
  std::optional<std::string> first;
  for (const auto& id : gateway.listeners) {
    const auto listener = graph.listeners.find(id);
    if (listener == graph.listeners.end() || !listener->second.serves) continue;
    auto refusal = refusal_of(id, data_plane);
    if (!refusal) return std::nullopt;
    if (!first) first = std::move(refusal);
  }
  return first;
}

}  // namespace

Condition programmed(const attach::Graph& graph, const attach::ListenerResult& listener, const DataPlane& data_plane) {
  if (const auto* why = not_true(listener.conditions, ConditionType::Accepted)) {
    const bool conflict = attach::is_true(listener.conditions, ConditionType::Conflicted);
    return no(conflict ? why->reason : ConditionReason::Invalid, why->message);
  }
  if (!owner_accepted(graph, listener)) {
    return no(ConditionReason::Invalid, api::to_string(listener.id.owner) + " is not accepted");
  }
  if (!listener.serves) {
    const auto* why = not_true(listener.conditions, ConditionType::ResolvedRefs);
    return no(ConditionReason::Invalid, why == nullptr ? "it has no certificate" : why->message);
  }
  const auto* gateway = gateway_of(graph, listener.gateway);
  if (gateway->addresses.empty()) {
    return no(ConditionReason::Pending, api::to_string(listener.gateway) + " has no address");
  }
  if (const auto refusal = refusal_of(listener.id, data_plane)) return no(ConditionReason::Pending, *refusal);
  return in_force(data_plane, listener.gateway, ConditionReason::Pending);
}

Condition programmed(const attach::Graph& graph, const attach::GatewayResult& gateway, const DataPlane& data_plane) {
  if (const auto* why = not_true(gateway.conditions, ConditionType::Accepted)) {
    return no(ConditionReason::Invalid, why->message);
  }
  if (const auto* why = not_true(gateway.conditions, ConditionType::AddressesAssigned)) {
    return without_addresses(gateway, *why);
  }
  if (const auto refusal = all_refused(graph, gateway, data_plane)) return no(ConditionReason::Pending, *refusal);
  return in_force(data_plane, gateway.ref, ConditionReason::NoResources);
}

Condition programmed(const attach::Graph& graph, const attach::ListenerSetResult& listener_set,
                     const DataPlane& data_plane) {
  if (const auto* why = not_true(listener_set.conditions, ConditionType::Accepted)) {
    return no(why->reason, why->message);
  }
  const auto listener =
      listener_set.listeners.empty() ? graph.listeners.end() : graph.listeners.find(listener_set.listeners.front());
  const auto* gateway = listener == graph.listeners.end() ? nullptr : gateway_of(graph, listener->second.gateway);
  if (gateway == nullptr) return no(ConditionReason::ParentNotProgrammed, "its Gateway is gone");
  Condition parent = programmed(graph, *gateway, data_plane);
  if (parent.status == ConditionStatus::False) {
    return no(ConditionReason::ParentNotProgrammed, api::to_string(gateway->ref) + ": " + parent.message);
  }
  return parent;
}

}  // namespace sluice::status
