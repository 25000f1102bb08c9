// Which node answers for an address (ARP, NDP): it stays with the one that has it while that lives, and is given by
// rendezvous hash to one of those that live when it has none. So a node that comes moves nothing, and one that goes
// moves what it had, spread over all others, and nothing else (Thaler, Ravishankar: "Using Name-Based Mappings to
// Increase Hit Rates", 1998).
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sluice::address {

struct ServingNode {
  bool is_live = false;    ///< its Lease is renewed, or it is heard
  bool is_ready = false;   ///< it would take up what it is given now: it is connected, and Kubernetes says Ready
  bool is_absent = false;  ///< nothing of the model has reached it for long: who is ready takes what it has
};

/// Address -> node; empty: no node is there to answer.
using Owners = std::map<std::string, std::string>;

/// addresses  those in use, with the nodes that serve all of their Gateways; nullopt: every node does.
/// nodes      by name.
/// before     the owners so far: those that we gave, else those that the nodes' Leases name.
/// An owner stays while it lives, unless it is absent and a ready node is there.
/// New owners are ready ones, or live ones where no ready one is there.
Owners owners(const std::map<std::string, std::optional<std::set<std::string>>>& addresses,
              const std::map<std::string, ServingNode>& nodes, const Owners& before);

/// The rank of a node for an address: the highest wins. The same in every build and on every machine.
std::uint64_t rendezvous(std::string_view node, std::string_view address);

}  // namespace sluice::address
