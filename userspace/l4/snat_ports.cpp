#include "userspace/l4/snat_ports.h"

#include <sstream>

namespace sluice::l4 {
namespace {

constexpr PortRange kDefault{10000, 29999};

std::uint32_t left(PortRange range, const LocalPorts& local) {
  auto rest = without({local.drawn}, range);
  for (const auto& each : local.reserved) rest = without(rest, each);
  std::uint32_t count = 0;
  for (const auto& each : rest) count += each.high - each.low + 1U;
  return count;
}

bool leaves_enough(PortRange range, const LocalPorts& local) {
  return within({local.drawn}, range).empty() || left(range, local) >= kFewestLocalPorts;
}

}  // namespace

std::optional<LocalPorts> read_local_ports() {
  const auto drawn = read_sysctl({"net/ipv4/ip_local_port_range", ""});
  const auto reserved = parse_port_ranges(read_sysctl({"net/ipv4/ip_local_reserved_ports", ""}).value_or(""));
  LocalPorts local;
  std::istringstream in(drawn.value_or(""));
  if (!(in >> local.drawn.low >> local.drawn.high) || !reserved) return std::nullopt;
  local.reserved = *reserved;
  return local;
}

std::expected<void, std::string> check_snat_ports(PortRange range, const LocalPorts& local) {
  if (leaves_enough(range, local)) return {};
  const std::string way = leaves_enough(kDefault, local) ? ", such as " + print_port_ranges({kDefault}) : "";
  return std::unexpected("--snat-ports " + print_port_ranges({range}) + ": leaves " +
                         std::to_string(left(range, local)) + " of the ports " + print_port_ranges({local.drawn}) +
                         " (net.ipv4.ip_local_port_range) for local sockets, the engine's among them, which need " +
                         std::to_string(kFewestLocalPorts) + ": choose a range outside of it" + way +
                         ", or set net.ipv4.ip_local_port_range to others");
}

}  // namespace sluice::l4
