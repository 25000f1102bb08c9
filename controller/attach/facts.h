// What is known of the Gateways and ListenerSets of ours by themselves, before neighbours and routes are looked at.
#pragma once

#include <set>

#include "controller/attach/age.h"
#include "controller/attach/listener_set.h"

namespace sluice::attach {

/// GatewayDefaultScope All: the only one beside None.
inline constexpr std::string_view kScopeAll = "All";

struct Facts {
  std::map<api::NamespacedName, GatewayFacts> gateways;
  std::map<api::NamespacedName, ListenerSetFacts> listener_sets;
  /// The ListenerSets of each Gateway of ours, allowed or not; oldest first.
  std::map<api::NamespacedName, std::set<Age>> sets_of;
  /// Gateways of ours with defaultScope All (GEP-3793).
  std::set<api::NamespacedName> default_gateways;
};

/// A Gateway or ListenerSet of ours as routes see it. Borrows from Facts.
struct Parent {
  api::ObjectRef ref;
  api::ObjectRef gateway;  ///< itself, or the ListenerSet's
  std::span<const ListenerFacts> listeners;
};

/// The parent that a reference names; nullopt: not there, or not ours.
/// home  the namespace of the route that refers.
std::optional<Parent> find_parent(const Facts& facts, const api::ParentReference& ref, const std::string& home);

/// The object that a reference names, there or not; nullopt: of a kind that can be no parent of ours.
std::optional<api::ObjectRef> parent_of(const api::ParentReference& ref, const std::string& home);

}  // namespace sluice::attach
