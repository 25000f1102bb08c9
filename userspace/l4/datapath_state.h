// What a Datapath is made of, and how its parts hang together. Included by datapath*.cpp alone.
#pragma once

#include <atomic>
#include <chrono>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "userspace/l4/address_table.h"
#include "userspace/l4/attachment.h"
#include "userspace/l4/counters.h"
#include "userspace/l4/datapath.h"
#include "userspace/l4/device.h"
#include "userspace/l4/journal.h"
#include "userspace/l4/monitor.h"
#include "userspace/l4/network.h"
#include "userspace/l4/pins.h"
#include "userspace/l4/placement.h"
#include "userspace/l4/pod_device.h"
#include "userspace/l4/programs.h"
#include "userspace/l4/rivals.h"
#include "userspace/l4/service_table.h"
#include "userspace/l4/source.h"
#include "userspace/l4/sweep.h"

namespace sluice::l4 {

/// The flags about sources as this host can carry them out: the addresses of --snat-address. Error: flag, value, and
/// what would do.
std::expected<std::vector<Address>, std::string> check_sources(const DatapathOptions& options);

inline constexpr std::uint32_t kTicksASecond = 4;

/// What start() has found and opened before the parts are put together.
struct Opened {
  DatapathOptions options;
  std::vector<Address> configured_sources;
  Pins pins;
  Network network;
  Journal journal;
  Programs programs;
  NetworkMonitor monitor;
};

struct Datapath::State {
  using Clock = std::chrono::steady_clock;

  explicit State(Opened opened);

  /// Takes over the maps, attaches, fills the slots. Error: what is missing, and what would do.
  std::expected<void, std::string> set_up();

  std::map<std::string, std::string> apply(const model::Store& store, const std::set<std::string>& changed);

  /// Netlink: devices, sources, next hops.
  void network_changed(const NetworkChange& change);
  /// The timer: sweeps and drains.
  void tick();

  [[nodiscard]] ServiceTable::Now now() const;
  /// At which a backend can be: each pod's link comes with a link-local one.
  [[nodiscard]] std::set<Address> own_addresses() const;

  // --- datapath_vips.cpp
  /// Tells the kernel that this process is there, but for one that has yet to look at what was left to it.
  void attend();
  void lease_renewed();  ///< any thread
  /// Another host may have said that it has an address of ours.
  void hear_rivals();
  void set_current(bool now);
  void set_known(bool now);

  // --- datapath_devices.cpp
  /// All of them that can be; names empty: chosen. Error: of the first that cannot.
  std::expected<void, std::string> attach_devices(std::span<const std::string> names);
  std::vector<std::string> named_devices();
  void follow_devices();
  std::expected<PodDevice, std::string> pod_device();
  std::expected<void, std::string> forward_from(const Link& link);
  void write_device(int index, std::uint32_t flags);
  [[nodiscard]] std::uint32_t least_mtu() const;

  Opened parts;
  Fd events;  ///< epoll: the monitor and the timer
  Fd timer;
  Attachment attachment;
  SourceArray source_array;
  SourceChooser sources;
  BackendTable backends;
  RingTable rings;
  Counters counters;
  ServiceTable services;
  ServicePlanner planner;
  AddressTable addresses;
  Sweep sweep;
  Placement placement;
  std::optional<Rivals> rivals;  ///< in a cluster, where CAP_NET_RAW allows
  bool current = false;          ///< the model is known to be so now, and this node to live
  bool known = false;            ///< the controller has said so of the model
  std::set<Address> yielded;     ///< claimed by another host, until the model is current
  /// Maybe another node's by now, until the model is known, or so many seconds are over in which no host claims it.
  std::map<Address, std::uint32_t> listening;
  /// The process before was gone for longer than its Lease: the kernel answers for no VIP until it is known which of
  /// them this one has.
  std::atomic<bool> fenced = false;
  std::set<Address> contested;  ///< claimed by another host since the last second; announced then once more
  std::map<Address, std::uint32_t> rival_heard;  ///< claims of the last minute: the tick of the newest
  std::uint64_t claims_contested = 0;
  std::uint64_t claims_yielded = 0;
  std::function<void(const RivalClaim&)> rival_told;
  std::vector<Device> devices;
  std::string device_problem;  ///< why not all devices that should be are attached
  std::optional<PodDevice> pods;
  std::string forwarding_problem;  ///< "": IPv4 is forwarded from all attached devices
  std::map<std::string, std::string> refusals;
  std::function<void()> told;           ///< of changed devices and addresses
  std::function<void()> refusals_told;  ///< of refusals that changed without an apply
  std::uint32_t ticks = 1;
  std::uint32_t bumped_at = 0;    ///< tick of the last bump for the network's sake
  bool bump_due = false;          ///< at the next tick
  std::uint32_t sweep_after = 0;  ///< ticks
  bool applied = false;
  bool sources_stale = false;
  std::size_t sources_known = 0;

 private:
  ServiceIndex service_index();
  SourceChooser::Hooks source_hooks();
  void adopt();
  void publish_sources();
  void next_hops_changed();
  void place(const model::Store& store, const std::set<std::string>& changed);
  [[nodiscard]] bool lease_is_over() const;
  void hold_back();
  void come_late();
  void listened();
  [[nodiscard]] std::set<Address> elsewhere() const;
  std::map<Address, HeardClaim> claimed_by_others();
  void tell_rival(const HeardClaim& heard, bool is_given_up);
  void contest();
  void settle(const std::set<ServiceId>& touched);
  void settle_again(const std::set<ServiceId>& touched);
};

}  // namespace sluice::l4
