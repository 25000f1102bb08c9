/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ICMP that we send: errors in answer to a packet that we refuse (RFC 792, RFC 1191, RFC 4443), and replies to echo.
 * An error quotes the packet as it came: IP header and what fits into 576 bytes (RFC 1812 4.3.2.3) or 1280 (RFC
 * 4443 2.4).
 */
#pragma once

#include "bpf/lib/answer.h"
#include "bpf/lib/icmp_message.h"
#include "sluice/bpf/drop.h"

enum {
	ICMP_QUOTE_V4 = 576 - 20 - 8,
	ICMP_QUOTE_V6 = 1280 - 40 - 8,
};

static __always_inline int icmp_quote(const int family)
{
	return family == FAMILY_V4 ? ICMP_QUOTE_V4 : ICMP_QUOTE_V6;
}

static __always_inline __u8 icmp_protocol(const int family)
{
	return family == FAMILY_V4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
}

/* Returns 0 with the type and code that tell of this reason, 1 when ICMP has none. */
static __always_inline int icmp_reason(struct icmp_message *message, __u32 reason, __u32 mtu, const int family)
{
	const int v4 = family == FAMILY_V4;

	message->check = 0;
	message->rest = 0;
	switch (reason) {
	case DROP_NO_SERVICE:
	case DROP_NO_BACKEND:
	case DROP_NO_REPLY_FLOW:
		message->type = v4 ? ICMP_DEST_UNREACH : ICMPV6_DEST_UNREACH;
		message->code = v4 ? ICMP_PORT_UNREACH : ICMPV6_PORT_UNREACH;
		return 0;
	case DROP_NO_ROUTE:
		message->type = v4 ? ICMP_DEST_UNREACH : ICMPV6_DEST_UNREACH;
		message->code = v4 ? ICMP_HOST_UNREACH : ICMPV6_NOROUTE;
		return 0;
	case DROP_TTL_EXCEEDED:
		message->type = v4 ? ICMP_TIME_EXCEEDED : ICMPV6_TIME_EXCEED;
		message->code = 0;
		return 0;
	case DROP_TOO_BIG:
		message->type = v4 ? ICMP_DEST_UNREACH : ICMPV6_PKT_TOOBIG;
		message->code = v4 ? ICMP_FRAG_NEEDED : 0;
		message->rest = bpf_htonl(mtu);
		return 0;
	}
	return 1;
}

/* Sum over the quoted packet, `words` of 4 bytes. A checksum that the kernel has yet to fill in makes its data add up
 * to the complement of what the field holds now, whatever the data are. */
static __always_inline __u64 icmp_quote_sum(const __u32 *quote, const void *end, __u32 words, const int family)
{
	__u64 sum = 0;

	for (__u32 i = 0; i < (__u32)icmp_quote(family) / 4; i++) {
		if (i >= words || (const void *)(quote + i + 1) > end)
			break;
		sum += quote[i];
	}
	return sum;
}

/* Makes room in front and writes Ethernet and IP. Returns where the ICMP message goes, NULL when it cannot be. */
static __always_inline struct icmp_message *icmp_make_room(context *ctx, struct packet *packet, __u32 quote,
							   const int family)
{
	const __u32 room = ip_header_bytes(family) + sizeof(struct icmp_message);
	__u32 ether[3]; /* both addresses */
	__be16 kind;
	void *data;

	if (packet_trim(ctx, ip_offset() + quote) || packet_pull(ctx, ip_offset() + ip_header_bytes(family)))
		return NULL;
	data = packet_start(ctx);
	if (data + ETH_HLEN > packet_end(ctx))
		return NULL;
	__builtin_memcpy(ether, data, sizeof(ether));
	kind = ((struct ethhdr *)data)->h_proto;
	if (packet_prepend(ctx, room) || packet_pull(ctx, ip_offset() + room + quote))
		return NULL;
	data = packet_start(ctx);
	if (data + transport_offset(family) + sizeof(struct icmp_message) > packet_end(ctx))
		return NULL;
	__builtin_memcpy(data, ether, sizeof(ether));
	((struct ethhdr *)data)->h_proto = kind;
	answer_mac(data);
	answer_ip(data + ip_offset(), &packet->key, icmp_protocol(family), sizeof(struct icmp_message) + quote, family);
	return data + transport_offset(family);
}

/* Puts the error into the packet's place; 1 when it cannot be. *message but for its checksum. */
static __always_inline int icmp_error(context *ctx, struct packet *packet, struct icmp_message *message,
				      const int family)
{
	const int check_at = packet->protocol == IPPROTO_TCP ? 16 : 6;
	void *transport = packet_start(ctx) + transport_offset(family);
	__u32 quote = packet->ip_length & ~3U;
	struct icmp_message *icmp;
	int partial;
	__u16 field;
	__u64 sum;

	if (transport + check_at + 2 > packet_end(ctx) || quote < (__u32)ip_header_bytes(family) + 8)
		return 1;
	if (quote > (__u32)icmp_quote(family))
		quote = icmp_quote(family);
	field = *(__u16 *)(transport + check_at);
	partial = answer_is_partial(ctx, packet, field, family);
	icmp = icmp_make_room(ctx, packet, quote, family);
	if (!icmp || (void *)(icmp + 1) > packet_end(ctx))
		return 1;
	*icmp = *message;
	sum = csum_bytes(icmp, sizeof(*icmp));
	if (partial) {
		if ((void *)(icmp + 1) + ip_header_bytes(family) > packet_end(ctx))
			return 1;
		sum += csum_bytes(icmp + 1, ip_header_bytes(family)) + (__u16)~field;
	} else {
		sum += icmp_quote_sum((void *)(icmp + 1), packet_end(ctx), quote / 4, family);
	}
	if (family == FAMILY_V6)
		sum += pseudo_sum(&packet->key, IPPROTO_ICMPV6, sizeof(*icmp) + quote, family);
	icmp->check = ~csum_fold(sum);
	return 0;
}

/* An echo request's reply, in place. */
static __always_inline int icmp_echo(context *ctx, struct packet *packet, const int family)
{
	void *data = packet_start(ctx);
	struct icmp_message *icmp = data + transport_offset(family);
	__be16 old, *kind = (__be16 *)icmp;
	__u64 header;

	if ((void *)(icmp + 1) > packet_end(ctx))
		return 1;
	old = *kind;
	header = csum_bytes(data + ip_offset(), 8);
	icmp->type = family == FAMILY_V4 ? ICMP_ECHOREPLY : ICMPV6_ECHO_REPLY;
	icmp->check = csum_update(icmp->check, csum_change(old, *kind));
	answer_mac(data);
	answer_ip(data + ip_offset(), &packet->key, icmp_protocol(family), packet->ip_length - ip_header_bytes(family),
		  family);
	/* no checksum makes up for traffic class, flow label and hop limit */
	if (family == FAMILY_V6 && packet_keeps_sum(ctx))
		packet_complete(ctx, csum_bytes(data + ip_offset(), 8) + (__u16)~csum_fold(header));
	return 0;
}
