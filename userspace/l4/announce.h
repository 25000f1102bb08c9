// Tells the neighbours where a VIP is now: gratuitous ARP (RFC 5227, 3), unsolicited neighbour advertisement (RFC 4861,
// 7.2.6). The kernel answers whoever asks; this is for caches that still hold another node, and for that node.
#pragma once

#include "userspace/l4/address.h"
#include "userspace/l4/network.h"

namespace sluice::l4 {

/// One thread.
class Announcer {
 public:
  /// True: sent. False: not allowed (CAP_NET_RAW), or not possible on that device now.
  bool announce(const Address& address, const Link& link);

 private:
  Fd socket_;  ///< from the first announcement on: closing one waits for all CPUs
};

}  // namespace sluice::l4
