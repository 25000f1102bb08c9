/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Counters: per-CPU arrays that only the datapath writes; userspace sums over the CPUs when it is asked. They only
 * grow; those of a service id go on from zero when userspace clears them for its next use.
 */
#pragma once

#include "sluice/bpf/types.h"

enum hook {
	HOOK_XDP = 0,
	HOOK_TC = 1,	    /* ingress of a device that carries VIP traffic */
	HOOK_TC_EGRESS = 2, /* egress of sluice0 */
	HOOK_SK_LOOKUP = 3,
	HOOKS = 4,
};

/* What became of the packets that a hook saw: the sum of the first four is all of them. */
struct hook_counters {
	__u64 forwarded;  /* rewritten and sent on */
	__u64 answered;	  /* by us: RST, ICMP, echo; those of drops are counted there too */
	__u64 untouched;  /* left to the host; XDP: to TC, too. sk_lookup: handed to the engine is `forwarded` */
	__u64 dropped;	  /* refused without an answer */
	__u64 suppressed; /* answers that the token bucket withheld (they count as dropped) */
	__u64 room[3];
};
static_assert(sizeof(struct hook_counters) == 64, "layout of the hooks' counters, version 1");

/* By service; index 0: client to backend, 1: backend to client. Bytes are of IP. */
struct service_counters {
	__u64 packets[2];
	__u64 bytes[2];
	__u64 connections; /* new flows: half-open or one-way entries made */
	__u64 established; /* flows promoted to two-way */
	__u64 refused;	   /* NO_BACKEND, NO_PORT, FLOW_TABLE_FULL */
	__u64 room;
};
static_assert(sizeof(struct service_counters) == 64, "layout of the services' counters, version 1");

enum token_bucket {
	TOKENS_RESET = 0,
	TOKENS_ICMP = 1,
	TOKEN_BUCKETS = 2,
};

struct tokens {
	__u32 left;
	__u32 filled; /* jiffies of the last refill */
};
static_assert(sizeof(struct tokens) == 8, "layout of the token buckets, version 1");
