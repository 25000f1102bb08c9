/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the datapath is told beside services: one entry of the mmapped array `config`.
 *
 * Written by userspace: all of it before the programs are attached (config_defaults() does), later field by field, each
 * an aligned store. `generation` is bumped AFTER the change that it announces is in the maps or in the kernel's tables:
 * link-layer address or FAILED of a neighbour, route, link (not every neighbour event), and state or epoch of a backend
 * or service. Flows look at their next hop, backend and service again when it differs, and now and then anyhow: while
 * userspace says that it is there (`attended`, several times a second) it hears of changes and bumps, so that seldom is
 * enough; without it each flow asks once a second.
 *
 * Jiffies and HZ: run the program sluice_clock (SEC("syscall"), BPF_PROG_TEST_RUN, ctx_in: a struct clock, which it
 * writes) twice some 50 ms apart; HZ is the nearest of 100, 250, 300, 1000.
 */
#pragma once

#include "sluice/bpf/types.h"

enum config_flags {
	CONFIG_XDP_REDIRECT = 1 << 0, /* XDP may redirect to devices with DEVICE_XDP; else it only answers with TX */
};

/* Seconds (RFC 5382, RFC 4787); config.timeout holds them times hz. */
enum flow_timeout {
	TIMEOUT_SYN, /* half-open TCP */
	TIMEOUT_ESTABLISHED,
	TIMEOUT_FIN, /* one side has closed */
	TIMEOUT_RST,
	TIMEOUT_TIME_WAIT, /* both sides have closed */
	TIMEOUT_UDP_ONE_WAY,
	TIMEOUT_UDP,	      /* two-way */
	TIMEOUT_DRAIN,	      /* TCP flows of a removed backend or service, from removed_at on */
	TIMEOUT_TAKEOVER_TCP, /* age from which a one-way entry may lose its port to a new flow that finds none free */
	TIMEOUT_TAKEOVER_UDP,
	TIMEOUT_NEXT_HOP,	   /* a cached next hop is asked for again after this */
	TIMEOUT_NEXT_HOP_ATTENDED, /* likewise, while userspace is there */
	TIMEOUT_ATTENDED,	   /* userspace is there if it has said so within this */
	TIMEOUT_LEASE,		   /* without it for longer, a VIP is another node's; 0: there are no other nodes */
	FLOW_TIMEOUTS = 16,
};

struct config {
	__u32 version; /* SLUICE_LAYOUT_VERSION */
	__u32 hz;      /* jiffies a second */
	__u32 generation;
	__u32 flags;		      /* enum config_flags */
	__u32 sockets[FAMILIES];      /* workers' sockets in `sockets`, by family; written after the map */
	__u32 reset_rate;	      /* RSTs a second and CPU that we make; a burst is a second's worth */
	__u32 icmp_rate;	      /* ICMP errors likewise */
	__u32 timeout[FLOW_TIMEOUTS]; /* jiffies, by enum flow_timeout */
	__u32 attended;		      /* jiffies when userspace last said that it is there */
	__u32 room[7];
};
static_assert(sizeof(struct config) == 128, "layout of the configuration, version 1");

/* What sluice_clock answers. */
struct clock {
	__u64 jiffies;
	__u64 nanoseconds; /* CLOCK_MONOTONIC */
};
static_assert(sizeof(struct clock) == 16, "layout of the clock, version 1");

/* Timeouts and rates as documented. hz: jiffies a second. */
static inline void config_defaults(struct config *config, __u32 hz)
{
	config->version = SLUICE_LAYOUT_VERSION;
	config->hz = hz;
	config->reset_rate = 1000;
	config->icmp_rate = 1000;
	config->timeout[TIMEOUT_SYN] = 30 * hz;
	config->timeout[TIMEOUT_ESTABLISHED] = 7440 * hz;
	config->timeout[TIMEOUT_FIN] = 120 * hz;
	config->timeout[TIMEOUT_RST] = 10 * hz;
	config->timeout[TIMEOUT_TIME_WAIT] = 60 * hz;
	config->timeout[TIMEOUT_UDP_ONE_WAY] = 30 * hz;
	config->timeout[TIMEOUT_UDP] = 300 * hz;
	config->timeout[TIMEOUT_DRAIN] = 60 * hz;
	config->timeout[TIMEOUT_TAKEOVER_TCP] = 1 * hz;
	config->timeout[TIMEOUT_TAKEOVER_UDP] = 5 * hz;
	config->timeout[TIMEOUT_NEXT_HOP] = 1 * hz;
	config->timeout[TIMEOUT_NEXT_HOP_ATTENDED] = 10 * hz;
	config->timeout[TIMEOUT_ATTENDED] = 2 * hz;
}
