// The addresses that Gateways without addresses get where no --address is given: this node's global ones.
#pragma once

#include <string>
#include <vector>

namespace sluice::agent {

/// Canonical text, sorted, each once. devices: those alone; empty: every device that is up, loopback aside. Left out:
/// loopback and link-local addresses, and IPv6 addresses that are temporary, deprecated, tentative or failed their
/// duplicate check.
std::vector<std::string> node_addresses(const std::vector<std::string>& devices);

}  // namespace sluice::agent
