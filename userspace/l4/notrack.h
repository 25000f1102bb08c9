// The netfilter rule without which pods' replies are lost: packets for the SNAT addresses of `sluice0` are not tracked.
//
//   table inet sluice-INSTANCE { chain untracked { type filter hook prerouting priority raw; ip daddr A notrack } }
//
// Spoken over NETLINK_NETFILTER, so that an image needs no nft binary. Why: docs/operations/datapath.md.
#pragma once

#include <expected>
#include <span>
#include <string>

#include "userspace/l4/address.h"

namespace sluice::l4 {

/// Makes the table hold exactly these rules, in one transaction. Error: what the kernel says, and what would do.
std::expected<void, std::string> set_notrack(const std::string& instance, std::span<const Address> addresses);

/// Whether the chain is there with `rules` rules.
std::expected<void, std::string> check_notrack(const std::string& instance, std::size_t rules);

/// Fine when there is none.
std::expected<void, std::string> remove_notrack(const std::string& instance);

}  // namespace sluice::l4
