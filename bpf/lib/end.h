/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A flow's end: by timeout (RFC 5382 for TCP, RFC 4787 for UDP), by a new SYN on a closed one, by removal.
 *
 * Both entries have their own `last`; a flow is over when both are. Userspace sweeps, but nothing waits for it: whoever
 * meets an entry that is over ends the flow.
 */
#pragma once

#include "bpf/lib/scratch.h"

enum { FLOW_FIN = FLOW_FIN_CLIENT | FLOW_FIN_BACKEND, FLOW_CLOSING = FLOW_FIN | FLOW_RESET };

/* Jiffies that a flow in this state may be idle. */
static __always_inline __u32 flow_timeout(const struct config *config, __u32 state)
{
	if (!(state & FLOW_TCP))
		return config->timeout[TIMEOUT_UDP];
	if (state & FLOW_RESET)
		return config->timeout[TIMEOUT_RST];
	if ((state & FLOW_FIN) == FLOW_FIN)
		return config->timeout[TIMEOUT_TIME_WAIT];
	return config->timeout[state & FLOW_FIN ? TIMEOUT_FIN : TIMEOUT_ESTABLISHED];
}

static __always_inline int flow_is_idle(struct flow_head *flow)
{
	const struct config *config = config_get();

	return config && now_jiffies() - flow->last > flow_timeout(config, flow->state);
}

/* F, then half-open, then R: while R is there nobody else gets the port. */
static __always_inline void flow_end(const union flow_key *f, const union flow_key *r, const int family)
{
	flow_delete(f, family);
	half_delete(r, family);
	flow_delete(r, family);
}

static __always_inline void flow_end_from(const union flow_key *key, const union flow_key *other, __u32 state,
					  const int family)
{
	if (state & FLOW_REPLY)
		flow_end(other, key, family);
	else
		flow_end(key, other, family);
}

/* Ends the flow of this entry if both its entries are over their timeout. Returns 1 if it did. */
static __always_inline int flow_end_if_over(const union flow_key *key, struct flow_head *flow, const int family)
{
	__u32 state = READ_ONCE(flow->state);
	struct scratch *scratch = scratch_get();
	struct flow_head *twin;

	if (!scratch || !flow_is_idle(flow))
		return 0;
	flow_other_key(flow, &scratch->other_key, family);
	twin = flow_lookup(&scratch->other_key, family);
	if (twin && !flow_is_idle(twin))
		return 0;
	flow_end_from(key, &scratch->other_key, state, family);
	return 1;
}
