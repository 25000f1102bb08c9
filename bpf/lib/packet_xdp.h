/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* packet.h for XDP: wire frames, checksums complete. Headers lie in the first buffer of a frame of several. */
#pragma once

#include "bpf/lib/packet.h"

typedef struct xdp_md context;

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
	return packet_start(ctx) + bytes > packet_end(ctx);
}

static __always_inline __u32 packet_length(context *ctx)
{
	return bpf_xdp_get_buff_len(ctx);
}

/* A tag that the device has taken off is in no place that XDP of Linux 6.1 can see; one that is in the frame is. */
static __always_inline int packet_is_tagged(context *ctx)
{
	return 0;
}

static __always_inline __u32 packet_segment(context *ctx, __u32 headers)
{
	return 0;
}

static __always_inline __u32 packet_device(context *ctx)
{
	return ctx->ingress_ifindex;
}

static __always_inline enum checksum packet_checksum(context *ctx)
{
	return CHECKSUM_FIELD_NONE;
}

static __always_inline int packet_knows_checksum(void)
{
	return 1;
}

static __always_inline void packet_complete(context *ctx, __u64 change)
{
}

static __always_inline int packet_trim(context *ctx, __u32 length)
{
	return bpf_xdp_adjust_tail(ctx, (int)length - (int)packet_length(ctx));
}

static __always_inline int packet_prepend(context *ctx, __u32 bytes)
{
	return bpf_xdp_adjust_head(ctx, -(int)bytes);
}

static __always_inline long packet_fib(context *ctx, struct bpf_fib_lookup *params)
{
	return bpf_fib_lookup(ctx, params, sizeof(*params), 0);
}

static __always_inline int packet_untouched(void)
{
	return XDP_PASS;
}

static __always_inline int packet_drop(void)
{
	return XDP_DROP;
}

static __always_inline int packet_bounce(context *ctx)
{
	return XDP_TX;
}

static __always_inline int packet_redirect(context *ctx, __u32 ifindex)
{
	return ifindex == ctx->ingress_ifindex ? XDP_TX : bpf_redirect(ifindex, 0);
}

/* XDP has neither exit; flows that need one are left to TC before this. */
static __always_inline int packet_peer(context *ctx, __u32 ifindex)
{
	return XDP_DROP;
}

static __always_inline int packet_neighbour(__u32 ifindex)
{
	return XDP_DROP;
}
