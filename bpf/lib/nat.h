/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The rewrite of a packet by its flow: both addresses, both ports, TTL, checksums, MAC addresses. */
#pragma once

#include "bpf/lib/checksum.h"
#include "bpf/lib/parse.h"
#include "bpf/lib/table.h"

/* A flow's rewrite, copied out: its entry may be used again while we write. */
struct rewrite {
	__be32 address[8]; /* source, destination */
	__be16 port[2];
	__u32 mac[3]; /* destination, source */
};

static __always_inline void rewrite_copy(struct rewrite *rewrite, struct flow_head *flow, const int family)
{
	copy_words(rewrite->address, flow_source(flow), 2 * address_words(family));
	rewrite->port[0] = flow->source_port;
	rewrite->port[1] = flow->destination_port;
	copy_mac_pair(rewrite->mac, flow->destination_mac);
}

/* TTL or hop limit less `hops`. Returns what the sum of the header's words changes by. */
static __always_inline __u64 ttl_lower(void *ip, const int hops, const int family)
{
	__u8 *ttl = ip + (family == FAMILY_V4 ? 8 : 7);
	__be16 *word = ip + (family == FAMILY_V4 ? 8 : 6);
	const __be16 old = *word;

	if (!hops)
		return 0;
	*ttl -= hops;
	return csum_change(old, *word);
}

/* The transport checksum after its pseudo-header changed by `addresses` and its data by `ports`. Returns 0 where UDP
 * over IPv4 has none (RFC 768). */
static __always_inline int transport_csum(__u16 *check, __u64 addresses, __u64 ports, enum checksum kept,
					  const __u8 protocol, const int family)
{
	__u16 sum;

	if (kept == CHECKSUM_FIELD_PARTIAL) {
		*check = csum_fold(*check + addresses);
		return 1;
	}
	if (family == FAMILY_V4 && protocol == IPPROTO_UDP && !*check)
		return 0;
	sum = csum_update(*check, addresses + ports);
	*check = protocol == IPPROTO_UDP && !sum ? 0xffff : sum;
	return 1;
}

/* Returns 0, or 1 when the headers cannot be written. hops: 1 where nobody else has lowered the TTL, else 0. */
static __always_inline int nat(context *ctx, const struct rewrite *rewrite, const __u8 protocol, const int hops,
			       const int family)
{
	void *data = packet_start(ctx);
	void *ip = data + ip_offset();
	void *transport = data + transport_offset(family);
	const enum checksum kept = packet_checksum(ctx);
	__u64 addresses, ports, ttl;
	__be32 *address;
	__be16 *port = transport;
	int summed;

	if (transport + (protocol == IPPROTO_TCP ? sizeof(struct tcphdr) : sizeof(struct udphdr)) > packet_end(ctx))
		return 1;
	address = header_addresses(ip, family);
	addresses = csum_change_words(address, rewrite->address, 2 * address_words(family));
	copy_words(address, rewrite->address, 2 * address_words(family));
	ttl = ttl_lower(ip, hops, family);
	if (family == FAMILY_V4)
		((struct iphdr *)ip)->check = csum_update(((struct iphdr *)ip)->check, addresses + ttl);
	ports = csum_change(port[0], rewrite->port[0]) + csum_change(port[1], rewrite->port[1]);
	port[0] = rewrite->port[0];
	port[1] = rewrite->port[1];
	if (protocol == IPPROTO_TCP)
		summed =
		    transport_csum(&((struct tcphdr *)transport)->check, addresses, ports, kept, IPPROTO_TCP, family);
	else
		summed =
		    transport_csum(&((struct udphdr *)transport)->check, addresses, ports, kept, IPPROTO_UDP, family);
	if (kept == CHECKSUM_FIELD_COMPLETE) {
		/* What the checksums above have not made up for: the addresses in the IPv4 header's own, less the
		 * transport's; the ports where that has none; the hop limit of IPv6. */
		if (family == FAMILY_V6)
			packet_complete(ctx, ttl);
		else
			packet_complete(ctx, summed ? (__u16)~csum_fold(addresses) : ports);
		data = packet_start(ctx);
		if (data + ETH_HLEN > packet_end(ctx))
			return 1;
	}
	copy_mac_pair(data, rewrite->mac);
	return 0;
}
