/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Drivers and peers, for either hook. A driver restores the header and jumps to what is measured; `limit` is what no
 * full NAT can do without: parse, one HASH lookup of our key and value sizes, the whole rewrite, the same exit.
 */
#pragma once

#include "bench/l4-ns/bpf/load.h"
#include "bpf/lib/exit.h"
#include "bpf/lib/maglev.h"
#include "bpf/lib/nat.h"

/* Not SLUICE_MAP, so that each hook's own are told apart. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bench_load);
} bench_load SEC(".maps") __weak;

/* Returns 0 with the next frame in place. */
static __always_inline int drive(context *ctx)
{
	__u32 zero = 0;
	struct bench_load *load = bpf_map_lookup_elem(&bench_load, &zero);
	void *data = packet_start(ctx);
	__u32 flow;

	if (!load || data + FRAME_BYTES > packet_end(ctx))
		return -1;
	if (load->new_flows)
		flow = load->next++;
	else
		flow = (load->next = load->next * 1664525 + 1013904223) >> 15 & (load->flows - 1);
	for (int i = 0; i < FRAME_BYTES / 8; i++)
		((__u64 *)data)[i] = load->frame[i];
	if (load->client_at == ETH_HLEN + 12)
		*(__be32 *)(data + ETH_HLEN + 12) = bpf_htonl(0x0a000000 | flow);
	else
		*(__be32 *)(data + ETH_HLEN + 8 + 12) = bpf_htonl(flow);
	return 0;
}

/* The leanest parse that is right for TCP and UDP in plain frames. */
static __always_inline int limit_key(context *ctx, union flow_key *key, __u8 *protocol, const int family)
{
	void *data = packet_start(ctx);
	void *ip = data + ip_offset();
	void *transport = data + transport_offset(family);

	if (transport + sizeof(struct tcphdr) > packet_end(ctx))
		return 1;
	if (family == FAMILY_V4) {
		if (*(__u8 *)ip != 0x45 || ((struct iphdr *)ip)->frag_off & bpf_htons(0x3fff))
			return 1;
		*protocol = ((struct iphdr *)ip)->protocol;
	} else {
		*protocol = ((struct ipv6hdr *)ip)->nexthdr;
	}
	if (*protocol != IPPROTO_TCP && *protocol != IPPROTO_UDP)
		return 1;
	copy_words(key->word, (const __u32 *)header_addresses(ip, family), 2 * address_words(family));
	key->word[2 * address_words(family)] = *(__u32 *)transport;
	key->word[2 * address_words(family) + 1] = bpf_htonl((__u32)*protocol << 24);
	return 0;
}

static __always_inline int limit_send(context *ctx, struct flow_head *flow, __u8 protocol, const __u32 hook,
				      const int family)
{
	struct rewrite rewrite;
	int failed;

	rewrite_copy(&rewrite, flow, family);
	if (protocol == IPPROTO_TCP)
		failed = nat(ctx, &rewrite, IPPROTO_TCP, 1, family);
	else
		failed = nat(ctx, &rewrite, IPPROTO_UDP, 1, family);
	return failed ? packet_drop() : leave(ctx, flow, hook);
}

static __always_inline int limit(context *ctx, const __u32 hook, const int family)
{
	struct flow_head *flow;
	union flow_key key;
	__u8 protocol;

	if (limit_key(ctx, &key, &protocol, family))
		return packet_untouched();
	flow = flow_lookup(&key, family);
	return flow ? limit_send(ctx, flow, protocol, hook, family) : packet_untouched();
}

/* A new flow cannot do without: parse, a slot of the ring, two inserts, the rewrite. */
static __always_inline int limit_new(context *ctx, const __u32 hook, const int family)
{
	struct flow_head *flow;
	struct ring_ref ring = {.offset = 0, .slots = 251};
	union flow_key key, reverse;
	struct half6 half = {};
	__u8 protocol;
	__u32 backend;

	if (limit_key(ctx, &key, &protocol, family))
		return packet_untouched();
	backend = ring_backend(ring, flow_hash(&key, family));
	half.head.id = 1;
	half.head.backend = backend;
	key_set(&reverse, key_destination(&key, family), key_source(&key), key_ports(&key, family)[1],
		key_ports(&key, family)[0], protocol, family);
	half_insert(&key, &half.head, BPF_ANY, family);
	half_insert(&reverse, &half.head, BPF_NOEXIST, family);
	__builtin_memset(&key, 0, sizeof(key));
	flow = flow_lookup(&key, family); /* the one rewrite, there for this */
	return flow ? limit_send(ctx, flow, protocol, hook, family) : packet_untouched();
}

/* A stranger's packet cannot do without: parse, one lookup that finds nothing. */
static __always_inline int limit_miss(context *ctx, const int family)
{
	union flow_key key;
	__u8 protocol;

	if (limit_key(ctx, &key, &protocol, family))
		return packet_drop();
	return flow_lookup(&key, family) ? packet_drop() : packet_untouched();
}

static __always_inline int is_v4(context *ctx)
{
	struct ethhdr *eth = packet_start(ctx);

	return (void *)(eth + 1) <= packet_end(ctx) && eth->h_proto == bpf_htons(ETH_P_IP);
}
