// Whether this host can do without the ports of --snat-ports: what is reserved for flows towards backends, local
// sockets (the engine's, and everybody else's) cannot draw any more.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "userspace/l4/sysctl.h"

namespace sluice::l4 {

/// Fewer are no ports to live on: each connection to one server takes one.
inline constexpr std::uint32_t kFewestLocalPorts = 1024;

/// What local sockets draw from, and what they do not get of it (net.ipv4.ip_local_port_range,
/// ip_local_reserved_ports).
struct LocalPorts {
  PortRange drawn;
  std::vector<PortRange> reserved;
};

/// nullopt: the kernel does not say.
std::optional<LocalPorts> read_local_ports();

/// Error: --snat-ports takes so much of what local sockets draw from that fewer than kFewestLocalPorts are left; names
/// the flag, both ranges, and what would do. A listener's port may lie in the range: flows are told apart by both ends.
std::expected<void, std::string> check_snat_ports(PortRange range, const LocalPorts& local);

}  // namespace sluice::l4
