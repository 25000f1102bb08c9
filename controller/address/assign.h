// Who gets which address: Gateways from the pools (GEP-1762, GEP-5093), and each node the addresses that it speaks to
// backends from. Pure: equal claims give equal assignments, in whatever order they come.
//
// The record of what is assigned is the objects themselves, so that a restart or a new leader changes nothing: a
// Gateway's addresses are its status.addresses, a node's are in the annotations of its Lease (controller/lease). In
// this order, and within each the older object first:
//
//   1. a Gateway keeps the automatic addresses that its status has, while a pool of its has them and no Gateway of
//      another namespace shares them by value;
//   2. a node keeps the source addresses that it has;
//   3. a Gateway gets each address that it asks for by value, if a pool of its has it, no node speaks from it and no
//      Gateway of another namespace has it automatically; other Gateways may have the same one: then they are merged,
//      as in a folder. Across namespaces so only by the will of both: who is merged takes requests from the other;
//   4. a Gateway gets automatic ones, the lowest that nobody has or asks for, from the oldest pool first;
//   5. a node gets source addresses, one a family: the highest that nobody has or asks for.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/api/address_pool.h"
#include "controller/api/object_set.h"
#include "controller/attach/grant.h"

namespace sluice::address {

/// A Gateway of ours.
struct GatewayClaim {
  std::shared_ptr<const api::Gateway> gateway;
  std::vector<std::string> held;    ///< status.addresses as it was read, or as we have granted since; any order
  std::optional<std::string> pool;  ///< SluiceParameters.spec.pool: this one alone, autoAssign or not
};

/// A node with a Lease.
struct NodeClaim {
  std::string name;
  bool has_ipv4 = true;
  bool has_ipv6 = true;
  std::vector<std::string> held;
};

struct Claims {
  std::vector<std::shared_ptr<const api::AddressPool>> pools;
  std::vector<GatewayClaim> gateways;
  std::vector<NodeClaim> nodes;
};

/// What becomes of a pool: its status.
struct PoolUse {
  std::int64_t total = 0;  ///< addresses that can be given out; those that an older pool has too, not
  std::int64_t used = 0;
  std::string problem;  ///< an entry of spec.addresses that is none, or that is another pool's; empty: none
  bool operator==(const PoolUse&) const = default;
};

struct Assignment {
  attach::Grants grants;                                    ///< one for each Gateway
  std::map<std::string, std::vector<std::string>> sources;  ///< by node; canonical, sorted
  std::map<std::string, PoolUse> pools;
  std::vector<std::string> shortages;  ///< nodes that could not be given a source: one line each, for a log
  bool operator==(const Assignment&) const = default;
};

Assignment assign(const Claims& claims);

}  // namespace sluice::address
