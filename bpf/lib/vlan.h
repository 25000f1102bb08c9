/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tagged frames: those for an address of ours alone are dropped by name until they are supported. */
#pragma once

#include "bpf/lib/address.h"
#include "bpf/lib/dispatch.h"

/* ip: where the IP header would be. Returns 1 if what is there is for an exclusive address. */
static __always_inline int is_for_us(context *ctx, __u32 ip_at, __be16 kind)
{
	void *ip = packet_start(ctx) + ip_at;

	if (kind == bpf_htons(ETH_P_IP))
		return ip + sizeof(struct iphdr) <= packet_end(ctx) &&
		       is_exclusive(address_roles(&((struct iphdr *)ip)->daddr, FAMILY_V4));
	if (kind == bpf_htons(ETH_P_IPV6))
		return ip + sizeof(struct ipv6hdr) <= packet_end(ctx) &&
		       is_exclusive(address_roles(((struct ipv6hdr *)ip)->daddr.s6_addr32, FAMILY_V6));
	return 0;
}

/* A frame with a tag in it: the real type is 4 bytes on. Two tags are not looked through. */
static __always_inline int vlan(context *ctx)
{
	__be16 *kind = packet_start(ctx) + ETH_HLEN + 2;

	if ((void *)(kind + 1) > packet_end(ctx))
		return OUTCOME_UNTOUCHED;
	return is_for_us(ctx, ETH_HLEN + 4, *kind) ? DROP_VLAN : OUTCOME_UNTOUCHED;
}
