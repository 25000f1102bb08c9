/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Backends: an endpoint's address and port, `backends[index]`; index 0 is never used (RING_REJECT).
 *
 * New:      whole entry, then rings.
 * Draining: state only; it leaves the rings, flows stay.
 * Removed:  leaves the rings; state = BACKEND_REMOVED with removed_at; then config.generation. Back within the drain:
 * the same index becomes READY again and keeps its flows. An index is used for another endpoint only after
 *           TIMEOUT_DRAIN, and then with another epoch: what still refers to the old one ends at its next packet.
 */
#pragma once

#include "sluice/bpf/types.h"

enum backend_state {
	BACKEND_FREE = 0,
	BACKEND_READY = 1,
	BACKEND_DRAINING = 2,
	BACKEND_REMOVED = 3, /* UDP flows go elsewhere now, TCP flows end by RST at removed_at + TIMEOUT_DRAIN */
	BACKEND_DENIED = 4,  /* all flows end now */
};

struct backend {
	struct addr address;
	__be16 port;
	__u8 family; /* enum family; must be the service's */
	__u8 zero;
	__u32 state; /* enum backend_state */
	__u32 epoch;
	__u32 removed_at; /* jiffies */
	__u32 snat_first; /* its source addresses: snat_sources[snat_first .. + snat_count), of its family */
	__u32 snat_count; /* 1 or more */
	__u32 room[6];
};
static_assert(sizeof(struct backend) == 64, "layout of the backends, version 1");
