/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The slow path's order: whose address is it, what kind of packet, and then who handles it. */
#pragma once

#include "bpf/lib/address.h"
#include "bpf/lib/client.h"
#include "bpf/lib/icmp.h"
#include "bpf/lib/icmp_translate.h"
#include "bpf/lib/neighbour.h"
#include "bpf/lib/reply.h"

/* Is the address ours alone, so that what cannot be handled is dropped rather than left to the host? */
static __always_inline int is_exclusive(__u32 roles)
{
	return roles & ADDRESS_VIP || (roles & (ADDRESS_SNAT | ADDRESS_LOCAL)) == ADDRESS_SNAT;
}

static __always_inline int dispatch_icmp(context *ctx, __u32 roles, const __u32 hook, const int family)
{
	__u8 *type = packet_start(ctx) + transport_offset(family);

	if ((void *)(type + 8) > packet_end(ctx))
		return is_exclusive(roles) ? DROP_MALFORMED : OUTCOME_UNTOUCHED;
	if (family == FAMILY_V6 && *type == NEIGHBOUR_SOLICITATION)
		return solicitation(ctx);
	if (*type == (family == FAMILY_V4 ? ICMP_ECHO : ICMPV6_ECHO_REQUEST))
		return roles & ADDRESS_VIP && !(roles & ADDRESS_LOCAL) ? OUTCOME_ECHO : OUTCOME_UNTOUCHED;
	/* errors are rare: XDP leaves them to TC */
	if (hook == HOOK_XDP || !icmp_is_error(*type, family))
		return OUTCOME_UNTOUCHED;
	return icmp_find_flow(ctx, family);
}

static __always_inline int dispatch_flow(context *ctx, struct packet *packet, __u32 roles, const __u32 hook,
					 const int family)
{
	struct flow_head *flow = flow_lookup(&packet->key, family);
	int outcome;

	if (flow && READ_ONCE(flow->state) & FLOW_VALID)
		return OUTCOME_ESTABLISHED; /* made meanwhile, or its headers were not readable before */
	if (roles & ADDRESS_SNAT) {
		outcome = reply(ctx, packet, hook, family);
		if (outcome != OUTCOME_MISS)
			return outcome;
	}
	if (hook != HOOK_TC_EGRESS && roles & (ADDRESS_VIP | ADDRESS_LOCAL))
		return client(ctx, packet, roles, hook, family);
	return is_exclusive(roles) ? DROP_NO_REPLY_FLOW : OUTCOME_UNTOUCHED;
}

/* OUTCOME_FORWARD: by scratch->forward. OUTCOME_ESTABLISHED: look the flow up again. */
static __always_inline int dispatch(context *ctx, const __u32 hook, const int family)
{
	struct packet packet;
	enum parsed parsed;
	__u32 roles;

	/* a quoted packet's headers, too */
	packet_reach(ctx, quoted_offset(family) + ip_header_bytes(family) + sizeof(struct tcphdr));
	parsed = parse(ctx, &packet, family);
	if (parsed == PARSED_SHORT)
		return OUTCOME_UNTOUCHED;
	roles = address_roles(key_destination(&packet.key, family), family);
	if (!roles) /* who looks for an address asks a group of nodes */
		return family == FAMILY_V6 && parsed == PARSED_ICMP ? solicitation(ctx) : OUTCOME_UNTOUCHED;
	switch (parsed) {
	case PARSED_FLOW:
		return dispatch_flow(ctx, &packet, roles, hook, family);
	case PARSED_ICMP:
		return dispatch_icmp(ctx, roles, hook, family);
	case PARSED_FRAGMENT:
		return is_exclusive(roles) ? DROP_FRAGMENT : OUTCOME_UNTOUCHED;
	case PARSED_EXTENSION:
		return is_exclusive(roles) ? DROP_EXTENSION_HEADER : OUTCOME_UNTOUCHED;
	case PARSED_MALFORMED:
		return is_exclusive(roles) ? DROP_MALFORMED : OUTCOME_UNTOUCHED;
	default:
		return OUTCOME_UNTOUCHED;
	}
}
