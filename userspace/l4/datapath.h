// The kernel half of a node: BPF programs loaded, pinned and attached, and the model written into their maps.
//
//   start -> apply(store, changed) ... poll() when fd() is readable ... -> destroyed: programs, maps and flows stay
//
// What stays in the kernel is pinned under /sys/fs/bpf/sluice/INSTANCE/vN; the next start adopts it. remove() ends it.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "userspace/model/store.h"

namespace sluice::l4 {

struct DatapathOptions {
  std::string instance = "default";
  std::string node;     ///< this node's name, by which endpoints and addresses are its own
  bool member = false;  ///< of a cluster: other hosts may claim an address of ours
  /// How long a node that was gone for longer than its Lease, or has come up anew, and hears nothing from the
  /// controller, waits for another host's claim before it answers for what it had: who has an address announces it each
  /// 30 s. Where claims cannot be heard (CAP_NET_RAW), until it hears from the controller.
  std::uint32_t listen_seconds = 32;
  std::vector<std::string> devices;  ///< empty: devices with a global address
  /// Canonical text; empty: those that the model names for this node, else each device's own address towards the
  /// backend.
  std::vector<std::string> snat_addresses;
  std::uint16_t snat_port_low = 10000;
  std::uint16_t snat_port_high = 29999;
  std::string datapath = "auto";  ///< auto, tc, xdp
  std::string xdp = "own";        ///< own, shared (libxdp's dispatcher)
  std::uint32_t flows = 262144;   ///< a family; two entries each
  std::uint32_t half_open = 65536;
};

/// What a start would do here, found without changing anything (--dry-run, and the log of a start).
struct Probe {
  std::vector<std::string> facts;     ///< "eth0: tc and xdp (native, driver virtio_net)", "tcx: yes (kernel 6.18)"
  std::vector<std::string> warnings;  ///< what will do harm that start() cannot know to be meant, and what would do
  std::vector<std::string> problems;  ///< what makes start() fail, and what would do
};

/// Another host's word that it has an address of this node's.
struct RivalClaim {
  std::string address;
  std::string mac;           ///< of who says so
  std::string device;        ///< by which it came
  bool is_given_up = false;  ///< else the address was announced once more
};

/// One owner, one thread; the kernel's side runs on without it.
class Datapath {
 public:
  /// Loads or adopts, attaches, sets the sysctls and routes that it needs. Error: what is missing, and what would do.
  static std::expected<std::unique_ptr<Datapath>, std::string> start(const DatapathOptions& options);

  /// Leaves programs, maps, VIPs and flows in force.
  ~Datapath();
  Datapath(const Datapath&) = delete;
  Datapath& operator=(const Datapath&) = delete;

  /// Makes what changed in the store take effect: backends and rings first, services last, removals at the end; VIPs
  /// follow the frontends' addresses. All of it on the first call, whatever `changed` says; what an adopted map holds
  /// beyond the store goes then. Endpoints that are gone start their drain. Resources that cannot be carried out:
  /// name -> why (they reject; the rest is in force). With nothing changed: what this host's addresses have changed of
  /// it.
  std::map<std::string, std::string> apply(const model::Store& store, const std::set<std::string>& changed);

  /// The engine's listening sockets of a family (AF_INET, AF_INET6), one a worker: connections to HTTP, HTTPS and TLS
  /// listeners are handed to them. Borrowed for the call; the map holds its own references.
  std::expected<void, std::string> set_sockets(int family, std::span<const int> sockets);

  /// The kernel's timeout for the TCP flows of a removed backend (RST both ways afterwards). Default 60 s.
  void set_backend_drain(std::uint32_t seconds);

  /// Readable when poll() has something to do (netlink events, timers). Owned by this object.
  [[nodiscard]] int fd() const;

  /// Neighbours, routes, sweeps, drains; without blocking for long. Call when fd() is readable.
  void poll();

  /// Called within poll() when devices or addresses of this host have changed.
  void on_network_change(std::function<void()> changed);

  /// What apply() returned last, as it stands now: a route or a device that comes ends a refusal.
  [[nodiscard]] const std::map<std::string, std::string>& refusals() const;

  /// Called within poll() when refusals() has changed.
  void on_refusals_change(std::function<void()> changed);

  /// What a readiness check asserts (programs attached, notrack rule where pods are served, ...). Error: what is not.
  [[nodiscard]] std::expected<void, std::string> ready() const;

  /// Prometheus text: sluice_l4_*, sluice_hook_packets_total, sluice_drops_total, sluice_map_*, sluice_xdp_mode.
  [[nodiscard]] std::string metrics() const;

  /// What is attached where, a line each, for the log and for people.
  [[nodiscard]] std::vector<std::string> describe() const;

  /// Probe::warnings, as of now.
  [[nodiscard]] std::vector<std::string> warnings() const;

  /// The addresses that this node answers for now: those of the model that no other node has and no other host has
  /// claimed since.
  [[nodiscard]] std::set<std::string> held_vips() const;

  /// Of this host's interfaces, canonical text; without link-local ones.
  [[nodiscard]] std::set<std::string> own_addresses() const;

  /// What the model names for this node to speak to backends elsewhere from, canonical text.
  [[nodiscard]] std::set<std::string> model_sources() const;

  /// Whether what the model says of addresses is known to be so now: this node is known to live, and hears from the
  /// controller. While it is, an address that another host claims is defended by announcing it again (RFC 5227, 2.4);
  /// while it is not (how it begins), it is given up: who claims it may know better. What was given up is taken back
  /// when it becomes so.
  void set_current(bool current);

  /// Whether the controller has said that the model is what it has for this node, which may not be known to live all
  /// the same. While it has not (how it begins), what the first model gives to this node, but for what an earlier
  /// process left set up, is listened for first (DatapathOptions::listen_seconds). When it becomes so that ends.
  void set_known(bool known);

  /// Called within poll() when another host has claimed an address; of a claim that goes on without a pause of a minute
  /// the first time alone.
  void on_rival(std::function<void(const RivalClaim&)> told);

  /// In a cluster: the node's Lease, in seconds. When this process has been gone for longer, the kernel leaves ARP and
  /// neighbour solicitations for VIPs unanswered: they are another node's then. Until it is set, as the process before
  /// had it. 0, without a cluster: the kernel answers whatever happens. Where the process before was gone for longer,
  /// they stay unanswered until the first apply(), which says for which of them this one answers.
  void set_lease(std::uint32_t seconds);

  /// Within a long piece of work that keeps poll() from being called: this process is there.
  void attend();

  /// On any thread: the node's Lease was renewed. Where poll() is late, the kernel goes on answering for its VIPs; it
  /// does not begin to do so again where it has ceased.
  void lease_renewed();

  /// Gives the VIPs up (--release-vips): they are no longer answered for here.
  void release_vips();

  /// Without changing anything.
  static Probe probe(const DatapathOptions& options);

  /// Detaches what an earlier process shared by libxdp. Needs CAP_SYS_ADMIN where there is such; fine where there is
  /// none.
  static std::expected<void, std::string> end_sharing(const std::string& instance);

  /// Detaches and unpins all of an instance, its routes, addresses and rules. Fine when there is nothing.
  static std::expected<void, std::string> remove(const std::string& instance);

 private:
  struct State;
  explicit Datapath(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sluice::l4
