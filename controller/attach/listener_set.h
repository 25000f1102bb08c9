// A ListenerSet (GEP-1713): whether its Gateway lets it in, its listeners, and its result once neighbours are known.
#pragma once

#include "controller/attach/gateway.h"

namespace sluice::attach {

struct ListenerSetFacts {
  std::shared_ptr<const api::ListenerSet> listener_set;
  api::NamespacedName gateway;
  std::optional<Refusal> not_allowed;
  std::vector<ListenerFacts> listeners;  ///< empty when not allowed
};

/// The Gateway that it names; nullopt: a parent of another kind.
std::optional<api::NamespacedName> gateway_of(const api::ListenerSet& listener_set);

/// parent  the Gateway that it names, one of ours.
ListenerSetFacts examine(const World& world, std::shared_ptr<const api::ListenerSet> listener_set,
                         const api::Gateway& parent);

std::vector<api::ObjectRef> dependencies(const api::ListenerSet& listener_set);

ListenerSetResult finish(const ListenerSetFacts& facts, bool gateway_accepted,
                         const std::map<ListenerId, Neighbourhood>& neighbours);

}  // namespace sluice::attach
