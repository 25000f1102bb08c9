/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How a rewritten packet leaves: never by the host's routing, to which its source is a martian. */
#pragma once

#include "bpf/lib/packet.h"
#include "sluice/bpf/counters.h"
#include "sluice/bpf/flow.h"

/* Can this hook send by the entry's exit? What XDP cannot, TC on the same device does: XDP asks before it changes a
 * thing. */
static __always_inline int exit_serves(context *ctx, const struct flow_head *flow, const __u32 hook)
{
	if (hook != HOOK_XDP)
		return 1;
	return (flow->exit == EXIT_REDIRECT || flow->exit == EXIT_PEER) &&
	       (flow->ifindex == packet_device(ctx) || (flow->flags & FLOW_XDP && flow->exit == EXIT_REDIRECT));
}

/* Returns the verdict. */
static __always_inline int leave(context *ctx, const struct flow_head *flow, const __u32 hook)
{
	const __u8 exit = flow->exit;

	if (exit == EXIT_NEIGHBOUR)
		return packet_neighbour(flow->ifindex);
	if (exit == EXIT_PEER && hook == HOOK_TC) /* the helper serves ingress only */
		return packet_peer(ctx, flow->ifindex);
	return packet_redirect(ctx, flow->ifindex);
}
