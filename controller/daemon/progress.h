// How far the nodes are with what has been published: what Programmed is made from.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "controller/address/owner.h"
#include "controller/attach/graph.h"
#include "controller/daemon/presence.h"
#include "controller/lease/node_leases.h"
#include "controller/publish/publisher.h"
#include "controller/status/data_plane.h"
#include "sluice/model.pb.h"

namespace sluice::daemon {

/// The nodes that serve a Gateway; none of those that all nodes do.
using Serving = std::map<api::NamespacedName, std::set<std::string>>;

/// One thread.
class Progress {
 public:
  using Nodes = std::map<std::string, publish::NodeState>;

  /// After each delta that is published. A Gateway waits for its own and its ListenerSets' frontends, for its VIPs, and
  /// for nodes that serve it since; routes and endpoints, which change all the time, are no part of its generation.
  void published(const model::v1::Delta& delta, const attach::Graph& graph, const Serving& serving);

  /// nodes    those that are connected; those that are not live are as good as not there.
  /// owners   of the addresses; a Gateway is not in force while one of its addresses is nobody's who is live.
  [[nodiscard]] status::DataPlane data_plane(const attach::Graph& graph, const address::Owners& owners,
                                             const Nodes& nodes) const;

  /// Whether every live node has all that was published. False without a live node.
  [[nodiscard]] bool is_everywhere(const Nodes& nodes) const;

 private:
  std::map<api::NamespacedName, std::uint64_t> needed_;  ///< by Gateway: the generation that it waits for
  Serving serving_;                                      ///< as of the last published()
  std::uint64_t generation_ = 0;
};

/// Accepted Gateways one of whose addresses no live node answers for, and why, for a person.
std::map<api::ObjectRef, std::string> unanswered(const attach::Graph& graph, const address::Owners& owners,
                                                 const Progress::Nodes& nodes);

/// When the first of those that answer for addresses of accepted Gateways, live by their Leases and are not connected
/// will have been waited for; nullopt: there is none such.
std::optional<Presence::Time> owners_awaited(const attach::Graph& graph, const address::Owners& owners,
                                             const lease::NodeLives& lives, const Presence& presence,
                                             Presence::Time now);

/// A node that was live, and is, has less in force than it had: its stream was broken, and it lacks what came
/// meanwhile.
bool has_fallen_behind(const Progress::Nodes& before, const Progress::Nodes& now);

/// The frontends that nodes serve, for Publisher::set_serving.
struct ServingNodes {
  std::map<std::string, publish::Serving> nodes;
  publish::Serving others;
  bool operator==(const ServingNodes&) const = default;
};
/// nodes  all that there are; what is no node any more, though its certificate may hold for hours, serves nothing.
ServingNodes serving_of(const attach::Graph& graph, const Serving& serving, const std::set<std::string>& nodes);

}  // namespace sluice::daemon
