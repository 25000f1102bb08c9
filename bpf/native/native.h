/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The datapath as a library (target sluice_bpf_native): the code of bpf/lib, compiled for this machine, for unit tests,
 * fuzzing and `sluicectl explain`. Tables are process-wide and empty at first; one thread.
 */
#pragma once

#include <linux/types.h>

#include "sluice/bpf/counters.h"
#include "sluice/bpf/flow.h"
#include "sluice/bpf/hash.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A map of include/sluice/bpf/maps.h. Per-CPU maps have one CPU. */
struct native_map {
	const char *name;
	__u32 type; /* BPF_MAP_TYPE_* */
	__u32 key_size;
	__u32 value_size;
	__u32 max_entries;
	void *storage;
	__u32 entries;
	struct native_map *next;
};

void native_map_register(struct native_map *map);
/* NULL: no such map. */
struct native_map *native_map_find(const char *name);
/* As the kernel's: NULL, or the value itself, valid until it is deleted. */
void *native_map_lookup(struct native_map *map, const void *key);
/* 0, -EEXIST, -ENOENT, -E2BIG. flags: BPF_ANY, BPF_NOEXIST, BPF_EXIST. An LRU table that is full drops its oldest
 * entry. */
long native_map_update(struct native_map *map, const void *key, const void *value, __u64 flags);
long native_map_delete(struct native_map *map, const void *key);

/* The first key (previous NULL) or the one inserted after it, of a hash; 0, or -ENOENT at the end. */
long native_map_next(struct native_map *map, const void *previous, void *key);

/* Empties all maps, and the clock; all settings below are as at first. */
void native_reset(void);

extern __u64 native_jiffies;
__u32 native_random(void);

/* TC as on a kernel before Linux 6.2: it cannot tell how a checksum is kept, and rewrites by the checksum helpers.
 * native_reset() switches it off. */
extern __u32 native_by_helpers;
/* Which call of one of those helpers, from now on, the kernel refuses: 1 is the next, 0 none. Counts down to 0. */
extern __u32 native_refuse_call;

struct bpf_fib_lookup;
/* Answers for bpf_fib_lookup: BPF_FIB_LKUP_RET_*. NULL: no route anywhere. */
typedef long (*native_fib)(struct bpf_fib_lookup *params);
void native_set_fib(native_fib fib);
long native_fib_lookup(struct bpf_fib_lookup *params);

enum native_verdict {
	NATIVE_UNTOUCHED,
	NATIVE_DROP,
	NATIVE_BOUNCE, /* back out of the device that it came in by */
	NATIVE_REDIRECT,
	NATIVE_PEER,
	NATIVE_NEIGHBOUR,
};

enum { NATIVE_HEADROOM = 130, NATIVE_FRAME = 2048 };

/* A frame and what a kernel knows about it. Set by native_packet_set, then fields at will. */
struct native_packet {
	unsigned char room[NATIVE_HEADROOM + NATIVE_FRAME + 64] __attribute__((aligned(16)));
	unsigned char *data; /* of the frame; IP headers lie on 4-byte bounds */
	unsigned char *end;
	__u32 ifindex;
	__u32 gso_size;
	__u32 checksum; /* enum checksum of bpf/lib/packet.h: 0 none, 2 complete, 3 partial */
	__u64 complete; /* what the kernel's sum of the frame was told to change by */
	__u32 tagged;	/* VLAN tag that is not in the frame */
	__u32 left_by;	/* out: ifindex of the verdict */
};

/* Copies a frame in; 0, or 1 if it is longer than NATIVE_FRAME. */
int native_packet_set(struct native_packet *packet, const void *frame, __u32 bytes);

/* Runs one hook's program over it. */
enum native_verdict native_run(struct native_packet *packet, enum hook hook);

/* What is attached does over it while its slot is empty. */
enum native_verdict native_run_entry(struct native_packet *packet, enum hook hook);

#ifdef __cplusplus
}
#endif
