/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Rings: `rings`, one mmapped array of __u32 for all services. A slot holds the index of a backend, or RING_REJECT.
 *
 * Written by userspace only, a region before the ring_ref that names it; a region is written again only after it has
 * rested. The slot of a flow: hash.h.
 */
#pragma once

#include "sluice/bpf/types.h"

enum { RING_REJECT = 0 };
