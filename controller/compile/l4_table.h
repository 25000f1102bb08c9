// The tables of TCP, UDP and TLS listeners. Few routes each, so they are made whole.
#pragma once

#include <vector>

#include "controller/compile/backend.h"

namespace sluice::compile {

/// The oldest route serves, the others are named as shadowed.
model::v1::L4Table compile_l4(std::vector<const attach::RouteResult*> routes, BackendUses& uses);

/// Where a TLSRoute hangs on a listener.
struct SniRoute {
  const attach::RouteResult* route = nullptr;
  std::vector<std::string> hostnames;  ///< intersected with the listener's
};

/// By hostname: exact, longest wildcard, none. Routes that meet in one name are ranked as HTTP routes are: own
/// hostname, age, namespace/name; the first serves.
model::v1::SniTable compile_sni(const std::vector<SniRoute>& routes, const attach::ListenerResult& listener,
                                BackendUses& uses);

}  // namespace sluice::compile
