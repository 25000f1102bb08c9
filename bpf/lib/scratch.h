/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where the slow paths build what is too large for the stack: a per-CPU entry, valid while one packet is handled.
 * Programs of these types are not interrupted by each other on a CPU.
 */
#pragma once

#include "bpf/lib/table.h"

/* The oldest one-way entry that half.h has met. */
struct takeover {
	__u32 age; /* 0: none */
	__u32 id;
	__u32 probe;
	__u32 zero;
};

struct scratch {
	struct flow6 forward;	    /* what the packet in hand is to be forwarded by; in IPv4 a struct flow4 */
	struct flow6 reverse;	    /* the other entry, while a flow is promoted */
	struct half6 half;	    /* in IPv4 a struct half4 */
	struct half6 copy;	    /* of an entry, until it is known to be a good one */
	union flow_key reverse_key; /* R of a client's packet; of an ICMP error: the flow's key */
	__u64 hash;		    /* of that client's packet */
	struct takeover oldest;	    /* among the ports that it has probed */
	union flow_key other_key;   /* of the other entry of an established flow */
	__be32 old_addresses[8];    /* of a packet that nat_helpers.h rewrites */
	struct bpf_fib_lookup fib;  /* question and answer of fib.h */
	__u32 barrier;		    /* for full_barrier() */
};

SLUICE_MAP(scratch, PERCPU_ARRAY, __u32, struct scratch, 1, 0);

static __always_inline struct scratch *scratch_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&scratch, &zero);
}

/* Begins an entry of the packet in hand: addresses and ports of the rewrite, nothing known of the next hop. */
static __always_inline void flow_begin(struct flow_head *flow, const __be32 *source, const __be32 *destination,
				       __be16 source_port, __be16 destination_port, __u8 protocol, const int family)
{
	__builtin_memset(flow, 0, family == FAMILY_V4 ? sizeof(struct flow4) : sizeof(struct flow6));
	copy_words(flow_source(flow), source, address_words(family));
	copy_words(flow_destination(flow, family), destination, address_words(family));
	flow->source_port = source_port;
	flow->destination_port = destination_port;
	flow->state = protocol == IPPROTO_TCP ? FLOW_TCP : 0;
	flow->last = now_jiffies();
}

/* scratch->half = a good copy of an entry. Elements of either table are used again at once, without a grace period:
 * copy out, then see that it is still itself. Returns 0 if it is not; scratch->half is then as it was. */
static __always_inline int half_take_copy(struct scratch *scratch, struct half_head *from, const int family)
{
	struct half_head *copy = (struct half_head *)&scratch->copy;

	half_assign(copy, from, family);
	barrier();
	if (!copy->id || READ_ONCE(from->id) != copy->id)
		return 0;
	half_assign((struct half_head *)&scratch->half, copy, family);
	return 1;
}
