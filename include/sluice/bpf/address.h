/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which addresses the datapath cares for: `addresses`, struct addr -> struct address. What is not in it passes
 * untouched.
 *
 * Written by userspace: a VIP after its services, a SNAT address before the first backend that uses it; removed in the
 * opposite order. One address may have several roles (stand-alone, the node's own address is LOCAL and SNAT).
 */
#pragma once

#include "sluice/bpf/types.h"

enum address_roles {
	/* Ours alone: what no service takes is refused (RST, ICMP port unreachable), echo is answered here, fragments,
	 * IPv6 extension headers and VLAN tags are named drops. */
	ADDRESS_VIP = 1 << 0,
	/* An address of the node: services on it are ours, everything else passes untouched. */
	ADDRESS_LOCAL = 1 << 1,
	/* Source of NATed packets. Alone (nothing else sends from it): a reply without a flow is refused. Together with
	 * ADDRESS_LOCAL it passes untouched. */
	ADDRESS_SNAT = 1 << 2,
};

struct address {
	__u32 roles; /* enum address_roles */
	__u32 room;
};
static_assert(sizeof(struct address) == 8, "layout of the address map, version 1");
