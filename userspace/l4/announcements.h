// When the addresses that a node holds are announced. One frame may be lost (a switch's port that has just come up, a
// full queue), and with it what a neighbour, or the node that had the address before, is to learn: so a takeover is
// said several times, and what is held is said again now and then, as keepalived does.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "userspace/l4/address.h"

namespace sluice::l4 {

/// Pure: seconds are what the caller counts.
class Announcements {
 public:
  /// After the first announcement, one a second.
  static constexpr int kRepeats = 5;
  /// Each address that is held, once in so many seconds; not all of them in the same one.
  static constexpr std::uint64_t kRefresh = 30;

  /// It was taken over, or a link that it lies on can send again: to be repeated.
  void begin(const Address& address) { repeats_[address] = kRepeats; }
  /// It is held no more.
  void end(const Address& address) { repeats_.erase(address); }

  /// Once a second: those of `held` that are to be announced in it.
  std::vector<Address> due(const std::set<Address>& held, std::uint64_t second);

 private:
  std::map<Address, int> repeats_;  ///< that are left
};

}  // namespace sluice::l4
