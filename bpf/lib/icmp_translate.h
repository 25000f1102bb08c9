/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ICMP errors about flows, either way: without them path MTU discovery breaks (RFC 5508, REQ-3 to REQ-5).
 *
 * The error quotes a packet as we had sent it, so the flow's key is the quoted tuple turned round, and the entry found
 * is the one for packets in the error's own direction: its rewrite goes on the outer header, and turned round on the
 * quoted one. The outer source is rewritten too: behind a VIP nobody else shows.
 */
#pragma once

#include "bpf/lib/checksum.h"
#include "bpf/lib/fib.h"
#include "bpf/lib/icmp_message.h"
#include "bpf/lib/nat.h"
#include "bpf/lib/outcome.h"
#include "bpf/lib/parse.h"
#include "bpf/lib/scratch.h"

static __always_inline int icmp_is_error(__u8 type, const int family)
{
	if (family == FAMILY_V4)
		return type == ICMP_DEST_UNREACH || type == ICMP_TIME_EXCEEDED || type == ICMP_PARAMETERPROB;
	return type >= ICMPV6_DEST_UNREACH && type <= ICMPV6_PARAMPROB;
}

static __always_inline int quoted_offset(const int family)
{
	return transport_offset(family) + 8;
}

/* The key of the flow that the error is about. Returns 1 when the quoted packet is not of one of ours. */
static __always_inline int quoted_key(context *ctx, union flow_key *key, const int family)
{
	void *quoted = packet_start(ctx) + quoted_offset(family);
	__be16 *ports = quoted + ip_header_bytes(family);
	__be32 *address;
	__u8 protocol;

	if ((void *)ports + 8 > packet_end(ctx))
		return 1;
	if (family == FAMILY_V4 && (*(__u8 *)quoted != 0x45 || ((struct iphdr *)quoted)->frag_off & bpf_htons(0x1fff)))
		return 1;
	protocol = family == FAMILY_V4 ? ((struct iphdr *)quoted)->protocol : ((struct ipv6hdr *)quoted)->nexthdr;
	if (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP)
		return 1;
	address = header_addresses(quoted, family);
	key_set(key, address + address_words(family), address, ports[1], ports[0], protocol, family);
	return 0;
}

/* scratch->forward = the rewrite and next hop for the error. Returns OUTCOME_TRANSLATE, OUTCOME_UNTOUCHED when it is
 * about no flow, or why it cannot go. */
static __always_inline int icmp_find_flow(context *ctx, const int family)
{
	struct scratch *scratch = scratch_get();
	struct flow_head *forward, *flow;
	struct half_head *half;
	union flow_key *key;
	__u32 reason;

	if (!scratch)
		return OUTCOME_UNTOUCHED;
	key = &scratch->reverse_key;
	if (quoted_key(ctx, key, family))
		return OUTCOME_UNTOUCHED;
	forward = (struct flow_head *)&scratch->forward;
	flow = flow_lookup(key, family);
	if (flow && READ_ONCE(flow->state) & FLOW_VALID) {
		flow_begin(forward, flow_source(flow), flow_destination(flow, family), flow->source_port,
			   flow->destination_port, *key_protocol(key, family), family);
		forward->service = flow->service;
	} else {
		half = half_lookup(key, family);
		if (!half || !half_take_copy(scratch, half, family))
			return OUTCOME_UNTOUCHED;
		half = (struct half_head *)&scratch->half;
		flow_begin(forward, half_vip(half, family), half_client(half), half->vip_port, half->client_port,
			   *key_protocol(key, family), family);
		forward->service = half->service;
	}
	forward->id = 1;
	reason = next_hop_find(ctx, forward, family);
	return reason ? (int)reason : OUTCOME_TRANSLATE;
}

/* The quoted transport checksum, where it is quoted. Returns what it changes by. */
static __always_inline __u64 quoted_csum(context *ctx, void *transport, __u8 protocol, __u64 addresses, __u64 ports)
{
	__u16 *check = transport + (protocol == IPPROTO_TCP ? 16 : 6);
	__u16 old;

	if ((void *)(check + 1) > packet_end(ctx) || (protocol == IPPROTO_UDP && !*check))
		return 0;
	old = *check;
	*check = csum_update(old, addresses + ports);
	return csum_change(old, *check);
}

/* Rewrites the quoted packet; returns what the sum of the quote changes by. The bounds are checked by the caller. */
static __always_inline __u64 quoted_rewrite(context *ctx, void *quoted, struct flow_head *flow, const int family)
{
	const int words = address_words(family);
	__be32 *address = header_addresses(quoted, family);
	__be16 *port = quoted + ip_header_bytes(family);
	__u64 addresses, ports;
	__u8 protocol = flow->state & FLOW_TCP ? IPPROTO_TCP : IPPROTO_UDP;

	addresses = csum_change_words(address, flow_destination(flow, family), words) +
		    csum_change_words(address + words, flow_source(flow), words);
	copy_words(address, flow_destination(flow, family), words);
	copy_words(address + words, flow_source(flow), words);
	ports = csum_change(port[0], flow->destination_port) + csum_change(port[1], flow->source_port);
	port[0] = flow->destination_port;
	port[1] = flow->source_port;
	if (family == FAMILY_V4) {
		__u16 *check = &((struct iphdr *)quoted)->check;
		const __u16 old = *check;

		*check = csum_update(old, addresses);
		return addresses + csum_change(old, *check) + ports +
		       quoted_csum(ctx, port, protocol, addresses, ports);
	}
	return addresses + ports + quoted_csum(ctx, port, protocol, addresses, ports);
}

/* Rewrites the error by scratch->forward. Returns DROP_NONE or why not. hops: as for nat(). */
static __always_inline __u32 icmp_translate(context *ctx, struct flow_head *flow, const int hops, const int family)
{
	const int words = address_words(family);
	void *data = packet_start(ctx);
	void *ip = data + ip_offset();
	struct icmp_message *icmp = data + transport_offset(family);
	__be32 *address = header_addresses(ip, family);
	__u64 outer, ttl, quote;
	__u8 *ttl_field = ip + (family == FAMILY_V4 ? 8 : 7);

	if (data + quoted_offset(family) + ip_header_bytes(family) + 8 > packet_end(ctx))
		return DROP_MALFORMED;
	if (hops && *ttl_field <= 1)
		return DROP_TTL_EXCEEDED;
	outer = csum_change_words(address, flow_source(flow), 2 * words);
	copy_words(address, flow_source(flow), 2 * words);
	ttl = ttl_lower(ip, hops, family);
	quote = quoted_rewrite(ctx, data + quoted_offset(family), flow, family);
	if (family == FAMILY_V4) {
		((struct iphdr *)ip)->check = csum_update(((struct iphdr *)ip)->check, outer + ttl);
		icmp->check = csum_update(icmp->check, quote);
	} else {
		icmp->check = csum_update(icmp->check, quote + outer);
	}
	copy_mac_pair(data, flow->destination_mac);
	if (family == FAMILY_V6 && packet_keeps_sum(ctx))
		packet_complete(ctx, ttl);
	return DROP_NONE;
}
