// The Lease of a node: it says that its sluiced lives, and what the node holds, so that a new leader learns from the
// nodes themselves who answers for which address.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/lease/lease.h"

namespace sluice::lease {

inline constexpr std::string_view kNodeLeasePrefix = "sluice-node-";
/// By which the Leases of nodes are listed.
inline constexpr std::string_view kNodeLeaseLabel = "sluice.dev/lease";
inline constexpr std::string_view kNodeLeaseLabelValue = "node";

/// What a node holds. Canonical text of addresses, sorted.
struct Holdings {
  std::vector<std::string> vips;     ///< that it answers for; annotation sluice.dev/vips
  std::vector<std::string> sources;  ///< that it speaks to backends from; annotation sluice.dev/sources
  bool operator==(const Holdings&) const = default;
};

std::map<std::string, std::string> to_annotations(const Holdings& holdings);
/// What is no IP address is left out: the annotations are anybody's who may write the Lease.
Holdings holdings_of(const std::map<std::string, std::string>& annotations);

/// Of this process and no other: boot ID, pid, which a container gives out anew with each start, and a random part.
std::string new_identity();

/// The options with which a node's daemon holds its Lease.
LeaseOptions node_lease_options(std::string namespace_, const std::string& node, std::string identity);

/// The node of a Lease; nullopt: it is not a node's.
std::optional<std::string> node_of(std::string_view lease_name);

}  // namespace sluice::lease
