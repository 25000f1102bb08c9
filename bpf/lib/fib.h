/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The next hop of a flow's rewrite: asked of the kernel's FIB, kept in the entry, asked again when config.generation
 * has changed or after TIMEOUT_NEXT_HOP, by the program itself: traffic outlives the daemon.
 */
#pragma once

#include "bpf/lib/address.h"
#include "bpf/lib/config.h"
#include "bpf/lib/packet.h"
#include "bpf/lib/scratch.h"
#include "sluice/bpf/device.h"
#include "sluice/bpf/drop.h"

SLUICE_MAP(devices, HASH, __u32, struct device, MAX_DEVICES, BPF_F_NO_PREALLOC);

enum { MTU_UNKNOWN = 0xffff };

#ifndef AF_INET
#define AF_INET 2
#define AF_INET6 10
#endif

static __always_inline void fib_params(context *ctx, struct bpf_fib_lookup *params, const __be32 *source,
				       const __be32 *destination, const int family)
{
	/* memset and assign: an initialiser would become relocations that libbpf 1.1 gets wrong */
	__builtin_memset(params, 0, sizeof(*params));
	params->family = family == FAMILY_V4 ? AF_INET : AF_INET6;
	params->ifindex = packet_device(ctx);
	params->tot_len = 1; /* not 0: then the answer has the route's MTU */
	if (family == FAMILY_V4) {
		params->ipv4_src = source[0];
		params->ipv4_dst = destination[0];
	} else {
		copy_words(params->ipv6_src, source, 4);
		copy_words(params->ipv6_dst, destination, 4);
	}
}

/* Why the kernel would not forward. It says the same of no route and of an address of its own. */
static __always_inline __u32 fib_refusal(long answer, struct flow_head *flow, const int family)
{
	if (answer == BPF_FIB_LKUP_RET_FWD_DISABLED)
		return DROP_FORWARDING_DISABLED;
	if (answer == BPF_FIB_LKUP_RET_NOT_FWDED &&
	    address_roles(flow_destination(flow, family), family) & (ADDRESS_LOCAL | ADDRESS_VIP))
		return DROP_BACKEND_IS_LOCAL;
	return DROP_NO_ROUTE;
}

static __always_inline void next_hop_store(struct flow_head *flow, const struct bpf_fib_lookup *params,
					   const struct config *config, __u8 exit)
{
	struct device *device;
	__u8 flags = 0;
	__u32 ifindex = params->ifindex;

	device = bpf_map_lookup_elem(&devices, &ifindex);
	if (device && exit == EXIT_REDIRECT) {
		if (device->flags & DEVICE_XDP && config->flags & CONFIG_XDP_REDIRECT)
			flags |= FLOW_XDP;
		if (device->flags & DEVICE_PEER)
			exit = EXIT_PEER;
	}
	/* Another CPU may be reading: it takes no half-written MAC while there is no exit. One that has just stored the
	 * first next hop, too, keeps its exit: that is written last, so who sees it sees the rest. */
	if (READ_ONCE(flow->exit) != EXIT_NONE &&
	    (READ_ONCE(flow->ifindex) != ifindex || __builtin_memcmp(flow->destination_mac, params->dmac, ETH_ALEN)))
		WRITE_ONCE(flow->exit, EXIT_NONE);
	barrier();
	flow->ifindex = ifindex;
	__builtin_memcpy(flow->destination_mac, params->dmac, ETH_ALEN);
	__builtin_memcpy(flow->source_mac, params->smac, ETH_ALEN);
	flow->flags = flags;
	barrier();
	WRITE_ONCE(flow->exit, exit);
}

/* Returns DROP_NONE with the entry's next hop set, or why there is none (the entry is then as it was). */
static __always_inline __u32 next_hop_find(context *ctx, struct flow_head *flow, const int family)
{
	const struct config *config = config_get();
	struct scratch *scratch = scratch_get();
	struct bpf_fib_lookup *params;
	__u32 generation;
	long answer;

	if (!config || !scratch)
		return DROP_NO_ROUTE;
	params = &scratch->fib;
	generation = READ_ONCE(config->generation); /* before the look-up: a change meanwhile is seen next time */
	fib_params(ctx, params, flow_source(flow), flow_destination(flow, family), family);
	answer = packet_fib(ctx, params);
	if (answer == BPF_FIB_LKUP_RET_SUCCESS) {
		flow->mtu = params->mtu_result > 1 ? params->mtu_result : MTU_UNKNOWN;
		next_hop_store(flow, params, config, EXIT_REDIRECT);
	} else if (answer == BPF_FIB_LKUP_RET_NO_NEIGH) {
		flow->mtu = MTU_UNKNOWN;
		next_hop_store(flow, params, config, EXIT_NEIGHBOUR);
	} else {
		return fib_refusal(answer, flow, family);
	}
	flow->checked = now_jiffies();
	flow->generation = generation;
	return DROP_NONE;
}
