// The `status` of the objects, as an API server would hold it, made from the graph of attach. No clock and no I/O: the
// time comes from the caller, what a running node remembers between two statuses is in a History.
//
//   sluicectl status -f DIR -o json   status::list(objects, graph, {})
//   a node                            history.record(objects, changed);   // after each reload
//                                     status::list(objects, graph, {.data_plane = ..., .time = now, .history =
//                                     &history})
//   a cluster                         status_of(graph, ref, {.data_plane = ..., .version_trouble = ...});
//                                     generations are the objects' own, times the API server's (controller/report)
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "controller/attach/graph.h"
#include "controller/status/data_plane.h"
#include "controller/status/history.h"

namespace sluice::status {

/// lastTransitionTime where there is no clock, as the API's own defaults have it.
inline constexpr std::string_view kNoTime = "1970-01-01T00:00:00Z";

struct Moment {
  DataPlane data_plane = {};
  std::string time{kNoTime};  ///< RFC 3339, UTC, whole seconds: lastTransitionTime of what changes now
  /// Borrowed. Generations come from it, and conditions that did not change keep their time; it learns the statuses
  /// that are made. nullptr: generations are the objects' own.
  History* history = nullptr;
  /// Why SupportedVersion of GatewayClasses is False (the cluster's CRDs); empty: it is as attach has it. No features
  /// are claimed then: they are those of the version that we speak.
  std::string version_trouble = {};
};

/// Whether objects of the kind have a status that we write.
bool has_status(std::string_view kind);

/// The status of one object; nullopt when we have none to write: another controller's, a kind without status, an
/// object that is not there.
std::optional<boost::json::object> status_of(const attach::Graph& graph, const api::ObjectRef& ref,
                                             const Moment& moment);

/// apiVersion, kind, metadata, spec and, where we have one, status. The GatewayClass that exists without a file is made
/// up. nullopt: no such object, or a kind of the core (those have no status of ours).
std::optional<boost::json::object> object_of(const api::ObjectSet& objects, const attach::Graph& graph,
                                             const api::ObjectRef& ref, const Moment& moment);

/// Every object of a Gateway API kind, the GatewayClass included, sorted by kind, namespace, name.
std::vector<api::ObjectRef> listed(const api::ObjectSet& objects, const attach::Graph& graph);

/// All of them as `apiVersion: v1, kind: List`.
boost::json::object list(const api::ObjectSet& objects, const attach::Graph& graph, const Moment& moment);

}  // namespace sluice::status
