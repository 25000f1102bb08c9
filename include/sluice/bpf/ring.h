/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Rings: `rings`, one mmapped array of slots for all services. A slot holds the index of a backend, or RING_REJECT.
 * Slots lie in lines of 16, since the kernel rounds an array's values up to 8 bytes: mapped, they are one array of
 * __u32.
 *
 * Written by userspace only, a region before the ring_ref that names it; a region is written again only after it has
 * rested. The slot of a flow: hash.h.
 */
#pragma once

#include "sluice/bpf/types.h"

enum { RING_REJECT = 0 };

enum { RING_LINE = 16 };

struct ring_line {
	__u32 backend[RING_LINE];
};
static_assert(sizeof(struct ring_line) == 64, "layout of the rings, version 1");
