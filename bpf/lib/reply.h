/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A backend's packet that no established flow took: the reply of a half-open or one-way flow. */
#pragma once

#include "bpf/lib/exit.h"
#include "bpf/lib/fib.h"
#include "bpf/lib/outcome.h"
#include "bpf/lib/parse.h"
#include "bpf/lib/scratch.h"

/* A port that was taken over has a new client: the backend's answer to the old one must not reach it. UDP has no such
 * check, hence the longer age there.
 *
 * A bare ACK instead of a SYN-ACK comes from a backend that still holds a connection of this port which we have
 * forgotten, as after a reboot (RFC 9293 3.10.7.4). The client answers it with a RST, which ends that one, and its next
 * SYN gets through. */
static __always_inline int reply_acknowledges(const struct packet *packet, const struct half_head *half,
					      const int family)
{
	if (packet->protocol != IPPROTO_TCP || !(packet->tcp_flags & TCP_ACK))
		return 1;
	if (packet->tcp_flags & (TCP_SYN | TCP_RST))
		return bpf_ntohl(packet->acknowledged) - bpf_ntohl(half->client_sequence) - 1 <= half->syn_bytes;
	if (half->state & HALF_REPLIED)
		return 1;
	return !(packet->tcp_flags & TCP_FIN) && !payload_bytes(packet, family);
}

static __always_inline void reply_seen(union flow_key *r, const struct packet *packet, __u32 id, const int family)
{
	struct half_head *half = half_lookup(r, family);

	if (!half || READ_ONCE(half->id) != id)
		return;
	if (packet->protocol == IPPROTO_TCP) {
		if ((packet->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST)) != (TCP_SYN | TCP_ACK))
			return;
		WRITE_ONCE(half->reply_sequence, packet->sequence);
	}
	__sync_fetch_and_or(&half->state, HALF_REPLIED);
}

/* OUTCOME_MISS: answers nothing of ours. */
static __always_inline int reply(context *ctx, struct packet *packet, const __u32 hook, const int family)
{
	struct half_head *half = half_lookup(&packet->key, family);
	struct scratch *scratch = scratch_get();
	struct flow_head *forward, *flow;
	__u32 reason;

	if (!scratch)
		return OUTCOME_MISS;
	if (!half || !half_take_copy(scratch, half, family)) {
		/* promoted, and its half-open entry evicted, between our two looks */
		flow = flow_lookup(&packet->key, family);
		return flow && READ_ONCE(flow->state) & FLOW_VALID ? OUTCOME_ESTABLISHED : OUTCOME_MISS;
	}
	half = (struct half_head *)&scratch->half;
	forward = (struct flow_head *)&scratch->forward;
	if (!reply_acknowledges(packet, half, family))
		return DROP_SEQUENCE;
	flow_begin(forward, half_vip(half, family), half_client(half), half->vip_port, half->client_port,
		   packet->protocol, family);
	forward->id = half->id;
	forward->service = half->service;
	forward->state |= FLOW_REPLY;
	reason = next_hop_find(ctx, forward, family);
	if (reason)
		return reason;
	if (!exit_serves(ctx, forward, hook))
		return OUTCOME_UNTOUCHED;
	reply_seen(&packet->key, packet, half->id, family);
	return OUTCOME_FORWARD;
}
