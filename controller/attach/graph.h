// What attach decides: which listeners serve, which routes hang on which of them with which hostnames, what every
// reference resolves to, and every condition. compile makes the model from it, status the objects' status. A value:
// equal inputs give equal graphs, whatever the order of changes was.
#pragma once

#include <expected>
#include <set>
#include <variant>

#include "controller/api/object_set.h"
#include "controller/attach/condition.h"

namespace sluice::attach {

/// A listener by its owner (Gateway or ListenerSet) and name. Ordered.
struct ListenerId {
  api::ObjectRef owner;
  std::string name;
  auto operator<=>(const ListenerId&) const = default;
};

/// Kinds of route, in order. Never changed: copies share them, as most listeners take what their protocol can.
class RouteKinds {
 public:
  RouteKinds() : RouteKinds(std::vector<api::RouteGroupKind>{}) {}
  RouteKinds(std::vector<api::RouteGroupKind> kinds)  // NOLINT(google-explicit-constructor): it is nothing more
      : kinds_(std::make_shared<const std::vector<api::RouteGroupKind>>(std::move(kinds))) {}

  [[nodiscard]] auto begin() const { return kinds_->begin(); }
  [[nodiscard]] auto end() const { return kinds_->end(); }
  [[nodiscard]] bool empty() const { return kinds_->empty(); }
  [[nodiscard]] std::size_t size() const { return kinds_->size(); }
  bool operator==(const RouteKinds& other) const { return kinds_ == other.kinds_ || *kinds_ == *other.kinds_; }

 private:
  std::shared_ptr<const std::vector<api::RouteGroupKind>> kinds_;
};

enum class ListenerProtocol { Http, Https, Tls, Tcp, Udp, Unknown };

struct ListenerResult {
  ListenerId id;
  api::ObjectRef gateway;  ///< the Gateway that it is part of, itself the owner or the ListenerSet's parent
  std::shared_ptr<const api::Listener> listener;  ///< shares ownership with its object
  ListenerProtocol protocol = ListenerProtocol::Unknown;
  std::string hostname;      ///< lower case; empty: any
  bool passthrough = false;  ///< protocol TLS, mode Passthrough
  bool serves = false;       ///< distinct, valid and with a class of ours: routes that attach to it get traffic
  /// The certificates that resolved, in the order of certificateRefs; terminated TLS only.
  std::vector<api::NamespacedName> certificates;
  RouteKinds supported_kinds;
  std::int32_t attached_routes = 0;
  Conditions conditions;
};

struct GatewayResult {
  api::ObjectRef ref;
  std::shared_ptr<const api::Gateway> gateway;
  std::vector<std::string> addresses;  ///< effective IP addresses, canonical text, sorted; see AttachOptions
  std::vector<ListenerId> listeners;   ///< its own, in order, then those of its ListenerSets (oldest first)
  std::int32_t attached_listener_sets = 0;
  bool accepted = false;
  bool prefers_local = false;  ///< its SluiceParameters: endpoints on the node that forwards go before others
  Conditions conditions;       ///< without Programmed, which the node's acknowledgement decides (controller/status)
};

struct ListenerSetResult {
  api::ObjectRef ref;
  std::shared_ptr<const api::ListenerSet> listener_set;
  std::vector<ListenerId> listeners;
  bool accepted = false;
  Conditions conditions;
};

/// A Service port that a backendRef resolved to.
struct ResolvedBackend {
  api::NamespacedName service;
  std::int32_t port = 0;
  bool udp = false;
  auto operator<=>(const ResolvedBackend&) const = default;
};

struct BackendResult {
  std::expected<ResolvedBackend, Refusal> target;
  std::uint32_t weight = 1;
  bool operator==(const BackendResult&) const = default;
};

struct RuleResult {
  std::vector<BackendResult> backends;  ///< one for each backendRef of the rule
  /// The first field that this build cannot carry out or that is invalid ("spec.rules[0].filters[1].requestMirror");
  /// the rule then answers 500 and the route says so. Empty: all of it is carried out.
  std::string unsupported;
  bool operator==(const RuleResult&) const = default;
};

/// A parentRef of the route that names a Gateway or ListenerSet of ours.
struct ParentResult {
  api::ParentReference parent_ref;  ///< as written
  /// The listeners that the route hangs on by this parentRef, with its hostnames intersected with the listener's
  /// (lower case, in the route's order, each once; {""} where neither side names any). Empty when the parent does not
  /// take the route. Not empty when Accepted is False only because of rules that this build cannot carry out: those
  /// must be there to refuse what would otherwise fall through to another route.
  std::map<ListenerId, std::vector<std::string>> listeners;
  Conditions conditions;
  bool operator==(const ParentResult&) const = default;
};

struct RouteResult {
  api::ObjectRef ref;
  std::string creation_timestamp;
  std::variant<std::shared_ptr<const api::HttpRoute>, std::shared_ptr<const api::GrpcRoute>,
               std::shared_ptr<const api::TcpRoute>, std::shared_ptr<const api::UdpRoute>,
               std::shared_ptr<const api::TlsRoute>>
      route;
  std::vector<RuleResult> rules;
  std::vector<ParentResult> parents;  ///< in the order of the spec, those that are ours
};

struct GatewayClassResult {
  api::ObjectRef ref;
  std::shared_ptr<const api::GatewayClass> gateway_class;  ///< nullptr: the class that exists without an object
  bool accepted = false;
  Conditions conditions;
};

/// A BackendTLSPolicy's status for one ancestor (a Gateway through which the target is reached).
struct AncestorResult {
  api::ParentReference ancestor_ref;
  Conditions conditions;
  bool operator==(const AncestorResult&) const = default;
};

struct BackendTlsPolicyResult {
  api::ObjectRef ref;
  std::shared_ptr<const api::BackendTlsPolicy> policy;
  std::vector<AncestorResult> ancestors;
};

struct Graph {
  std::map<api::NamespacedName, GatewayClassResult> gateway_classes;
  std::map<api::NamespacedName, GatewayResult> gateways;
  std::map<api::NamespacedName, ListenerSetResult> listener_sets;
  std::map<ListenerId, ListenerResult> listeners;
  std::map<api::ObjectRef, RouteResult> routes;
  std::map<api::NamespacedName, BackendTlsPolicyResult> backend_tls_policies;
  /// Routes by the listener that they hang on.
  std::map<ListenerId, std::set<api::ObjectRef>> routes_by_listener;
};

/// What a round of attach touched in the graph (added, changed or removed); compile rebuilds what depends on it.
struct GraphDelta {
  std::set<ListenerId> listeners;
  std::set<api::ObjectRef> routes;
  std::set<api::NamespacedName> services;  ///< Services, EndpointSlices or BackendTLSPolicies of them changed
  std::set<api::NamespacedName> secrets;
  /// Added, changed or removed: compile keeps its index of what belongs to a Service by them.
  std::set<api::NamespacedName> endpoint_slices;
  std::set<api::NamespacedName> backend_tls_policies;
  std::set<api::ObjectRef> status;  ///< objects whose conditions or counts changed
};

}  // namespace sluice::attach
