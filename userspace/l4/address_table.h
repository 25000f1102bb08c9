// The addresses that the datapath attends to, with their roles, and what the host must do for each: answer ARP and NDP
// for a VIP, deliver it here, leave its own addresses alone.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <set>
#include <string>

#include "sluice/bpf/address.h"
#include "userspace/l4/announce.h"
#include "userspace/l4/announcements.h"
#include "userspace/l4/journal.h"
#include "userspace/l4/network.h"

namespace sluice::l4 {

/// Roles are bits of enum address_roles.
class AddressTable {
 public:
  /// map: the BPF map `addresses`, borrowed.
  AddressTable(int map, Network& network, Journal& journal) : map_(map), network_(network), journal_(journal) {}

  /// Makes these the served addresses: one that an interface has is LOCAL, any other becomes a VIP of ours: a local
  /// route, an answer to NDP where it is on-link, an announcement where CAP_NET_RAW allows. `draining`: no longer
  /// served, but flows still live: no new neighbour learns the way to them. `elsewhere`: another node answers for them;
  /// what still comes here is served. Returns what failed, by address.
  std::map<Address, std::string> serve(const std::set<Address>& addresses, const std::set<Address>& draining,
                                       const std::set<Address>& elsewhere = {});

  /// These are sources towards backends. One that no interface has becomes deliverable here, as a VIP does.
  /// Error: which could not.
  std::expected<void, std::string> set_sources(const std::set<Address>& addresses, const std::set<Address>& routed);

  /// Links or addresses have changed: the next serve() sets everything up anew, and announces what lies on a link that
  /// it was not announced on, or on one of `came`, which can send again.
  void forget(const std::set<int>& came);

  /// What an earlier process left: entries of the map, routes of the journal. Call before the first serve().
  void adopt();

  /// Answers for no VIP any more; flows that still come are forwarded.
  void release();

  /// Tells the neighbours once more that a VIP is here, where CAP_NET_RAW allows.
  void announce_again(const Address& vip);

  /// Once a second: announces what is due in it (announcements.h).
  void announce_due(std::uint64_t second);

  /// It is set up, by this process or one before it.
  [[nodiscard]] bool is_noted(const Address& address) const;

  /// Whether the address is on the link of that device: only there can another host have it.
  [[nodiscard]] bool lies_on(const Address& address, int device) const;

  /// The VIPs that this node answers for.
  [[nodiscard]] std::set<Address> held() const;

  /// Takes away all that the journal says was set up, but for what another instance in this network namespace has set
  /// up as well. For remove().
  static void undo(Network& network, Journal& journal);

 private:
  std::expected<void, std::string> set_up(const Address& address);
  void take_down(const Address& address);
  void tell(const Address& address);
  void write();

  int map_;
  Network& network_;
  Journal& journal_;
  std::set<Address> served_;
  std::set<Address> draining_;
  std::set<Address> sources_;
  std::set<Address> routed_sources_;  ///< routed to a device of ours, not delivered here
  std::map<Address, std::uint32_t> written_;
  std::set<Address> set_up_;
  std::set<Address> checked_;                   ///< set up, and looked at since links or addresses changed
  std::set<Address> taken_over_;                ///< not announced yet
  std::map<Address, std::set<int>> announced_;  ///< on which links; of what an earlier process set up, too
  Announcements announcements_;
  Announcer announcer_;
  bool known_ = false;  ///< serve() has been called
  bool released_ = false;
};

}  // namespace sluice::l4
