// `sluice0`: where replies of this node's pods go. A device that carries nothing itself: the route of a SNAT address
// leads to it, and the program at its egress undoes the NAT and sends the packet on. docs/operations/datapath.md.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "userspace/l4/journal.h"
#include "userspace/l4/network.h"

namespace sluice::l4 {

/// The addresses that pods are spoken to from: one of 100.64/10 (RFC 6598) and one of a fixed unique local prefix
/// (RFC 4193), the first of each that nothing on this host has a route for.
struct PodDevice {
  int index = 0;
  std::string name;
  std::string kind;
  std::vector<Address> sources;  ///< IPv4, IPv6
};

/// Makes the device, or takes over the instance's own (known by its alias); routes its addresses to it, and puts the
/// notrack rule in force. mtu: the least of the clients' devices, so that pods learn it.
std::expected<PodDevice, std::string> make_pod_device(Network& network, const std::string& instance, std::uint32_t mtu);

/// Such a device, of whatever instance.
bool is_pod_device(const Link& link);

/// The instance's device if there is one.
const Link* find_pod_device(const Network& network, const std::string& instance);

/// Deletes the device (its routes go with it) and the rule.
std::expected<void, std::string> remove_pod_device(Network& network, const std::string& instance);

}  // namespace sluice::l4
