/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What every packet that we make out of one that we refuse has in common: it goes back to the sender, from the address
 * that it was sent to.
 */
#pragma once

#include "bpf/lib/checksum.h"
#include "bpf/lib/fib.h"
#include "bpf/lib/parse.h"
#include "bpf/lib/scratch.h"
#include "sluice/bpf/counters.h"

enum { ANSWER_TTL = 64 };

/* Never to a source that is not one host's (RFC 1122 3.2.2, RFC 4443 2.4 e). */
static __always_inline int may_answer(union flow_key *key, const int family)
{
	const __u8 *source = (const __u8 *)key_source(key);

	if (family == FAMILY_V4)
		return source[0] && source[0] != 127 && source[0] < 224;
	return source[0] != 0xff && (key->word[0] | key->word[1] | key->word[2] | key->word[3]);
}

static __always_inline void answer_mac(void *data)
{
	__u8 mac[ETH_ALEN];
	struct ethhdr *eth = data;

	__builtin_memcpy(mac, eth->h_dest, ETH_ALEN);
	__builtin_memcpy(eth->h_dest, eth->h_source, ETH_ALEN);
	__builtin_memcpy(eth->h_source, mac, ETH_ALEN);
}

/* The IP header of an answer to `key`. payload: bytes behind it. Sets all fields. */
static __always_inline void answer_ip(void *header, union flow_key *key, __u8 protocol, __u32 payload, const int family)
{
	if (family == FAMILY_V4) {
		struct iphdr *ip = header;

		__builtin_memset(ip, 0, sizeof(*ip));
		*(__u8 *)header = 0x45;
		ip->tot_len = bpf_htons(sizeof(*ip) + payload);
		ip->frag_off = bpf_htons(0x4000);
		ip->ttl = ANSWER_TTL;
		ip->protocol = protocol;
		ip->saddr = *key_destination(key, family);
		ip->daddr = *key_source(key);
		ip->check = ~csum_fold(csum_bytes(ip, sizeof(*ip)));
	} else {
		struct ipv6hdr *ip = header;

		*(__be32 *)header = bpf_htonl(0x60000000);
		ip->payload_len = bpf_htons(payload);
		ip->nexthdr = protocol;
		ip->hop_limit = ANSWER_TTL;
		copy_words(ip->saddr.s6_addr32, key_destination(key, family), 4);
		copy_words(ip->daddr.s6_addr32, key_source(key), 4);
	}
}

/* Sum of the pseudo-header (RFC 9293 3.1, RFC 8200 8.1); the order of the addresses does not matter. */
static __always_inline __u64 pseudo_sum(union flow_key *key, __u8 protocol, __u32 bytes, const int family)
{
	return csum_bytes(key->word, 2 * 4 * address_words(family)) + bpf_htonl(protocol) + bpf_htonl(bytes);
}

/* Is the refused packet's transport checksum PARTIAL? Where the hook cannot tell, one that is the bare sum of its
 * pseudo-header is (and by chance 1 in 65,536 others). */
static __always_inline int answer_is_partial(context *ctx, const struct packet *packet, __u16 check, const int family)
{
	if (packet_knows_checksum())
		return packet_checksum(ctx) == CHECKSUM_FIELD_PARTIAL;
	return check == csum_fold(pseudo_sum((union flow_key *)&packet->key, packet->protocol,
					     packet->ip_length - ip_header_bytes(family), family));
}

/* Sends the answer: back where the packet came from; at sluice0's egress, where it came from long before, by the FIB.
 */
static __always_inline int answer_send(context *ctx, union flow_key *key, __u32 hook, const int family)
{
	struct bpf_fib_lookup params;
	long answer;

	if (hook != HOOK_TC_EGRESS)
		return packet_bounce(ctx);
	fib_params(ctx, &params, key_destination(key, family), key_source(key), family);
	answer = packet_fib(ctx, &params);
	if (answer != BPF_FIB_LKUP_RET_SUCCESS && answer != BPF_FIB_LKUP_RET_NO_NEIGH)
		return packet_drop();
	return packet_neighbour(params.ifindex);
}
