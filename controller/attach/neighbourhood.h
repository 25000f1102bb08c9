// Listeners beside each other: where they stand, and what others mean for one of them.
#pragma once

#include <memory>
#include <span>

#include "controller/attach/age.h"
#include "controller/attach/listener.h"

namespace sluice::attach {

/// Among owners of listeners: the older Gateway first, each followed by its ListenerSets, oldest first.
struct Precedence {
  Age gateway;
  bool is_set = false;
  Age set;
  auto operator<=>(const Precedence&) const = default;
};

/// A Gateway or ListenerSet and what it brings.
struct Owner {
  api::ObjectRef ref;
  Precedence precedence;
  /// Of the Gateway: canonical text, sorted. Shared with its ListenerSets; never null.
  std::shared_ptr<const std::vector<std::string>> addresses;
  std::span<const ListenerFacts> listeners;  ///< in the object's order; borrowed
};

/// One listener in its place. Borrowed from its Owner.
struct Standing {
  const Owner* owner = nullptr;
  const ListenerFacts* facts = nullptr;
  bool operator==(const Standing&) const = default;
};

inline ListenerId id_of(const Standing& standing) {
  return {standing.owner->ref, standing.facts->listener->name};
}

struct Conflict {
  ConditionReason reason;
  std::string message;
  bool operator==(const Conflict&) const = default;
};

/// What its neighbours mean for a listener. Where it is absent: nothing.
struct Neighbourhood {
  std::optional<Conflict> conflict;
  std::optional<Conflict> overlap;  ///< OverlappingTLSConfig
  bool operator==(const Neighbourhood&) const = default;
};

}  // namespace sluice::attach
