/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the measuring programs and l4_ns.cpp share. */
#pragma once

#include "sluice/bpf/types.h"

enum {
	FRAME_BYTES = 80, /* room for Ethernet, IPv6, TCP and 6 bytes */
	MANY_FLOWS = 131072,
};

/* Read by the drivers on every packet: the frame is restored from `frame`, then the client's address is that of flow
 * `next`, walked in an order that no prefetcher knows, or (new_flows) one that was never there before. */
struct bench_load {
	__u64 frame[FRAME_BYTES / 8];
	__u32 bytes;
	__u32 flows;	 /* a power of two */
	__u32 new_flows; /* bool */
	__u32 client_at; /* offset of the client's address, its last four bytes */
	__u32 next;
	__u32 room;
};

/* Slots that a driver jumps to. */
enum bench_slot {
	SLOT_FLOOR, /* nothing */
	SLOT_OURS,
	SLOT_LIMIT,
	SLOT_LIMIT_NEW,
	SLOT_LIMIT_MISS,
	BENCH_SLOTS = 8,
};
