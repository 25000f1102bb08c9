/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* RST in answer to a segment that we refuse (RFC 9293 3.10.7.1). The segment itself is cut down to it. */
#pragma once

#include "bpf/lib/answer.h"

static __always_inline void reset_write(struct tcphdr *tcp, const struct packet *packet, const int family)
{
	const __u32 payload = packet->ip_length - ip_header_bytes(family) - packet->transport_bytes;
	const __u32 length = payload + !!(packet->tcp_flags & TCP_SYN) + !!(packet->tcp_flags & TCP_FIN);
	const __be16 from = tcp->source;
	__u8 *bytes = (__u8 *)tcp;

	tcp->source = tcp->dest;
	tcp->dest = from;
	if (packet->tcp_flags & TCP_ACK) {
		tcp->seq = packet->acknowledged;
		tcp->ack_seq = 0;
		bytes[13] = TCP_RST;
	} else {
		tcp->seq = 0;
		tcp->ack_seq = bpf_htonl(bpf_ntohl(packet->sequence) + length);
		bytes[13] = TCP_RST | TCP_ACK;
	}
	bytes[12] = sizeof(*tcp) / 4 << 4;
	tcp->window = 0;
	tcp->urg_ptr = 0;
	tcp->check = 0;
}

/* Returns 0 with the RST in the packet's place, or 1 when it cannot be. */
static __always_inline int reset(context *ctx, struct packet *packet, const int family)
{
	struct tcphdr *tcp = packet_start(ctx) + transport_offset(family);
	int partial;
	__u64 pseudo;
	void *data;

	if ((void *)(tcp + 1) > packet_end(ctx) ||
	    packet->ip_length < (__u32)ip_header_bytes(family) + packet->transport_bytes)
		return 1;
	partial = answer_is_partial(ctx, packet, tcp->check, family);
	if (packet_trim(ctx, transport_offset(family) + sizeof(*tcp)))
		return 1;
	data = packet_start(ctx);
	tcp = data + transport_offset(family);
	if ((void *)(tcp + 1) > packet_end(ctx))
		return 1;
	answer_mac(data);
	answer_ip(data + ip_offset(), &packet->key, IPPROTO_TCP, sizeof(*tcp), family);
	reset_write(tcp, packet, family);
	pseudo = pseudo_sum(&packet->key, IPPROTO_TCP, sizeof(*tcp), family);
	if (partial)
		tcp->check = csum_fold(pseudo);
	else
		tcp->check = ~csum_fold(pseudo + csum_bytes(tcp, sizeof(*tcp)));
	return 0;
}
