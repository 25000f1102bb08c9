/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Half-open and one-way flows: finding a flow's entry and allocating its source port, which are one walk over the ports
 * that its hash names. The steps and their order are the smallest that lose and misdeliver nothing when two CPUs handle
 * one flow (docs/concepts/flow.md; tests/bpf/lockstep_test.cpp finds what is left out).
 */
#pragma once

#include "bpf/lib/end.h"
#include "bpf/lib/functions.h"
#include "bpf/lib/maglev.h"
#include "bpf/lib/scratch.h"
#include "sluice/bpf/snat.h"

SLUICE_MAP(snat_sources, ARRAY, __u32, struct snat_source, MAX_SNAT_SOURCES, BPF_F_MMAPABLE);

enum half_result {
	HALF_NONE = 0, /* find: not there; create: no port in PORT_PROBES */
	HALF_FOUND,    /* scratch->half is its copy */
	HALF_NEW,      /* inserted as scratch->half has it */
	HALF_PROMOTED, /* no half-open flow any more: the other CPU has promoted it */
};

/* R of this flow on a port. */
static __always_inline void reverse_key(union flow_key *r, union flow_key *f, const struct backend *backend,
					const struct snat_source *snat, __u16 port, const int family)
{
	key_set(r, addr_words(&backend->address, family), addr_words(&snat->address, family), backend->port,
		bpf_htons(port), *key_protocol(f, family), family);
}

static __always_inline struct snat_source *snat_source_of(const struct backend *backend, __u64 hash)
{
	__u32 index = backend->snat_first;
	struct snat_source *snat;

	if (!backend->snat_count)
		return NULL;
	index += snat_choice(hash, backend->snat_count);
	snat = bpf_map_lookup_elem(&snat_sources, &index);
	return snat && snat->ports ? snat : NULL;
}

/* One port that seems free: insert, then see that no established flow holds it. */
static __always_inline enum half_result half_try(union flow_key *f, union flow_key *r, struct scratch *scratch,
						 const int family)
{
	struct half_head *mine = (struct half_head *)&scratch->half;
	struct half_head *other;
	struct flow_head *flow;

	if (half_insert(r, mine, BPF_NOEXIST, family)) {
		/* lost to another CPU; perhaps to this very flow */
		other = half_lookup(r, family);
		if (other && half_is_of(other, f, family) && half_take_copy(scratch, other, family))
			return HALF_FOUND;
		return HALF_NONE;
	}
	full_barrier(&scratch->barrier);
	flow = flow_lookup(r, family);
	if (!flow)
		return HALF_NEW;
	if (flow_is_of(flow, f, family))
		return HALF_PROMOTED;
	half_delete(r, family);
	return HALF_NONE;
}

static __always_inline void takeover_consider(struct takeover *oldest, struct half_head *half, __u32 probe,
					      __u8 protocol)
{
	const struct config *config = config_get();
	__u32 age = jiffies_since(half->last);

	if (config && age > config->timeout[protocol == IPPROTO_TCP ? TIMEOUT_TAKEOVER_TCP : TIMEOUT_TAKEOVER_UDP] &&
	    age > oldest->age) {
		oldest->age = age;
		oldest->id = half->id;
		oldest->probe = probe;
	}
}

/* One CPU wins the entry by setting its id to 0; it is then replaced whole. */
static __always_inline enum half_result half_take_over(union flow_key *r, __u32 id, struct scratch *scratch,
						       const int family)
{
	struct half_head *half = half_lookup(r, family);

	if (!half || !id || __sync_val_compare_and_swap(&half->id, id, 0) != id)
		return HALF_NONE;
	if (half_insert(r, (struct half_head *)&scratch->half, BPF_ANY, family))
		return HALF_NONE;
	full_barrier(&scratch->barrier);
	if (!flow_lookup(r, family))
		return HALF_NEW;
	half_delete(r, family);
	return HALF_NONE;
}

/* One port of the flow's: finds its entry there, or (create) makes scratch->half the entry. scratch->reverse_key is
 * then the key. */
static __always_inline enum half_result half_probe(union flow_key *f, const struct backend *backend, __u32 probe,
						   __u32 create, const int family)
{
	struct scratch *scratch = scratch_get();
	struct snat_source *snat;
	struct half_head *half;
	struct flow_head *flow;
	union flow_key *r;

	if (!scratch)
		return HALF_NONE;
	r = &scratch->reverse_key;
	snat = snat_source_of(backend, scratch->hash);
	if (!snat)
		return HALF_NONE;
	reverse_key(r, f, backend, snat, port_probe(scratch->hash, probe, snat->port_low, snat->ports ?: 1), family);
	half = half_lookup(r, family);
	if (half) {
		if (half_is_of(half, f, family) && half_take_copy(scratch, half, family))
			return HALF_FOUND;
		takeover_consider(&scratch->oldest, half, probe, *key_protocol(f, family));
		return HALF_NONE;
	}
	if (!create)
		return HALF_NONE;
	flow = flow_lookup(r, family);
	if (flow) {
		if (flow_is_of(flow, f, family))
			return HALF_PROMOTED;
		/* free ports first: a backend may still remember a closed connection */
		if (!flow_end_if_over(r, flow, probe >= PORT_PROBES / 2, family))
			return HALF_NONE;
	}
	return half_try(f, r, scratch, family);
}

/* After all probes: the oldest one-way entry that they have met, if it is old enough. */
static __always_inline enum half_result half_take_oldest(union flow_key *f, const struct backend *backend,
							 const int family)
{
	struct scratch *scratch = scratch_get();
	struct snat_source *snat;
	union flow_key *r;

	if (!scratch || !scratch->oldest.age)
		return HALF_NONE;
	r = &scratch->reverse_key;
	snat = snat_source_of(backend, scratch->hash);
	if (!snat)
		return HALF_NONE;
	reverse_key(r, f, backend, snat,
		    port_probe(scratch->hash, scratch->oldest.probe, snat->port_low, snat->ports ?: 1), family);
	return half_take_over(r, scratch->oldest.id, scratch, family);
}

/* Walks the flow's ports. create: scratch->half is the entry to insert where none is found. */
static __always_inline enum half_result half_walk(union flow_key *f, struct scratch *scratch, __u32 backend,
						  const __u32 create, const int family)
{
	int result = HALF_NONE;

	scratch->hash = flow_hash(f, family);
	scratch->oldest.age = 0;
	for (__u32 probe = 0; probe < PORT_PROBES; probe++) {
		result = FUNCTION_OF(half_probe, family)(f, backend, probe, create);
		if (result != HALF_NONE)
			break;
	}
	if (result == HALF_NONE && create)
		result = FUNCTION_OF(half_take_oldest, family)(f, backend);
	return result;
}
