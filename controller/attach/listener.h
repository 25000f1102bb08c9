// What a listener is by itself, before its neighbours are looked at: protocol, names, certificates, kinds of route, and
// what is wrong with it. Pure: the listener, its owner, the Gateway's frontend TLS, and the objects that they refer to.
#pragma once

#include "controller/attach/certificate.h"
#include "controller/attach/graph.h"

namespace sluice::attach {

struct ListenerFacts {
  std::shared_ptr<const api::Listener> listener;
  ListenerProtocol protocol = ListenerProtocol::Unknown;
  std::string hostname;
  bool passthrough = false;
  std::vector<api::NamespacedName> certificates;
  CertificateNames certificate_names;
  RouteKinds allowed_kinds;    ///< those that may attach
  RouteKinds supported_kinds;  ///< those of them that this build carries out
  std::vector<Refusal> not_accepted;
  std::vector<Refusal> unresolved;

  /// Whether it could serve if nobody were in its way: valid, and with a certificate where it needs one.
  [[nodiscard]] bool can_serve() const;
};

struct ListenerContext {
  const api::ObjectSet& objects;
  CertificateCache& certificates;
  api::ObjectRef owner;         ///< Gateway or ListenerSet
  const api::Gateway& gateway;  ///< the owner itself, or its parent
};

/// index  the listener's place in spec.listeners of its owner, for messages.
ListenerFacts examine(const ListenerContext& context, std::shared_ptr<const api::Listener> listener, std::size_t index);

/// The Secrets and ConfigMaps that the result of examine() depends on, granted or not, existing or not, and the
/// namespaces (as {"ReferenceGrant", namespace, ""}) whose grants it asks for.
std::vector<api::ObjectRef> dependencies(const api::ObjectRef& owner, const api::Listener& listener);

}  // namespace sluice::attach
