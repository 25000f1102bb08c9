/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A flow's end: by timeout (RFC 5382 for TCP, RFC 4787 for UDP), by a new SYN on a closed one, by removal.
 *
 * Both entries have their own `last`; a flow is over when both are. Userspace sweeps, but nothing waits for it: whoever
 * meets an entry that is over ends the flow.
 */
#pragma once

#include "bpf/lib/scratch.h"

enum { FLOW_FIN = FLOW_FIN_CLIENT | FLOW_FIN_BACKEND, FLOW_CLOSING = FLOW_FIN | FLOW_RESET };

/* Jiffies since `then`; 0 where another CPU has written it after this one read the clock. */
static __always_inline __u32 jiffies_since(__u32 then)
{
	const __s32 since = (__s32)(now_jiffies() - then);

	return since < 0 ? 0 : since;
}

/* Jiffies that a flow in this state may be idle. crowded: a new flow has found no free port; a closed one then keeps
 * its own for as long as a one-way entry would, not for the whole of TIME_WAIT (which at 20,000 ports would hold a
 * backend to 333 connections a second).
 */
static __always_inline __u32 flow_timeout(const struct config *config, __u32 state, int crowded)
{
	if (crowded && state & FLOW_TCP && (state & FLOW_RESET || (state & FLOW_FIN) == FLOW_FIN))
		return config->timeout[TIMEOUT_TAKEOVER_TCP];
	if (!(state & FLOW_TCP))
		return config->timeout[TIMEOUT_UDP];
	if (state & FLOW_RESET)
		return config->timeout[TIMEOUT_RST];
	if ((state & FLOW_FIN) == FLOW_FIN)
		return config->timeout[TIMEOUT_TIME_WAIT];
	return config->timeout[state & FLOW_FIN ? TIMEOUT_FIN : TIMEOUT_ESTABLISHED];
}

static __always_inline int flow_is_idle(struct flow_head *flow, int crowded)
{
	const struct config *config = config_get();

	return config && jiffies_since(flow->last) > flow_timeout(config, flow->state, crowded);
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
static __always_inline int flow_end_if_over(const union flow_key *key, struct flow_head *flow, int crowded,
					    const int family)
{
	__u32 state = READ_ONCE(flow->state);
	struct scratch *scratch = scratch_get();
	struct flow_head *twin;

	if (!scratch || !flow_is_idle(flow, crowded))
		return 0;
	flow_other_key(flow, &scratch->other_key, family);
	twin = flow_lookup(&scratch->other_key, family);
	if (twin && !flow_is_idle(twin, crowded))
		return 0;
	flow_end_from(key, &scratch->other_key, state, family);
	return 1;
}
