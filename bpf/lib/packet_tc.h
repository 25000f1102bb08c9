/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* packet.h for TC. Frames may be GSO, and their transport checksum may be any of the three (enum checksum): ip_summed
 * is read from the kernel's own sk_buff where bpf_cast_to_kern_ctx is (Linux 6.2), and else the checksum helpers, which
 * know it, do the rewriting (nat_helpers.h).
 */
#pragma once

#include "bpf/lib/packet.h"
#include <bpf/bpf_core_read.h>

typedef struct __sk_buff context;

/* Set by the loader where the kernel has the function bpf_cast_to_kern_ctx. */
const volatile __u8 tc_reads_ip_summed = 0;

extern void *bpf_cast_to_kern_ctx(void *) __ksym __weak;

/* The one field that we read, found in the running kernel's BTF at load. */
struct sk_buff___sluice {
	__u8 ip_summed : 2;
} __attribute__((preserve_access_index));

/* Read anew each time: clang would merge a pointer that has been checked with one that has not. */
static __always_inline void *packet_start(context *ctx)
{
	return (void *)(long)READ_ONCE(ctx->data);
}

static __always_inline void *packet_end(context *ctx)
{
	return (void *)(long)READ_ONCE(ctx->data_end);
}

static __always_inline int packet_pull(context *ctx, __u32 bytes)
{
	if (packet_start(ctx) + bytes <= packet_end(ctx))
		return 0;
	return bpf_skb_pull_data(ctx, bytes) || packet_start(ctx) + bytes > packet_end(ctx);
}

static __always_inline __u32 packet_length(context *ctx)
{
	return ctx->len;
}

static __always_inline int packet_is_tagged(context *ctx)
{
	return ctx->vlan_present;
}

static __always_inline __u32 packet_segment(context *ctx, __u32 headers)
{
	return ctx->gso_size ? ctx->gso_size + headers : 0;
}

static __always_inline __u32 packet_device(context *ctx)
{
	return ctx->ifindex;
}

static __always_inline enum checksum packet_checksum(context *ctx)
{
	if (tc_reads_ip_summed) {
		struct sk_buff___sluice *skb = bpf_cast_to_kern_ctx(ctx);
		const __u8 summed = BPF_CORE_READ_BITFIELD(skb, ip_summed);

		return summed & CHECKSUM_FIELD_COMPLETE ? (enum checksum)summed : CHECKSUM_FIELD_NONE;
	}
	return CHECKSUM_FIELD_NONE;
}

static __always_inline int packet_knows_checksum(void)
{
	return tc_reads_ip_summed;
}

static __always_inline void packet_complete(context *ctx, __u64 change)
{
	bpf_csum_update(ctx, csum_fold(change));
}

static __always_inline int packet_trim(context *ctx, __u32 length)
{
	return bpf_skb_change_tail(ctx, length, 0);
}

static __always_inline int packet_prepend(context *ctx, __u32 bytes)
{
	return bpf_skb_adjust_room(ctx, bytes, BPF_ADJ_ROOM_MAC, 0);
}

static __always_inline long packet_fib(context *ctx, struct bpf_fib_lookup *params)
{
	return bpf_fib_lookup(ctx, params, sizeof(*params), 0);
}

/* Not TC_ACT_OK, which hides the filters behind us. */
static __always_inline int packet_untouched(void)
{
	return TC_ACT_UNSPEC;
}

static __always_inline int packet_drop(void)
{
	return TC_ACT_SHOT;
}

static __always_inline int packet_bounce(context *ctx)
{
	return bpf_redirect(ctx->ifindex, 0);
}

static __always_inline int packet_redirect(context *ctx, __u32 ifindex)
{
	return bpf_redirect(ifindex, 0);
}

static __always_inline int packet_peer(context *ctx, __u32 ifindex)
{
	return bpf_redirect_peer(ifindex, 0);
}

static __always_inline int packet_neighbour(__u32 ifindex)
{
	return bpf_redirect_neigh(ifindex, NULL, 0, 0);
}
