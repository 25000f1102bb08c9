/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What an established flow needs now and then: TCP state, its end, and when config.generation moves, or after a while,
 * its next hop, backend and service.
 */
#pragma once

#include "bpf/lib/end.h"
#include "bpf/lib/fib.h"
#include "bpf/lib/maglev.h"
#include "bpf/lib/outcome.h"
#include "bpf/lib/parse.h"
#include "bpf/lib/service.h"

enum { FLOW_COUNT_AT = 1 << 30 };

/* Is the next hop to be asked for again? A drain ends by time, so those flows look once a second in any case. */
static __always_inline int next_hop_is_old(const struct flow_head *flow, __u32 now, const struct config *config)
{
	const int attended = now - READ_ONCE(config->attended) <= config->timeout[TIMEOUT_ATTENDED];

	return now - flow->checked >=
	       config->timeout[attended && !(flow->flags & FLOW_DRAINS) ? TIMEOUT_NEXT_HOP_ATTENDED : TIMEOUT_NEXT_HOP];
}

/* May the packet take the entry as it stands? Everything else is attended to first. */
static __always_inline int flow_is_fresh(const struct flow_head *flow, __u32 state, __u8 tcp_flags, __u32 now,
					 const struct config *config)
{
	const __u32 timeout = config->timeout[state & FLOW_TCP ? TIMEOUT_ESTABLISHED : TIMEOUT_UDP];

	return (state & (FLOW_VALID | FLOW_CLOSING)) == FLOW_VALID && !(tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST)) &&
	       flow->generation == config->generation && !next_hop_is_old(flow, now, config) &&
	       now - flow->last <= timeout && flow->bytes < FLOW_COUNT_AT && flow->exit != EXIT_NONE &&
	       flow->exit != EXIT_NEIGHBOUR;
}

static_assert((int)SERVICE_REMOVED == (int)BACKEND_REMOVED && (int)SERVICE_DENIED == (int)BACKEND_DENIED &&
		  (int)SERVICE_FREE == (int)BACKEND_FREE,
	      "one function judges both");

/* Is the flow to end since its backend or service is gone? Returns DROP_NONE or why it ends. */
static __always_inline __u32 owner_gone(__u32 state, __u32 epoch, __u32 removed_at, __u32 flow_epoch, __u32 is_tcp,
					__u32 reason)
{
	const struct config *config = config_get();

	if (state == BACKEND_DENIED)
		return DROP_DENIED;
	if (state == BACKEND_FREE || epoch != flow_epoch)
		return reason;
	if (state != BACKEND_REMOVED)
		return DROP_NONE;
	if (is_tcp && config && jiffies_since(removed_at) <= config->timeout[TIMEOUT_DRAIN])
		return DROP_NONE;
	return reason;
}

/* drains: set if either is removed and its drain is not over. */
static __always_inline __u32 owners_gone(struct flow_head *flow, int *drains, const int family)
{
	const struct flow_tail *tail = flow_tail(flow, family);
	const struct backend *backend;
	const struct service *service;
	__u32 index = tail->backend;
	__u32 tcp = flow->state & FLOW_TCP;
	__u32 gone;

	backend = bpf_map_lookup_elem(&backends, &index);
	service = service_by_id(flow->service);
	if (!backend || !service)
		return DROP_BACKEND_REMOVED;
	*drains = backend->state == BACKEND_REMOVED || service->state == SERVICE_REMOVED;
	gone = owner_gone(backend->state, backend->epoch, backend->removed_at, tail->backend_epoch, tcp,
			  DROP_BACKEND_REMOVED);
	if (gone)
		return gone;
	return owner_gone(service->state, service->epoch, service->removed_at, tail->service_epoch, tcp,
			  DROP_SERVICE_REMOVED);
}

/* Before the counters of the head can wrap. */
static __always_inline void flow_count(struct flow_head *flow, const int family)
{
	struct flow_tail *tail = flow_tail(flow, family);

	tail->packets += flow->packets;
	tail->bytes += flow->bytes;
	flow->packets = 0;
	flow->bytes = 0;
}

/* The bits of a FIN or RST, in both entries. */
static __always_inline void flow_close(struct flow_head *flow, const union flow_key *other, __u8 tcp_flags,
				       const int family)
{
	struct flow_head *twin = flow_lookup(other, family);
	__u32 bits = 0;

	if (tcp_flags & TCP_RST)
		bits |= FLOW_RESET;
	if (tcp_flags & TCP_FIN)
		bits |= flow->state & FLOW_REPLY ? FLOW_FIN_BACKEND : FLOW_FIN_CLIENT;
	if ((flow->state & bits) == bits)
		return;
	__sync_fetch_and_or(&flow->state, bits);
	if (twin)
		__sync_fetch_and_or(&twin->state, bits);
}

/* Now and then, and when the generation has moved. Owners change only with it, but a drain ends by time. */
static __always_inline int flow_check(context *ctx, const union flow_key *key, struct flow_head *flow,
				      const union flow_key *other, const int moved, const int family)
{
	const __u32 state = flow->state;
	__u32 gone = DROP_NONE, reason;
	int drains = 0;

	if (moved || flow->flags & FLOW_DRAINS)
		gone = owners_gone(flow, &drains, family);
	if (gone) {
		flow_end_from(key, other, state, family);
		/* a client's UDP goes on to another backend with this very packet */
		return state & (FLOW_TCP | FLOW_REPLY) || gone == DROP_DENIED ? (int)gone : OUTCOME_MISS;
	}
	reason = next_hop_find(ctx, flow, family);
	if (drains)
		flow->flags |= FLOW_DRAINS;
	return reason;
}

/* Returns OUTCOME_FORWARD (the entry is good now), OUTCOME_MISS, or the reason of a drop. */
static __always_inline int attend(context *ctx, union flow_key *key, __u8 tcp_flags, const int family)
{
	const struct config *config = config_get();
	struct flow_head *flow = flow_lookup(key, family);
	struct scratch *scratch = scratch_get();
	union flow_key *other;
	__u32 state;

	if (!flow || !config || !scratch)
		return OUTCOME_MISS;
	other = &scratch->other_key;
	state = READ_ONCE(flow->state);
	if (!(state & FLOW_VALID))
		return OUTCOME_MISS; /* its promotion is not done: the half-open entry still serves it */
	if (flow_end_if_over(key, flow, 0, family))
		return OUTCOME_MISS;
	flow_other_key(flow, other, family);
	if ((tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN && !(state & FLOW_REPLY) &&
	    (state & FLOW_RESET || (state & FLOW_FIN) == FLOW_FIN)) {
		flow_end(key, other, family); /* the client uses its port again (RFC 9293 3.6.1) */
		return OUTCOME_MISS;
	}
	if (state & FLOW_TCP && tcp_flags & (TCP_FIN | TCP_RST))
		flow_close(flow, other, tcp_flags, family);
	if (flow->bytes >= FLOW_COUNT_AT)
		flow_count(flow, family);
	if (flow->generation != config->generation || flow->exit == EXIT_NONE || flow->exit == EXIT_NEIGHBOUR ||
	    next_hop_is_old(flow, now_jiffies(), config))
		return flow_check(ctx, key, flow, other, flow->generation != config->generation, family);
	return OUTCOME_FORWARD;
}
