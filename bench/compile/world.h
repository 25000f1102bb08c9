// The objects that the benchmark compiles: many small routes, each with a Service and an EndpointSlice of its own.
#pragma once

#include <string>
#include <vector>

#include "controller/api/object_set.h"

namespace sluice::bench {

inline constexpr int kRoutes = 10000;

enum class Kind { Http, Tcp };

/// Http: 100 Gateways with an address and an HTTP listener each, 100 HTTPRoutes on each with a hostname of their own.
/// Tcp: one Gateway; its listeners stand in ListenerSets of 64, a TCPRoute on each.
/// Objects as a source delivers them: defaulted and valid.
api::ObjectSet make_world(Kind kind);

/// Every object of the set.
std::vector<api::ObjectRef> all_of(const api::ObjectSet& objects);

/// One edit in place, of route number `route`; `turn` makes each one different. Returns what it touched.
std::vector<api::ObjectRef> edit_weight(api::ObjectSet& objects, Kind kind, int route, int turn);
std::vector<api::ObjectRef> edit_endpoint(api::ObjectSet& objects, int route, int turn);
/// Http only.
std::vector<api::ObjectRef> edit_hostname(api::ObjectSet& objects, int route, int turn);

/// The set as manifests, a file each of `files`; `folder` exists and is empty.
void write_manifests(const api::ObjectSet& objects, const std::string& folder, int files);

}  // namespace sluice::bench
