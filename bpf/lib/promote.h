/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Half-open or one-way -> established, by a client's packet after a reply was seen; never by the reply, which a spoofed
 * SYN gets too.
 */
#pragma once

#include "bpf/lib/count.h"
#include "bpf/lib/half.h"

#ifndef E2BIG
#define E2BIG 7
#define EEXIST 17
#define ENOMEM 12
#endif

/* A backend that took data from a SYN may answer before the handshake is over: the first ACK that we see may
 * acknowledge that, too. More than an initial window (RFC 6928) of Ethernet's segments. */
enum { FAST_OPEN_REPLY = 1 << 16 };

/* May this packet promote? TCP: it acknowledges the SYN-ACK's sequence, which only who saw it knows. */
static __always_inline int promotes(const struct half_head *half, const struct packet *packet)
{
	if (!(half->state & HALF_REPLIED))
		return 0;
	if (packet->protocol == IPPROTO_UDP)
		return 1;
	return (packet->tcp_flags & (TCP_ACK | TCP_SYN | TCP_RST)) == TCP_ACK &&
	       bpf_ntohl(packet->acknowledged) - bpf_ntohl(half->reply_sequence) - 1 <=
		   (half->syn_bytes ? (__u32)FAST_OPEN_REPLY : 0);
}

static __always_inline void reverse_begin(struct flow_head *reverse, struct flow_head *forward, union flow_key *f,
					  const int family)
{
	flow_begin(reverse, key_destination(f, family), key_source(f), key_ports(f, family)[1], key_ports(f, family)[0],
		   *key_protocol(f, family), family);
	reverse->id = forward->id;
	reverse->service = forward->service;
	reverse->state |= FLOW_REPLY;
	*flow_tail(reverse, family) = *flow_tail(forward, family);
}

/* scratch->forward is F's entry, complete; its id is the half-open flow's. Returns DROP_NONE or why it is none now. */
static __always_inline __u32 promote(union flow_key *f, union flow_key *r, const int family)
{
	struct scratch *scratch = scratch_get();
	struct flow_head *forward, *reverse, *entry;
	struct half_head *half;
	long error;

	if (!scratch)
		return DROP_FLOW_LOST;
	forward = (struct flow_head *)&scratch->forward;
	reverse = (struct flow_head *)&scratch->reverse;
	reverse_begin(reverse, forward, f, family);
	error = flow_insert(r, reverse, BPF_NOEXIST, family);
	if (error == -E2BIG || error == -ENOMEM)
		return DROP_FLOW_TABLE_FULL;
	if (error) { /* there is one: mine, by the other CPU, or another's */
		entry = flow_lookup(r, family);
		return entry && READ_ONCE(entry->id) == forward->id ? DROP_NONE : DROP_FLOW_LOST;
	}
	full_barrier(&scratch->barrier);
	half = half_lookup(r, family);
	entry = flow_lookup(r, family);
	if (!half || READ_ONCE(half->id) != forward->id || !entry) {
		flow_delete(r, family);
		return DROP_FLOW_LOST;
	}
	__sync_fetch_and_or(&entry->state, FLOW_VALID);
	forward->state |= FLOW_VALID;
	if (flow_insert(f, forward, BPF_ANY, family)) {
		flow_delete(r, family);
		return DROP_FLOW_TABLE_FULL;
	}
	count_service(forward->service, established);
	return DROP_NONE;
}
