// Prometheus text of the engine's doors: connections, TLS handshakes, passthrough, certificates.
#pragma once

#include <string>
#include <vector>

#include "userspace/l7/door.h"

namespace sluice::l7 {

/// Sums the doors. listeners: in force; nullptr: none yet.
void append_door_metrics(const std::vector<const Door*>& doors, const Listeners* listeners, std::string& out);

}  // namespace sluice::l7
