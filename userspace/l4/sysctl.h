// The kernel settings that forwarding needs, each with its reason; what was there before is restored by remove().
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "userspace/l4/journal.h"

namespace sluice::l4 {

/// "net.ipv4.conf.eth0.forwarding": dots part the names, but for a device's own, which may hold dots ("eth0.100"): it
/// is given apart and put where the path has "{}".
struct Sysctl {
  std::string path;  ///< "net/ipv4/conf/{}/forwarding"
  std::string device;
  [[nodiscard]] std::string file() const;  ///< below /proc/sys
  [[nodiscard]] std::string text() const;  ///< as `sysctl` prints it
};

std::optional<std::string> read_sysctl(const Sysctl& sysctl);

/// Sets it where it differs, and notes the former value in the journal once; what another instance in this namespace
/// has set is noted as that one did, so that it stays until the last of them goes. Error: what, and why it is needed.
std::expected<void, std::string> require_sysctl(Journal& journal, const Sysctl& sysctl, std::string_view value,
                                                std::string_view reason);

/// Puts all noted values back where they are still ours and no other instance here has noted them, too. What cannot be
/// restored (a device that is gone) is skipped.
void restore_sysctls(Journal& journal);

/// Ports as /proc/sys/net/ipv4/ip_local_reserved_ports lists them: sorted, disjoint, inclusive.
struct PortRange {
  std::uint16_t low = 0;
  std::uint16_t high = 0;
  bool operator==(const PortRange&) const = default;
};

/// Error: not of that form ("1,5-9").
std::expected<std::vector<PortRange>, std::string> parse_port_ranges(std::string_view text);
std::string print_port_ranges(const std::vector<PortRange>& ranges);
std::vector<PortRange> merged(std::vector<PortRange> ranges, PortRange added);
std::vector<PortRange> without(const std::vector<PortRange>& ranges, PortRange removed);
/// What of `ranges` lies in `range`.
std::vector<PortRange> within(const std::vector<PortRange>& ranges, PortRange range);

/// Local sockets shall not draw their ports from `range`. Merged into what is reserved already; the parts that nobody
/// or another instance had reserved are noted, and only they are given back by restore_reserved_ports, by the last
/// instance that has noted them.
std::expected<void, std::string> reserve_ports(Journal& journal, PortRange range);
void restore_reserved_ports(Journal& journal);

}  // namespace sluice::l4
