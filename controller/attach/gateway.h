// A Gateway by itself (its addresses, parameters, listeners), and its result once its neighbours are known.
#pragma once

#include "controller/attach/address.h"
#include "controller/attach/neighbourhood.h"

namespace sluice::attach {

/// What everything here is made from, beside the object itself.
struct World {
  const api::ObjectSet& objects;
  const AttachOptions& options;
  CertificateCache& certificates;
};

/// The GatewayClass of ours, accepted or not; nullopt: not ours, or it does not exist. `sluice` exists without an
/// object.
std::optional<GatewayClassResult> find_class(const World& world, const std::string& name);

/// Whether a GatewayClass of ours is its class, accepted or not.
bool is_ours(const api::ObjectSet& objects, const AttachOptions& options, const api::Gateway& gateway);

struct GatewayFacts {
  std::shared_ptr<const api::Gateway> gateway;
  AddressPlan plan;
  bool prefers_local = false;                 ///< what SluiceParameters say, its own and its class's
  std::optional<Refusal> rejected;            ///< class, parameters or addresses; listeners then do not count
  std::optional<Refusal> client_certificate;  ///< spec.tls.backend.clientCertificateRef
  std::vector<ListenerFacts> listeners;
  /// Where its listeners may meet others: its addresses, or a place of its own while it has none.
  std::shared_ptr<const std::vector<std::string>> places;
};

/// nullopt: not a Gateway of ours.
std::optional<GatewayFacts> examine(const World& world, std::shared_ptr<const api::Gateway> gateway);

/// Objects and grants (as {"ReferenceGrant", namespace, ""}) that examine() depends on, existing or not.
std::vector<api::ObjectRef> dependencies(const World& world, const api::Gateway& gateway);

/// Without listeners and attached_listener_sets, which need the ListenerSets.
GatewayResult finish(const GatewayFacts& facts, const std::map<ListenerId, Neighbourhood>& neighbours);

/// A listener's result, without attached_routes. owner_accepted: its Gateway, and its ListenerSet where it is in one.
ListenerResult finish(const api::ObjectRef& owner, const api::ObjectRef& gateway, const ListenerFacts& facts,
                      const Neighbourhood& neighbourhood, bool owner_accepted);

/// How many of the listeners are valid and in nobody's way, and the names of the others for a message.
struct ListenerCount {
  std::size_t accepted = 0;
  std::size_t serving = 0;  ///< accepted, and with a certificate where one is needed
  std::string others;
};
ListenerCount count(const api::ObjectRef& owner, std::span<const ListenerFacts> listeners,
                    const std::map<ListenerId, Neighbourhood>& neighbours);

}  // namespace sluice::attach
