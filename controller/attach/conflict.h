// Which listeners are distinct (Gateway API v1.7.0, GatewaySpec.listeners, ListenerSetSpec.listeners; INTERFACES.md):
// on one address and port TCP stands alone, HTTP is apart from HTTPS and TLS, and names stand once. UDP is apart.
#pragma once

#include <map>
#include <span>

#include "controller/attach/neighbourhood.h"

namespace sluice::attach {

/// Who may share an address and port: only listeners of one class.
enum class Sharing : std::uint8_t { Tcp, Http, ClientHello, Udp };

Sharing sharing_of(ListenerProtocol protocol);

/// An owner's listeners that are looked at, in the object's order.
struct Candidates {
  const Owner* owner = nullptr;
  std::vector<const ListenerFacts*> listeners;
};

/// owners  in precedence.
/// Among the listeners of one owner there is no winner; between owners the earlier one's stays. A listener that lost to
/// an earlier owner is in nobody's way; those that an owner made indistinct by itself are: a later one would else win.
/// A listener's conflict depends on those alone that are in its way, or in theirs (ListenerPlaces::each_rival): a part
/// of all listeners that holds them too is enough.
std::map<ListenerId, Conflict> find_conflicts(std::span<const Candidates> owners);

}  // namespace sluice::attach
