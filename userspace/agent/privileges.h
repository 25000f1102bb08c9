// What sluiced may do: it needs CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON, uses CAP_NET_RAW where it has it (announcing
// VIPs), and gives everything else up before it reads the first packet.
#pragma once

#include <expected>
#include <string>

namespace sluice::agent {

/// Error: which capabilities are missing, and what would do.
std::expected<void, std::string> check_capabilities();

/// Whether VIPs can be announced (gratuitous ARP and neighbour advertisements, by a packet socket).
bool may_announce();

/// Keeps what check_capabilities() asks for, and CAP_NET_RAW, for this thread and those that it starts; sets
/// no_new_privs. share_xdp: CAP_SYS_ADMIN, too, which libxdp needs (--xdp shared). Cannot be undone. Error: what the
/// kernel refused.
std::expected<void, std::string> drop_other_capabilities(bool share_xdp);

/// As many descriptors as the hard limit allows: each connection of the engine takes two, a spliced one six.
void raise_descriptor_limit();

}  // namespace sluice::agent
