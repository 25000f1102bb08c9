// OverlappingTLSConfig: HTTPS and TLS listeners on one address and port whose names or certificates stand for the same
// hosts, so that a client that reuses a connection may meet the wrong one (Gateway API v1.7.0, ListenerConditionType).
#pragma once

#include "controller/attach/conflict.h"

namespace sluice::attach {

/// Adds to `found` the overlaps of all listeners that have no conflict there.
/// ports  as compare_neighbours() has it.
void find_overlaps(std::span<const OwnedListeners> owners, const std::set<std::int32_t>* ports,
                   std::map<ListenerId, Neighbourhood>& found);

}  // namespace sluice::attach
