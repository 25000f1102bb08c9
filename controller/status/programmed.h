// Programmed of Gateways, ListenerSets and listeners: what attach decided, and what the data plane says of it.
#pragma once

#include "controller/attach/graph.h"
#include "controller/status/data_plane.h"

namespace sluice::status {

/// A listener that is invalid, conflicted or refused by a node says so itself; its Gateway stays programmed.
attach::Condition programmed(const attach::Graph& graph, const attach::ListenerResult& listener,
                             const DataPlane& data_plane);

/// True when it is accepted, has all of its addresses, and the data plane has it in force.
attach::Condition programmed(const attach::Graph& graph, const attach::GatewayResult& gateway,
                             const DataPlane& data_plane);

attach::Condition programmed(const attach::Graph& graph, const attach::ListenerSetResult& listener_set,
                             const DataPlane& data_plane);

}  // namespace sluice::status
