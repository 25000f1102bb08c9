// Whether something else on this host (kube-proxy, a container runtime) gives packets the host's own addresses as
// source: its ports are drawn from all, and two flows that meet on one port lose packets. An address for us alone is
// the remedy.
#pragma once

#include <optional>
#include <string>

#include "userspace/l4/netlink.h"

namespace sluice::l4 {

/// Does this rule (the attributes of an NFT_MSG_NEWRULE) masquerade or rewrite the source? nftables' own expressions,
/// and those of iptables on nftables.
bool rewrites_source(const NetlinkAttributes& rule);

/// What does it here: "nftables table kube-proxy"; nullopt: nothing that can be seen. Of iptables-legacy only the table
/// can be seen, not its rules.
std::optional<std::string> find_masquerade();

}  // namespace sluice::l4
