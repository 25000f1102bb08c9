/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* (VIP, port, protocol) -> service. Asked on a miss or a SYN only. */
#pragma once

#include "bpf/lib/family.h"
#include "sluice/bpf/maps.h"
#include "sluice/bpf/service.h"

SLUICE_MAP(service_ids, HASH, struct service_key, __u32, MAX_SERVICES, BPF_F_NO_PREALLOC);
SLUICE_MAP(services, ARRAY, __u32, struct service, MAX_SERVICES, BPF_F_MMAPABLE);

static __always_inline struct service *service_by_id(__u32 id)
{
	return bpf_map_lookup_elem(&services, &id);
}

static __always_inline struct service *service_by_key(const struct service_key *key, __u32 *id)
{
	__u32 *found = bpf_map_lookup_elem(&service_ids, key);
	struct service *service;

	if (!found)
		return NULL;
	*id = *found;
	service = service_by_id(*id);
	if (!service || service->state != SERVICE_SERVING ||
	    !equal_words((const __u32 *)&service->key, (const __u32 *)key, sizeof(*key) / 4))
		return NULL;
	return service;
}

/* The service that a client's packet is for, or NULL. */
static __always_inline struct service *service_of(union flow_key *flow, __u32 *id, const int family)
{
	struct service_key key;

	addr_set(&key.vip, key_destination(flow, family), family);
	key.port = key_ports(flow, family)[1];
	key.protocol = *key_protocol(flow, family);
	key.zero = 0;
	return service_by_key(&key, id);
}
