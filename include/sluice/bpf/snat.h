/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Source addresses of NATed packets: `snat_sources[index]`, named by backends. Each is in `addresses` with
 * ADDRESS_SNAT.
 *
 * Written by userspace before the backends that use it. Changing an entry loses the handshakes that are half-way, no
 * established flow. Ports lo .. lo+ports-1 are reserved on the node (ip_local_reserved_ports).
 */
#pragma once

#include "sluice/bpf/types.h"

struct snat_source {
	struct addr address;
	__u16 port_low; /* host order */
	__u16 ports;	/* how many; 0: entry unused */
	__u32 room[3];
};
static_assert(sizeof(struct snat_source) == 32, "layout of the SNAT sources, version 1");
