/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The hash of a flow's client tuple F, and what is chosen by it: the slot of the ring, the source address, the ports to
 * try. Pure; the same in the kernel, in unit tests and in `sluicectl explain`, and on every node (of one byte order).
 *
 * The slot is of the upper half, ports and addresses of the lower: flows of one slot do not meet on the same ports.
 */
#pragma once

#include "sluice/bpf/flow.h"

static inline __u64 flow_hash_words(const __u32 *words, int pairs)
{
	__u64 hash = 0x9e3779b97f4a7c15ULL;

#pragma GCC unroll 8
	for (int i = 0; i < pairs; i++) {
		hash ^= words[2 * i] | (__u64)words[2 * i + 1] << 32;
		hash *= 0xff51afd7ed558ccdULL;
		hash ^= hash >> 32;
	}
	hash *= 0xc4ceb9fe1a85ec53ULL;
	return hash ^ hash >> 29;
}

static inline __u64 flow_hash4(const struct flow_key4 *key)
{
	return flow_hash_words((const __u32 *)key, sizeof(*key) / 8);
}

static inline __u64 flow_hash6(const struct flow_key6 *key)
{
	return flow_hash_words((const __u32 *)key, sizeof(*key) / 8);
}

/* slots: of a ring_ref, not 0. */
static inline __u32 ring_slot(__u64 hash, __u32 slots)
{
	return (__u32)(hash >> 32) % slots;
}

/* Which of `count` (not 0) source addresses. */
static inline __u32 snat_choice(__u64 hash, __u32 count)
{
	return (__u32)(hash >> 24 & 0xffff) % count;
}

enum { PORT_PROBES = 16 };

/* The port, in host order, of probe 0 .. PORT_PROBES-1; distinct where there are that many ports. The stride comes from
 * the hash: a fixed one clusters, and refuses flows at three quarters of the ports. ports: not 0. */
static inline __u16 port_probe(__u64 hash, __u32 probe, __u16 port_low, __u16 ports)
{
	__u32 strides = ports / PORT_PROBES;
	__u32 stride = strides ? 1 + (__u32)(hash >> 16 & 0xffff) % strides : 1;

	return port_low + ((__u32)hash % ports + probe * stride) % ports;
}
