// Source addresses: from which address of ours a backend is spoken to, so that its reply comes back to a program.
//
//   this node's pods   an address of 100.64/10 (or its IPv6 twin), routed to sluice0
//   --snat-address     for all other backends, where it is given, else
//   the model's        for this node of a cluster, where it names any (NodeSource)
//   else               the address that the host itself would use
//
// Why: docs/operations/datapath.md.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "sluice/bpf/backend.h"
#include "sluice/bpf/snat.h"
#include "userspace/l4/backend_table.h"
#include "userspace/l4/network.h"
#include "userspace/l4/pod_device.h"
#include "userspace/l4/sysctl.h"

namespace sluice::l4 {

/// The mapped array `snat_sources`: runs of addresses.
class SourceArray {
 public:
  SourceArray(std::span<snat_source> entries, PortRange ports) : entries_(entries), ports_(ports) {}

  /// Takes over what `backends` in force refer to; the rest is free. Ports are set to those of now.
  void adopt(std::span<const backend> backends);

  /// The run that holds exactly these addresses in this order; written if new. nullopt: no room.
  std::optional<std::uint32_t> run(std::span<const Address> addresses);

  /// All addresses that are written.
  [[nodiscard]] std::set<Address> addresses() const;

 private:
  [[nodiscard]] bool holds(std::uint32_t first, std::span<const Address> addresses) const;
  std::span<snat_source> entries_;
  PortRange ports_;
};

/// Chooses by the routes of this host.
class SourceChooser {
 public:
  struct Hooks {
    /// The datapath's program sits at that device's ingress.
    std::function<bool(int index)> attached;
    /// The pods' device, made when the first pod asks for it. Error: why there is none.
    std::function<std::expected<PodDevice, std::string>()> pod_device;
    /// Makes replies that come in by that device be forwarded (IPv4). Error: why not.
    std::function<std::expected<void, std::string>(const Link&)> forward_from;
    /// A pod's host-side veth: leave into it by bpf_redirect_peer.
    std::function<void(const Link&)> pod_veth;
    /// IPv4 is forwarded from the devices that clients come in by. Error: why not.
    std::function<std::expected<void, std::string>()> forwarding;
  };

  SourceChooser(Network& network, SourceArray& array, std::vector<Address> configured, Hooks hooks)
      : network_(network), array_(array), configured_(std::move(configured)), hooks_(std::move(hooks)) {}

  /// From now on, in the place of what the host itself would use; empty: that again.
  void set_configured(std::vector<Address> configured) { configured_ = std::move(configured); }

  /// Never fails silently: count 0 says why.
  BackendSource choose(const Target& target);

  /// Pods are served: their device and rule are needed.
  [[nodiscard]] bool serves_pods() const { return serves_pods_; }

 private:
  std::expected<std::vector<Address>, std::string> addresses_for(const Target& target, const Route& route);
  std::expected<std::vector<Address>, std::string> pod_sources(const Target& target, const Link& link, bool attached);

  Network& network_;
  SourceArray& array_;
  std::vector<Address> configured_;
  Hooks hooks_;
  bool serves_pods_ = false;
};

}  // namespace sluice::l4
