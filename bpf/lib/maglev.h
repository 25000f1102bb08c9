/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Flow hash -> slot of the service's ring -> backend (docs/concepts/ring.md). */
#pragma once

#include "bpf/lib/family.h"
#include "sluice/bpf/backend.h"
#include "sluice/bpf/hash.h"
#include "sluice/bpf/maps.h"
#include "sluice/bpf/ring.h"
#include "sluice/bpf/service.h"

SLUICE_MAP(rings, ARRAY, __u32, struct ring_line, MAX_RING_SLOTS / RING_LINE, BPF_F_MMAPABLE);
SLUICE_MAP(backends, ARRAY, __u32, struct backend, MAX_BACKENDS, BPF_F_MMAPABLE);

static __always_inline __u64 flow_hash(const union flow_key *key, const int family)
{
	return family == FAMILY_V4 ? flow_hash4(&key->v4) : flow_hash6(&key->v6);
}

/* Both halves of a reference are read at once: userspace writes it so. */
static __always_inline struct ring_ref ring_ref_read(const struct ring_ref *ref)
{
	union {
		__u64 whole;
		struct ring_ref parts;
	} value = {.whole = READ_ONCE(*(const __u64 *)ref)};

	return value.parts;
}

/* Index of the backend, RING_REJECT if the flow is refused. */
static __always_inline __u32 ring_backend(struct ring_ref ring, __u64 hash)
{
	__u32 index = ring.offset;
	const struct ring_line *line;
	__u32 number;

	if (!ring.slots)
		return ring.offset;
	index += ring_slot(hash, ring.slots);
	number = index / RING_LINE;
	line = bpf_map_lookup_elem(&rings, &number);
	return line ? READ_ONCE(line->backend[index % RING_LINE]) : (__u32)RING_REJECT;
}

/* NULL when the index is RING_REJECT or the backend takes no flow of this family. */
static __always_inline struct backend *backend_by_index(__u32 index, const int family)
{
	struct backend *backend = index == RING_REJECT ? NULL : bpf_map_lookup_elem(&backends, &index);

	if (!backend || backend->family != family)
		return NULL;
	return backend;
}
