// What a start would do, and its undoing.
#include <sys/utsname.h>

#include <algorithm>

#include "userspace/l4/address_table.h"
#include "userspace/l4/attachment.h"
#include "userspace/l4/datapath.h"
#include "userspace/l4/datapath_state.h"
#include "userspace/l4/device.h"
#include "userspace/l4/journal.h"
#include "userspace/l4/masquerade.h"
#include "userspace/l4/network.h"
#include "userspace/l4/pins.h"
#include "userspace/l4/pod_device.h"
#include "userspace/l4/programs.h"
#include "userspace/l4/shared_xdp.h"
#include "userspace/l4/sysctl.h"

namespace sluice::l4 {
namespace {

void probe_kernel(const DatapathOptions& options, Probe& probe) {
  utsname kernel{};
  (void)::uname(&kernel);
  probe.facts.push_back("kernel " + std::string(kernel.release));
  if (auto mounted = check_bpffs(); !mounted) probe.problems.push_back(mounted.error());
  const auto programs = Programs::try_load({options.flows, options.half_open});
  if (!programs) {
    probe.problems.push_back(programs.error());
    return;
  }
  probe.facts.emplace_back("BPF programs: the kernel takes them");
  probe.facts.emplace_back(has_tcx(programs->program("sluice_tc_entry")) ? "tcx: yes" : "tcx: no, clsact serves");
}

void probe_forwarding(const std::vector<Device>& devices, Probe& probe) {
  for (const auto& device : devices) {
    const Sysctl forwarding{"net/ipv4/conf/{}/forwarding", device.name};
    if (read_sysctl(forwarding) != "1") probe.facts.push_back(forwarding.text() + " will be set to 1");
  }
  if (read_sysctl({"net/ipv6/conf/all/forwarding", ""}) == "0") {
    probe.facts.emplace_back("net.ipv6.conf.all.forwarding is 0: IPv6 backends will be refused until it is 1");
  }
}

/// IPv4, IPv6: which of them --snat-address leaves to the node's own address, though this node speaks it.
std::vector<std::string> left_to_own_address(const DatapathOptions& options, const Network& network) {
  std::vector<std::string> families;
  for (const bool v4 : {true, false}) {
    const bool spoken = std::ranges::any_of(
        network.addresses(), [&](const auto& each) { return each.global && each.address.is_v4() == v4; });
    const bool named =
        std::ranges::any_of(options.snat_addresses, [&](const std::string& each) { return each.contains(':') != v4; });
    if (spoken && !named) families.emplace_back(v4 ? "IPv4" : "IPv6");
  }
  return families;
}

/// The host's own address is the default towards backends elsewhere, right for who is alone on a host.
std::vector<std::string> warnings_of(const DatapathOptions& options, const Network& network) {
  const auto families = left_to_own_address(options, network);
  if (families.empty()) return {};
  std::vector<std::string> warnings;
  if (!options.snat_addresses.empty()) {
    warnings.push_back("--snat-address names no " + families.front() + " address: over " + families.front() +
                       " backends elsewhere are spoken to from the node's own address");
  }
  if (const auto other = find_masquerade()) {
    warnings.push_back(*other +
                       " rewrites sources too, and may draw the ports of flows towards backends elsewhere, which then "
                       "lose packets: give --snat-address an address that nothing else sends from");
  }
  return warnings;
}

}  // namespace

std::vector<std::string> Datapath::warnings() const {
  return warnings_of(state_->parts.options, state_->parts.network);
}

Probe Datapath::probe(const DatapathOptions& options) {
  Probe probe;
  if (const auto pins = Pins::of(options.instance); !pins) probe.problems.push_back(pins.error());
  if (const auto sources = check_sources(options); !sources) probe.problems.push_back(sources.error());
  probe_kernel(options, probe);
  const auto network = Network::open();
  if (!network) {
    probe.problems.push_back(network.error());
    return probe;
  }
  const auto devices = choose_devices(*network, options.devices, options.datapath);
  if (!devices) {
    probe.problems.push_back(devices.error());
    return probe;
  }
  for (const auto& device : *devices) probe.facts.push_back(device.name + ": " + device.why);
  probe_forwarding(*devices, probe);
  probe.warnings = warnings_of(options, *network);
  return probe;
}

std::expected<void, std::string> Datapath::end_sharing(const std::string& instance) {
  const auto pins = Pins::of(instance);
  if (!pins) return std::unexpected(pins.error());
  if (!pins->exists()) return {};
  auto journal = Journal::open(pins->map("journal"));
  if (!journal) return std::unexpected(journal.error());
  for (const auto& [device, how] : journal->entries("hook ")) l4::end_sharing(*journal, device);
  return {};
}

std::expected<void, std::string> Datapath::remove(const std::string& instance) {
  const auto pins = Pins::of(instance);
  if (!pins) return std::unexpected(pins.error());
  auto network = Network::open();
  if (!network) return std::unexpected(network.error());
  if (pins->exists()) {
    auto journal = Journal::open(pins->map("journal"), [&] { return pins->maps_beside("journal"); });
    if (!journal) return std::unexpected(journal.error());
    AddressTable::undo(*network, *journal);
    restore_sysctls(*journal);
    restore_reserved_ports(*journal);
    // Links of our own end with their pins; these two do not.
    for (const auto& [device, how] : journal->entries("hook ")) {
      const auto* link = network->link(device);
      if (link == nullptr) continue;
      if (how.contains("clsact")) remove_clsact_filters({link->index});
      if (how.contains("shared")) (void)detach_shared_xdp(link->index);
    }
  }
  if (auto gone = remove_pod_device(*network, instance); !gone) return gone;
  return pins->remove();
}

}  // namespace sluice::l4
