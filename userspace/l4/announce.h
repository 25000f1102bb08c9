// Tells the neighbours where a VIP is now: gratuitous ARP (RFC 5227, 3), unsolicited neighbour advertisement (RFC 4861,
// 7.2.6). Only a courtesy to caches that still hold another node: the kernel answers whoever asks.
#pragma once

#include "userspace/l4/address.h"
#include "userspace/l4/network.h"

namespace sluice::l4 {

/// True: sent. False: not allowed (CAP_NET_RAW), or not possible on that device.
bool announce(const Address& address, const Link& link);

}  // namespace sluice::l4
