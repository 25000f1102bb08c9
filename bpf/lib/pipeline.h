/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A packet's way through one hook: flow first; what needs attention or has no flow takes a function of its own, which
 * the verifier checks apart; then the rewrite and the exit.
 */
#pragma once

#include "bpf/lib/attend.h"
#include "bpf/lib/dispatch.h"
#include "bpf/lib/nat.h"
#ifndef SLUICE_XDP
#include "bpf/lib/nat_helpers.h"
#endif
#include "bpf/lib/neighbour.h"
#include "bpf/lib/refuse.h"
#include "bpf/lib/slow.h"
#include "bpf/lib/vlan.h"

/* A TTL is lowered by who forwards: at sluice0's egress the host has done it. */
static __always_inline int hops_of(const __u32 hook)
{
	return hook == HOOK_TC_EGRESS ? 0 : 1;
}

static __always_inline int untouched(const __u32 hook)
{
	count_hook(hook, untouched);
	return packet_untouched();
}

static __always_inline int rewrite_packet(context *ctx, const struct rewrite *rewrite, const __u8 protocol,
					  const int hops, const int family)
{
#ifndef SLUICE_XDP
	if (!packet_knows_checksum())
		return nat_by_helpers(ctx, rewrite, protocol, hops, family);
#endif
	return nat(ctx, rewrite, protocol, hops, family);
}

/* Sends the packet by the entry. Returns the verdict, or in *refused why it cannot go. */
static __always_inline int forward(context *ctx, struct flow_head *flow, const struct packet *packet, const __u32 hook,
				   __u32 *refused, const int family)
{
	const __u32 segment = packet_segment(ctx, ip_header_bytes(family) + packet->transport_bytes);
	const __u32 id = READ_ONCE(flow->id);
	struct rewrite rewrite;
	int failed;

	if (!exit_serves(ctx, flow, hook))
		return untouched(hook);
	if (hops_of(hook) && packet->ttl <= 1) {
		*refused = DROP_TTL_EXCEEDED;
		return 0;
	}
	if ((segment ?: packet->ip_length) > flow->mtu) {
		*refused = DROP_TOO_BIG;
		return 0;
	}
	rewrite_copy(&rewrite, flow, family);
	barrier();
	if (!id || READ_ONCE(flow->id) != id) {
		*refused = DROP_FLOW_LOST;
		return 0;
	}
	flow->last = now_jiffies();
	flow->packets++;
	flow->bytes += packet->ip_length;
	count_forwarded(flow->service, flow->state & FLOW_REPLY, packet->ip_length);
	if (packet->protocol == IPPROTO_TCP)
		failed = rewrite_packet(ctx, &rewrite, IPPROTO_TCP, hops_of(hook), family);
	else
		failed = rewrite_packet(ctx, &rewrite, IPPROTO_UDP, hops_of(hook), family);
	if (failed) {
		*refused = DROP_REWRITE_FAILED;
		return 0;
	}
	count_hook(hook, forwarded);
	return leave(ctx, flow, hook);
}

static __always_inline int forward_icmp(context *ctx, struct flow_head *flow, const __u32 hook, __u32 *refused,
					const int family)
{
	*refused = FUNCTION_OF(icmp_translate, family)(ctx, hops_of(hook));
	if (*refused)
		return 0;
	count_hook(hook, forwarded);
	return leave(ctx, flow, hook);
}

/* The established flow that takes this packet, or NULL with *outcome. */
static __always_inline struct flow_head *established(context *ctx, struct packet *packet, int *outcome,
						     const int family)
{
	const struct config *config = config_get();
	struct flow_head *flow = flow_lookup(&packet->key, family);

	*outcome = OUTCOME_MISS;
	if (!flow || !config)
		return NULL;
	*outcome = OUTCOME_FORWARD;
	if (!flow_is_fresh(flow, READ_ONCE(flow->state), packet->tcp_flags, now_jiffies(), config))
		*outcome = FUNCTION_OF(attend, family)(ctx, &packet->key, packet->tcp_flags);
	return *outcome == OUTCOME_FORWARD ? flow : NULL;
}

static __always_inline int pipeline(context *ctx, const __u32 hook, const int family)
{
	struct flow_head *flow = NULL;
	int outcome = OUTCOME_MISS;
	struct scratch *scratch;
	struct packet packet;
	__u32 refused = 0, mtu = 0;
	int verdict;

	packet_reach(ctx, transport_offset(family) + sizeof(struct tcphdr));
	for (int attempt = 0; attempt < 2; attempt++) {
		if (parse(ctx, &packet, family) == PARSED_FLOW) {
			flow = established(ctx, &packet, &outcome, family);
			if (outcome != OUTCOME_MISS)
				break;
		}
		outcome = FUNCTION_OF(dispatch, family)(ctx, hook);
		if (outcome != OUTCOME_ESTABLISHED)
			break;
	}
	if (outcome == OUTCOME_UNTOUCHED)
		return untouched(hook);
	if (outcome == OUTCOME_FORWARD || outcome == OUTCOME_TRANSLATE) {
		if (!flow) {
			scratch = scratch_get();
			if (!scratch)
				return packet_drop();
			flow = (struct flow_head *)&scratch->forward;
		}
		if (outcome == OUTCOME_TRANSLATE)
			verdict = forward_icmp(ctx, flow, hook, &refused, family);
		else
			verdict = forward(ctx, flow, &packet, hook, &refused, family);
		if (!refused)
			return verdict;
		mtu = flow->mtu;
		outcome = refused;
	}
	if (outcome == OUTCOME_ESTABLISHED || outcome == OUTCOME_MISS)
		outcome = DROP_FLOW_LOST;
	return FUNCTION_OF(refuse, family)(ctx, outcome, mtu, hook);
}

/* hook: a constant. */
static __always_inline int sluice(context *ctx, const __u32 hook)
{
	struct ethhdr *eth = packet_start(ctx);
	int outcome;

	if ((void *)(eth + 1) > packet_end(ctx))
		return untouched(hook);
	if (packet_is_tagged(ctx))
		outcome = is_for_us(ctx, ETH_HLEN, eth->h_proto) ? DROP_VLAN : OUTCOME_UNTOUCHED;
	else if (eth->h_proto == bpf_htons(ETH_P_IP))
		return pipeline(ctx, hook, FAMILY_V4);
	else if (eth->h_proto == bpf_htons(ETH_P_IPV6))
		return pipeline(ctx, hook, FAMILY_V6);
	else if (eth->h_proto == bpf_htons(ETH_P_ARP))
		outcome = arp(ctx);
	else if (eth->h_proto == bpf_htons(ETH_P_8021Q) || eth->h_proto == bpf_htons(ETH_P_8021AD))
		outcome = vlan(ctx);
	else
		outcome = OUTCOME_UNTOUCHED;
	if (outcome == OUTCOME_UNTOUCHED)
		return untouched(hook);
	count_drop(outcome);
	count_hook(hook, dropped);
	return packet_drop();
}
