/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The flow tables (include/sluice/bpf/flow.h) and how to go about in their entries. Two maps a family, since the size
 * of a key costs on every packet.
 */
#pragma once

#include "bpf/lib/config.h"
#include "bpf/lib/family.h"
#include "sluice/bpf/maps.h"

SLUICE_MAP(flows4, HASH, struct flow_key4, struct flow4, MAX_FLOW_ENTRIES, 0);
SLUICE_MAP(flows6, HASH, struct flow_key6, struct flow6, MAX_FLOW_ENTRIES, 0);
SLUICE_MAP(half4, LRU_HASH, struct flow_key4, struct half4, MAX_HALF_ENTRIES, 0);
SLUICE_MAP(half6, LRU_HASH, struct flow_key6, struct half6, MAX_HALF_ENTRIES, 0);

/* What both families' values look like: the head, the addresses, the tail (flows). */
static __always_inline struct flow_head *flow_lookup(const union flow_key *key, const int family)
{
	return family == FAMILY_V4 ? bpf_map_lookup_elem(&flows4, key) : bpf_map_lookup_elem(&flows6, key);
}

static __always_inline long flow_insert(const union flow_key *key, const struct flow_head *flow, __u64 flags,
					const int family)
{
	return family == FAMILY_V4 ? bpf_map_update_elem(&flows4, key, flow, flags)
				   : bpf_map_update_elem(&flows6, key, flow, flags);
}

static __always_inline void flow_delete(const union flow_key *key, const int family)
{
	if (family == FAMILY_V4)
		bpf_map_delete_elem(&flows4, key);
	else
		bpf_map_delete_elem(&flows6, key);
}

static __always_inline struct half_head *half_lookup(const union flow_key *key, const int family)
{
	return family == FAMILY_V4 ? bpf_map_lookup_elem(&half4, key) : bpf_map_lookup_elem(&half6, key);
}

static __always_inline long half_insert(const union flow_key *key, const struct half_head *half, __u64 flags,
					const int family)
{
	return family == FAMILY_V4 ? bpf_map_update_elem(&half4, key, half, flags)
				   : bpf_map_update_elem(&half6, key, half, flags);
}

static __always_inline void half_delete(const union flow_key *key, const int family)
{
	if (family == FAMILY_V4)
		bpf_map_delete_elem(&half4, key);
	else
		bpf_map_delete_elem(&half6, key);
}

/* Of the rewrite: source, then destination. */
static __always_inline __be32 *flow_source(struct flow_head *flow)
{
	return (__be32 *)(flow + 1);
}

static __always_inline __be32 *flow_destination(struct flow_head *flow, const int family)
{
	return (__be32 *)(flow + 1) + address_words(family);
}

static __always_inline struct flow_tail *flow_tail(struct flow_head *flow, const int family)
{
	return (void *)(flow + 1) + 2 * 4 * address_words(family);
}

static __always_inline __be32 *half_client(struct half_head *half)
{
	return (__be32 *)(half + 1);
}

static __always_inline __be32 *half_vip(struct half_head *half, const int family)
{
	return (__be32 *)(half + 1) + address_words(family);
}

/* The key of the flow's other entry. */
static __always_inline void flow_other_key(struct flow_head *flow, union flow_key *other, const int family)
{
	key_set(other, flow_destination(flow, family), flow_source(flow), flow->destination_port, flow->source_port,
		flow->state & FLOW_TCP ? IPPROTO_TCP : IPPROTO_UDP, family);
}

/* Is R's entry that of the client tuple F? */
static __always_inline int flow_is_of(struct flow_head *reverse, union flow_key *f, const int family)
{
	const int words = address_words(family);

	return equal_words(flow_destination(reverse, family), key_source(f), words) &&
	       equal_words(flow_source(reverse), key_destination(f, family), words) &&
	       reverse->destination_port == key_ports(f, family)[0] && reverse->source_port == key_ports(f, family)[1];
}

static __always_inline int half_is_of(struct half_head *half, union flow_key *f, const int family)
{
	const int words = address_words(family);

	return equal_words(half_client(half), key_source(f), words) &&
	       equal_words(half_vip(half, family), key_destination(f, family), words) &&
	       half->client_port == key_ports(f, family)[0] && half->vip_port == key_ports(f, family)[1];
}

static __always_inline void half_assign(struct half_head *to, const struct half_head *from, const int family)
{
	if (family == FAMILY_V4)
		*(struct half4 *)to = *(const struct half4 *)from;
	else
		*(struct half6 *)to = *(const struct half6 *)from;
}

/* Orders what this CPU has written before against what it reads next: an atomic that returns a value is a full barrier
 * (Documentation/bpf/standardization/instruction-set.rst; memory-barriers.txt). */
static __always_inline __u32 full_barrier(__u32 *word)
{
	return __sync_fetch_and_add(word, 1);
}
