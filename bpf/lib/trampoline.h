/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is attached to a device: it jumps to a slot of a pinned array, so an upgrade is one write to the slot. With an
 * empty slot packets for an address of ours alone are dropped: passed on, the host would reset live connections.
 */
#pragma once

#include "bpf/lib/count.h"
#include "bpf/lib/vlan.h"

static __always_inline int slot_is_empty(context *ctx, const __u32 hook)
{
	struct ethhdr *eth = packet_start(ctx);

	if ((void *)(eth + 1) > packet_end(ctx) || !is_for_us(ctx, ETH_HLEN, eth->h_proto))
		return packet_untouched();
	count_drop(DROP_NO_PROGRAM);
	count_hook(hook, dropped);
	return packet_drop();
}
