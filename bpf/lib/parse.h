/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Headers -> struct packet. A packet is PARSED_FLOW when it is TCP or UDP in an Ethernet frame without VLAN tag, IPv4
 * options, IPv6 extension headers or fragmentation: then the transport header lies at a constant offset. All other
 * kinds are named, so that the caller can drop what is for a VIP and leave alone what is not.
 */
#pragma once

#include "bpf/lib/family.h"
#include "bpf/lib/packet.h"

enum parsed {
	PARSED_FLOW = 0,
	PARSED_ICMP,
	PARSED_FRAGMENT,
	PARSED_EXTENSION, /* IPv4 options, too */
	PARSED_PROTOCOL,  /* none of TCP, UDP, ICMP */
	PARSED_MALFORMED,
	PARSED_SHORT, /* not even an IP header */
};

enum tcp_flag {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_ACK = 0x10,
};

/* Scalars only, so that it may cross functions of the verifier. */
struct packet {
	union flow_key key; /* addresses always; ports and protocol of PARSED_FLOW */
	__u32 ip_length;    /* by the IP header */
	__u8 tcp_flags;	    /* 0 for UDP */
	__u8 ttl;
	__u8 protocol;
	__u8 transport_bytes; /* of the transport header, TCP options too */
	__be32 sequence;      /* TCP */
	__be32 acknowledged;
};

/* Where headers begin. */
static __always_inline int ip_offset(void)
{
	return ETH_HLEN;
}

static __always_inline int transport_offset(const int family)
{
	return ETH_HLEN + ip_header_bytes(family);
}

static __always_inline int transport_bytes(__u8 protocol)
{
	return protocol == IPPROTO_TCP ? sizeof(struct tcphdr) : sizeof(struct udphdr);
}

/* Of TCP; 0 where the header claims more than there is. */
static __always_inline __u32 payload_bytes(const struct packet *packet, const int family)
{
	const __u32 headers = ip_header_bytes(family) + packet->transport_bytes;

	return packet->ip_length > headers ? packet->ip_length - headers : 0;
}

static __always_inline enum parsed parse_ip4(const struct iphdr *ip, struct packet *packet)
{
	const __u8 *first = (const __u8 *)ip;

	packet->protocol = ip->protocol;
	packet->ttl = ip->ttl;
	packet->ip_length = bpf_ntohs(ip->tot_len);
	if (first[0] != 0x45)
		return first[0] >> 4 == 4 && (first[0] & 15) > 5 ? PARSED_EXTENSION : PARSED_MALFORMED;
	if (ip->frag_off & bpf_htons(0x3fff)) /* more fragments, or an offset (RFC 791 3.1) */
		return PARSED_FRAGMENT;
	return PARSED_FLOW;
}

static __always_inline enum parsed parse_ip6(const struct ipv6hdr *ip, struct packet *packet)
{
	packet->protocol = ip->nexthdr;
	packet->ttl = ip->hop_limit;
	packet->ip_length = bpf_ntohs(ip->payload_len) + sizeof(*ip);
	if (*(const __u8 *)ip >> 4 != 6)
		return PARSED_MALFORMED;
	switch (ip->nexthdr) {
	case IPPROTO_FRAGMENT:
		return PARSED_FRAGMENT;
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
	case IPPROTO_AH:
	case IPPROTO_MH:
		return PARSED_EXTENSION;
	}
	return PARSED_FLOW;
}

static __always_inline void parse_tcp(const struct tcphdr *tcp, struct packet *packet)
{
	packet->tcp_flags = ((const __u8 *)tcp)[13];
	packet->transport_bytes = (((const __u8 *)tcp)[12] >> 4) * 4;
	packet->sequence = tcp->seq;
	packet->acknowledged = tcp->ack_seq;
}

/* Does not pull: what is not readable directly is PARSED_SHORT or PARSED_MALFORMED; the caller may pull and try again.
 * Writes all of *packet but for PARSED_SHORT. */
static __always_inline enum parsed parse(context *ctx, struct packet *packet, const int family)
{
	void *data = packet_start(ctx);
	void *end = packet_end(ctx);
	void *ip = data + ip_offset();
	void *transport = data + transport_offset(family);
	enum parsed parsed;

	if (transport > end)
		return PARSED_SHORT;
	packet->tcp_flags = 0;
	packet->sequence = 0;
	packet->acknowledged = 0;
	packet->transport_bytes = sizeof(struct udphdr);
	parsed = family == FAMILY_V4 ? parse_ip4(ip, packet) : parse_ip6(ip, packet);
	copy_words(packet->key.word, (const __u32 *)header_addresses(ip, family), 2 * address_words(family));
	packet->key.word[2 * address_words(family)] = 0;
	packet->key.word[2 * address_words(family) + 1] = bpf_htonl((__u32)packet->protocol << 24);
	if (parsed != PARSED_FLOW)
		return parsed;
	if (packet->protocol != IPPROTO_TCP && packet->protocol != IPPROTO_UDP)
		return packet->protocol == (family == FAMILY_V4 ? IPPROTO_ICMP : IPPROTO_ICMPV6) ? PARSED_ICMP
												 : PARSED_PROTOCOL;
	if (transport + sizeof(struct udphdr) > end)
		return PARSED_MALFORMED;
	packet->key.word[2 * address_words(family)] = *(__u32 *)transport;
	if (packet->protocol == IPPROTO_TCP) {
		if (transport + sizeof(struct tcphdr) > end)
			return PARSED_MALFORMED;
		parse_tcp(transport, packet);
	}
	if (packet_segment(ctx, 0)) /* a GSO frame may be larger than its header can say */
		packet->ip_length = packet_length(ctx) - ip_offset();
	if (packet->ip_length < ip_header_bytes(family) + (__u32)transport_bytes(packet->protocol) ||
	    packet->ip_length + ip_offset() > packet_length(ctx))
		return PARSED_MALFORMED;
	return PARSED_FLOW;
}
