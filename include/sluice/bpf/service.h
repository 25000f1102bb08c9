/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Services: what is served on (VIP, port, protocol). `service_ids` finds the id, `services[id]` is the entry.
 *
 * New:     services[id] whole, its ring reference last; then service_ids; then the address.
 * Changed: backends, ring slots, `previous` = the old reference, then `ring` as ONE 8-byte store. The old region of the
 *          ring rests until nobody reads it (a second). The key of an id never changes while service_ids names it.
 * Removed: service_ids entry deleted, state = SERVICE_REMOVED with removed_at, then config.generation. The id rests
 * until TIMEOUT_DRAIN is over; its next use has another epoch. So a reader may hold an id for a moment longer than
 * service_ids does: it compares the key.
 */
#pragma once

#include "sluice/bpf/types.h"

struct service_key {
	struct addr vip;
	__be16 port;
	__u8 protocol; /* IPPROTO_TCP, IPPROTO_UDP */
	__u8 zero;
};
static_assert(sizeof(struct service_key) == 20, "layout of the service map, version 1");

enum service_flags {
	/* HTTP, HTTPS, TLS: the node's own sockets serve it. TC and XDP leave it untouched, sk_lookup hands it to a
	   worker. */
	SERVICE_LOCAL = 1 << 0,
};

/* Numbered as enum backend_state. */
enum service_state {
	SERVICE_FREE = 0,
	SERVICE_SERVING = 1,
	SERVICE_REMOVED = 3, /* no new flows; UDP flows end now, TCP flows at removed_at + TIMEOUT_DRAIN */
	SERVICE_DENIED = 4,  /* all flows end now */
};

/* A region of `rings`, or a single backend. */
struct ring_ref {
	__u32 offset; /* first slot in `rings`; with slots == 0: the one backend itself, 0 to reject all */
	__u32 slots;  /* 251, 1021, 4093, 16381, 65537; 0: no ring */
} __attribute__((aligned(8)));
static_assert(sizeof(struct ring_ref) == 8, "a ring reference is one store");

struct service {
	struct service_key key; /* again: a reader's id may be a moment old */
	__u32 flags;		/* enum service_flags */
	struct ring_ref ring;
	struct ring_ref previous; /* for handshakes that the last change of the ring caught half-way; {0, 0} for none */
	__u32 epoch;		  /* another one each time the id is used again */
	__u32 state;		  /* enum service_state */
	__u32 removed_at;	  /* jiffies */
	__u32 generation;	  /* counts changes of `ring`; for people */
	__u32 room[2];
};
static_assert(sizeof(struct service) == 64, "layout of the services, version 1");
