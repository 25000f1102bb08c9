/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Flows: two tables a family. Keys are tuples as the packet has them on arrival, so a flow has two of them:
 *   F  client:port -> VIP:port             and   R  backend:port -> SNAT address:port
 *
 * half4, half6 (LRU): R -> the flow while it is half-open (TCP) or one-way (UDP). Inserting R is the port's allocation.
 * flows4, flows6 (HASH, preallocated, never evicted): F and R, each with its whole rewrite and next hop.
 *
 * Who writes: the datapath inserts, promotes and ends (bpf/lib/half.h, promote.h and end.h have the order).
 * Userspace only deletes, in batches: it reads an entry twice, a round (a second or more) apart, and deletes when `id`
 * and `last` are the same in both, both entries of the flow are over their timeout, and in this order: flows[F],
 * half[R], flows[R]. Nothing breaks without it: the datapath ends what is over when it meets it. Residues of
 * `packets`, `bytes` in a deleted entry are lost to nobody: service_counters are counted by packet.
 *
 * From one entry to the other: the key of the other is this rewrite turned round, {source = destination of the rewrite,
 * destination = source of the rewrite}, ports likewise.
 */
#pragma once

#include "sluice/bpf/types.h"

struct flow_key4 {
	__be32 source;
	__be32 destination;
	__be16 source_port;
	__be16 destination_port;
	__u8 protocol;
	__u8 zero[3];
};
static_assert(sizeof(struct flow_key4) == 16, "layout of IPv4 flow keys, version 1");

struct flow_key6 {
	__be32 source[4];
	__be32 destination[4];
	__be16 source_port;
	__be16 destination_port;
	__u8 protocol;
	__u8 zero[3];
};
static_assert(sizeof(struct flow_key6) == 40, "layout of IPv6 flow keys, version 1");

/* Bits of flow_head.state; set by atomic OR, never cleared in the life of an entry. */
enum flow_state {
	FLOW_REPLY = 1 << 0, /* this entry is R (a backend's packets); else F */
	FLOW_VALID = 1 << 1, /* R: promotion is complete; before that the entry forwards nothing */
	FLOW_TCP = 1 << 2,
	FLOW_FIN_CLIENT = 1 << 3, /* both entries hold all of these */
	FLOW_FIN_BACKEND = 1 << 4,
	FLOW_RESET = 1 << 5,
};

/* How a packet of the flow leaves. */
enum flow_exit {
	EXIT_NONE = 0,	    /* next hop not known yet */
	EXIT_REDIRECT = 1,  /* ifindex, with the MACs of the entry */
	EXIT_PEER = 2,	    /* into the pod behind ifindex (TC ingress; elsewhere as EXIT_REDIRECT) */
	EXIT_NEIGHBOUR = 3, /* ifindex, neighbour unresolved: the kernel resolves it (TC) */
};

enum flow_flags {
	FLOW_XDP = 1 << 0,    /* XDP may send it out of ifindex too */
	FLOW_DRAINS = 1 << 1, /* its backend or service is removed: looked at each second */
};

/* The part of a flow that every packet reads. `last`, `packets`, `bytes` are written without atomics: two CPUs that see
 * one direction at once may lose a count. */
struct flow_head {
	__u32 id;	  /* the same in both entries; 0: the memory is being reused, ignore */
	__u32 last;	  /* jiffies of the last packet */
	__u32 state;	  /* enum flow_state */
	__u32 generation; /* config.generation that the next hop, backend and service were checked at */
	__u32 checked;	  /* jiffies of that check */
	__u32 ifindex;
	__u8 destination_mac[6];
	__u8 source_mac[6];
	__u16 mtu;	    /* largest IP packet for the next hop */
	__u8 exit;	    /* enum flow_exit */
	__u8 flags;	    /* enum flow_flags */
	__u32 service;	    /* id, for counters */
	__u32 packets;	    /* not yet in flow_tail: a flow's are the sum of both */
	__u32 bytes;	    /* of IP, likewise */
	__be16 source_port; /* of the rewrite */
	__be16 destination_port;
};
static_assert(sizeof(struct flow_head) == 56, "layout of flows, version 1");

/* The part that is read when config.generation has moved, and each GiB. */
struct flow_tail {
	__u64 packets;
	__u64 bytes;
	__u32 backend; /* index */
	__u32 backend_epoch;
	__u32 service_epoch;
	__u32 created; /* jiffies */
	__u32 room[8];
};
static_assert(sizeof(struct flow_tail) == 64, "layout of flows, version 1");

/* An element of a HASH is 48 bytes, then the key, then the value: key + value end on a cache line, and in IPv4 the head
 * with its addresses is exactly one. */
struct flow4 {
	struct flow_head head;
	__be32 source; /* of the rewrite */
	__be32 destination;
	struct flow_tail tail;
};
static_assert(sizeof(struct flow4) == 128, "layout of IPv4 flows, version 1");

struct flow6 {
	struct flow_head head;
	__be32 source[4]; /* of the rewrite */
	__be32 destination[4];
	struct flow_tail tail;
	__u32 room[4];
};
static_assert(sizeof(struct flow6) == 168, "layout of IPv6 flows, version 1");

enum half_state {
	HALF_REPLIED = 1 << 0, /* the backend has answered; the client's next packet promotes */
};

/* Half-open or one-way, under R. The client's tuple F is in it: {client, vip, client_port, vip_port}. */
struct half_head {
	__u32 id;		/* 0: taken over or being reused, ignore */
	__u32 last;		/* jiffies of the client's last packet */
	__u32 state;		/* enum half_state */
	__be32 client_sequence; /* TCP: of its SYN; the SYN-ACK must acknowledge it + 1, up to + 1 + syn_bytes */
	__be32 reply_sequence;	/* TCP: of the SYN-ACK; what the client's ACK must acknowledge to promote (promote.h) */
	__u32 service;		/* id */
	__u32 service_epoch;
	__u32 backend; /* index */
	__u32 backend_epoch;
	__u32 created; /* jiffies */
	__be16 client_port;
	__be16 vip_port;
	__u32 syn_bytes; /* TCP: data in its SYN (RFC 7413) */
};
static_assert(sizeof(struct half_head) == 48, "layout of half-open flows, version 1");

struct half4 {
	struct half_head head;
	__be32 client;
	__be32 vip;
	__u32 room[2];
};
static_assert(sizeof(struct half4) == 64, "layout of IPv4 half-open flows, version 1");

struct half6 {
	struct half_head head;
	__be32 client[4];
	__be32 vip[4];
	__u32 room[6];
};
static_assert(sizeof(struct half6) == 104, "layout of IPv6 half-open flows, version 1");
