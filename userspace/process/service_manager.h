// Tells the service manager how far this process is (sd_notify's protocol; a unit of Type=notify waits for it).
#pragma once

#include <string_view>

namespace sluice::process {

/// state: "READY=1", "STOPPING=1". Without NOTIFY_SOCKET in the environment nothing is sent.
void notify_service_manager(std::string_view state);

}  // namespace sluice::process
