/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* packet.h for the native build: a buffer, with the checksum state and the verdicts of any hook. */
#pragma once

#include "bpf/lib/packet.h"
#include "bpf/native/native.h"

typedef struct native_packet context;

static inline void *packet_start(context *ctx)
{
	return ctx->data;
}

static inline void *packet_end(context *ctx)
{
	return ctx->end;
}

static inline __u32 packet_length(context *ctx)
{
	return ctx->end - ctx->data;
}

static inline int packet_pull(context *ctx, __u32 bytes)
{
	return bytes > packet_length(ctx);
}

static inline int packet_is_tagged(context *ctx)
{
	return !!ctx->tagged;
}

static inline __u32 packet_segment(context *ctx, __u32 headers)
{
	return ctx->gso_size ? ctx->gso_size + headers : 0;
}

static inline __u32 packet_device(context *ctx)
{
	return ctx->ifindex;
}

static inline enum checksum packet_checksum(context *ctx)
{
	return native_by_helpers ? CHECKSUM_FIELD_NONE : (enum checksum)ctx->checksum;
}

static inline int packet_knows_checksum(void)
{
	return !native_by_helpers;
}

static inline void packet_complete(context *ctx, __u64 change)
{
	ctx->complete += csum_fold(change);
}

static inline int packet_trim(context *ctx, __u32 length)
{
	if (length > packet_length(ctx))
		return 1;
	ctx->end = ctx->data + length;
	ctx->gso_size = 0;
	if (ctx->checksum == CHECKSUM_FIELD_COMPLETE) /* as __skb_trim_rcsum() has it */
		ctx->checksum = CHECKSUM_FIELD_NONE;
	return 0;
}

static inline int packet_prepend(context *ctx, __u32 bytes)
{
	unsigned char header[ETH_HLEN];

	if (ctx->data - bytes < ctx->room || packet_length(ctx) < ETH_HLEN)
		return 1;
	memcpy(header, ctx->data, sizeof(header));
	ctx->data -= bytes;
	memset(ctx->data, 0, bytes + sizeof(header));
	memcpy(ctx->data, header, sizeof(header));
	return 0;
}

static inline long packet_fib(context *ctx, struct bpf_fib_lookup *params)
{
	return native_fib_lookup(params);
}

static inline int packet_untouched(void)
{
	return NATIVE_UNTOUCHED;
}

static inline int packet_drop(void)
{
	return NATIVE_DROP;
}

static inline int packet_bounce(context *ctx)
{
	ctx->left_by = ctx->ifindex;
	return NATIVE_BOUNCE;
}

static inline int packet_redirect(context *ctx, __u32 ifindex)
{
	ctx->left_by = ifindex;
	return NATIVE_REDIRECT;
}

static inline int packet_peer(context *ctx, __u32 ifindex)
{
	ctx->left_by = ifindex;
	return NATIVE_PEER;
}

static inline int packet_neighbour(__u32 ifindex)
{
	return NATIVE_NEIGHBOUR;
}
