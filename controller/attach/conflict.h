// Which listeners are distinct (Gateway API v1.7.0, GatewaySpec.listeners, ListenerSetSpec.listeners; docs/concepts):
// on one address and port TCP stands alone, HTTP is apart from HTTPS and TLS, and names stand once. UDP is apart.
#pragma once

#include <map>
#include <set>
#include <span>

#include "controller/attach/listener.h"

namespace sluice::attach {

/// An owner's listeners with the addresses of its Gateway. What is borrowed outlives the call.
struct OwnedListeners {
  api::ObjectRef owner;
  std::span<const std::string> addresses;
  std::span<const ListenerFacts> listeners;
};

struct Conflict {
  ConditionReason reason;
  std::string message;
  bool operator==(const Conflict&) const = default;
};

/// What a listener's neighbours mean for it. Absent: nothing.
struct Neighbourhood {
  std::int32_t port = 0;  ///< the listener's
  std::optional<Conflict> conflict;
  std::optional<Conflict> overlap;  ///< OverlappingTLSConfig
  bool operator==(const Neighbourhood&) const = default;
};

/// owners  in precedence: the older Gateway first, each followed by its ListenerSets, oldest first.
/// Among the listeners of one owner there is no winner; between owners the earlier one's stays. A listener that lost to
/// an earlier owner is in nobody's way; those that an owner made indistinct by itself are: a later one would else win.
/// ports  the ports to look at; listeners on different ports never meet. nullptr: all.
std::map<ListenerId, Neighbourhood> compare_neighbours(std::span<const OwnedListeners> owners,
                                                       const std::set<std::int32_t>* ports = nullptr);

}  // namespace sluice::attach
