/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A client's packet that no established flow took: service, backend, half-open flow. */
#pragma once

#include "bpf/lib/address.h"
#include "bpf/lib/exit.h"
#include "bpf/lib/fib.h"
#include "bpf/lib/functions.h"
#include "bpf/lib/half.h"
#include "bpf/lib/outcome.h"
#include "bpf/lib/parse.h"
#include "bpf/lib/promote.h"
#include "bpf/lib/service.h"

static __always_inline int is_syn(const struct packet *packet)
{
	return packet->protocol == IPPROTO_TCP && (packet->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN;
}

/* Data in a SYN (RFC 7413). */
static __always_inline __u32 syn_bytes(const struct packet *packet, const int family)
{
	return is_syn(packet) ? payload_bytes(packet, family) : 0;
}

/* scratch->forward = the way to the backend, all but the source port. */
static __always_inline __u32 client_way(context *ctx, union flow_key *f, struct scratch *scratch,
					struct service *service, __u32 service_id, __u32 index, const int family)
{
	struct flow_head *forward = (struct flow_head *)&scratch->forward;
	struct backend *backend = backend_by_index(index, family);
	struct snat_source *snat;
	struct flow_tail *tail;

	if (!backend)
		return DROP_NO_BACKEND;
	snat = snat_source_of(backend, flow_hash(f, family));
	if (!snat)
		return DROP_NO_PORT;
	flow_begin(forward, addr_words(&snat->address, family), addr_words(&backend->address, family), 0, backend->port,
		   *key_protocol(f, family), family);
	forward->service = service_id;
	tail = flow_tail(forward, family);
	tail->backend = index;
	tail->backend_epoch = backend->epoch;
	tail->service_epoch = service->epoch;
	tail->created = forward->last;
	return next_hop_find(ctx, forward, family);
}

/* scratch->half = the entry to insert for this packet. */
static __always_inline void client_half(struct packet *packet, struct scratch *scratch, const int family)
{
	struct flow_head *forward = (struct flow_head *)&scratch->forward;
	struct half_head *half = (struct half_head *)&scratch->half;
	const struct flow_tail *tail = flow_tail(forward, family);

	__builtin_memset(half, 0, family == FAMILY_V4 ? sizeof(struct half4) : sizeof(struct half6));
	half->id = bpf_get_prandom_u32() | 1;
	half->last = forward->last;
	half->created = forward->last;
	half->client_sequence = packet->sequence;
	half->syn_bytes = syn_bytes(packet, family);
	half->service = forward->service;
	half->service_epoch = tail->service_epoch;
	half->backend = tail->backend;
	half->backend_epoch = tail->backend_epoch;
	half->client_port = key_ports(&packet->key, family)[0];
	half->vip_port = key_ports(&packet->key, family)[1];
	copy_words(half_client(half), key_source(&packet->key), address_words(family));
	copy_words(half_vip(half, family), key_destination(&packet->key, family), address_words(family));
}

/* The client is heard of again: its entry is young again, and a SYN with another sequence begins it anew. One that
 * comes again without its data says nothing of what the backend has taken. */
static __always_inline void half_refresh(union flow_key *r, const struct packet *packet, __u32 id, const int family)
{
	struct half_head *half = half_lookup(r, family);

	if (!half || READ_ONCE(half->id) != id)
		return;
	half->last = now_jiffies();
	if (!is_syn(packet))
		return;
	if (half->client_sequence != packet->sequence) {
		half->client_sequence = packet->sequence;
		half->syn_bytes = syn_bytes(packet, family);
		__sync_fetch_and_and(&half->state, ~(__u32)HALF_REPLIED);
	} else if (half->syn_bytes < syn_bytes(packet, family)) {
		half->syn_bytes = syn_bytes(packet, family);
	}
}

/* Goes by a half-open flow that is there: the packet may promote it. */
static __always_inline int client_goes_on(struct packet *packet, union flow_key *r, struct scratch *scratch,
					  const int family)
{
	struct flow_head *forward = (struct flow_head *)&scratch->forward;
	struct half_head *half = (struct half_head *)&scratch->half;

	forward->id = half->id;
	forward->source_port = key_ports(r, family)[1];
	if (promotes(half, packet))
		return FUNCTION_OF(promote, family)(&packet->key, r);
	half_refresh(r, packet, half->id, family);
	return OUTCOME_FORWARD;
}

/* By the backend `index`: finds the half-open flow, or makes it (SYN, UDP). OUTCOME_MISS: there is none. */
static __always_inline int client_by(context *ctx, struct packet *packet, struct service *service, __u32 service_id,
				     __u32 index, const __u32 hook, const int family)
{
	const int create = packet->protocol == IPPROTO_UDP || is_syn(packet);
	struct scratch *scratch = scratch_get();
	struct flow_head *forward;
	union flow_key *r;
	__u32 reason;

	if (!scratch)
		return DROP_NO_PORT;
	r = &scratch->reverse_key;
	forward = (struct flow_head *)&scratch->forward;
	reason = client_way(ctx, &packet->key, scratch, service, service_id, index, family);
	if (reason)
		return create ? (int)reason : OUTCOME_MISS;
	if (!exit_serves(ctx, forward, hook))
		return OUTCOME_UNTOUCHED;
	client_half(packet, scratch, family);
	switch (half_walk(&packet->key, scratch, index, create, family)) {
	case HALF_FOUND:
		return client_goes_on(packet, r, scratch, family);
	case HALF_NEW:
		forward->id = ((struct half_head *)&scratch->half)->id;
		forward->source_port = key_ports(r, family)[1];
		count_service(service_id, connections);
		return OUTCOME_FORWARD;
	case HALF_PROMOTED:
		return OUTCOME_ESTABLISHED;
	default:
		break;
	}
	return create ? DROP_NO_PORT : OUTCOME_MISS;
}

/* roles: of the address that it was sent to. */
static __always_inline int client(context *ctx, struct packet *packet, __u32 roles, const __u32 hook, const int family)
{
	const __u64 hash = flow_hash(&packet->key, family);
	struct service *service;
	struct ring_ref previous;
	__u32 id, index;
	int outcome;

	service = service_of(&packet->key, &id, family);
	if (!service)
		return roles & ADDRESS_VIP ? DROP_NO_SERVICE : OUTCOME_UNTOUCHED;
	if (service->flags & SERVICE_LOCAL)
		return OUTCOME_UNTOUCHED;
	index = ring_backend(ring_ref_read(&service->ring), hash);
	outcome = client_by(ctx, packet, service, id, index, hook, family);
	if (outcome == OUTCOME_MISS) {
		/* a handshake that a change of the ring caught half-way is still with the old backend */
		previous = ring_ref_read(&service->previous);
		if (previous.offset || previous.slots)
			outcome = client_by(ctx, packet, service, id, ring_backend(previous, hash), hook, family);
	}
	if (outcome == OUTCOME_MISS)
		outcome = DROP_NO_FLOW;
	if (outcome == DROP_NO_BACKEND || outcome == DROP_NO_PORT || outcome == DROP_FLOW_TABLE_FULL)
		count_service(id, refused);
	return outcome;
}
