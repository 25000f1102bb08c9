/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a refused packet is answered with: by reason and protocol, within the token buckets. */
#pragma once

#include "bpf/lib/count.h"
#include "bpf/lib/icmp.h"
#include "bpf/lib/outcome.h"
#include "bpf/lib/reset.h"
#include "bpf/lib/tokens.h"

static __always_inline int reason_resets(__u32 reason)
{
	switch (reason) {
	case DROP_NO_SERVICE:
	case DROP_NO_BACKEND:
	case DROP_NO_FLOW:
	case DROP_NO_REPLY_FLOW:
	case DROP_FLOW_TABLE_FULL:
	case DROP_BACKEND_REMOVED:
	case DROP_SERVICE_REMOVED:
	case DROP_DENIED:
		return 1;
	}
	return 0;
}

/* 0: answered, in place. Else not to be answered. */
static __always_inline int refuse_answer(context *ctx, struct packet *packet, __u32 reason, __u32 mtu, __u32 hook,
					 const int family)
{
	const struct config *config = config_get();
	struct icmp_message message;

	if (!config || !may_answer(&packet->key, family))
		return 1;
	if (packet->protocol == IPPROTO_TCP && reason_resets(reason)) {
		if (packet->tcp_flags & TCP_RST)
			return 1;
		if (!token_take(TOKENS_RESET, config->reset_rate, config->hz)) {
			count_hook(hook, suppressed);
			return 1;
		}
		return reset(ctx, packet, family);
	}
	if (icmp_reason(&message, reason, mtu, family))
		return 1;
	if (!token_take(TOKENS_ICMP, config->icmp_rate, config->hz)) {
		count_hook(hook, suppressed);
		return 1;
	}
	return icmp_error(ctx, packet, &message, family);
}

/* Ends the packet's way: answers it or drops it. outcome: a drop reason or OUTCOME_ECHO. Returns the verdict. */
static __always_inline int refuse(context *ctx, int outcome, __u32 mtu, __u32 hook, const int family)
{
	struct packet packet = {};
	enum parsed parsed;

	if (outcome > 0)
		count_drop(outcome);
	parsed = parse(ctx, &packet, family);
	if (outcome == OUTCOME_ECHO) {
		if (parsed != PARSED_ICMP || !may_answer(&packet.key, family) || icmp_echo(ctx, &packet, family))
			return packet_untouched();
	} else if (parsed != PARSED_FLOW || refuse_answer(ctx, &packet, outcome, mtu, hook, family)) {
		count_hook(hook, dropped);
		return packet_drop();
	}
	count_hook(hook, answered);
	return answer_send(ctx, &packet.key, hook, family);
}
