/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The helpers that nat_helpers.h rewrites by, as the kernel has them (net/core/filter.c, net/core/utils.c): they know
 * how a packet's checksum is kept. ctx->complete is told what they change skb->csum by. Any of them may be refused
 * (native_refuse_call), as a kernel without memory refuses to make a shared packet writable.
 */
#pragma once

#include <errno.h>

#include "bpf/lib/packet.h"

/* The bytes to be written, or NULL where the kernel refuses. */
static inline void *helper_writable(context *ctx, __u32 offset, __u32 bytes)
{
	if (native_refuse_call && !--native_refuse_call)
		return NULL;
	if (offset + bytes > packet_length(ctx))
		return NULL;
	return ctx->data + offset;
}

static inline __u64 helper_sum(const void *data, __u32 bytes)
{
	__u64 sum = 0;
	__u16 word;

	for (__u32 i = 0; i + 1 < bytes; i += 2) {
		memcpy(&word, (const char *)data + i, sizeof(word));
		sum += word;
	}
	return sum;
}

/* From a sum over `from` to one over `to`. */
static inline __s64 bpf_csum_diff(__be32 *from, __u32 from_size, __be32 *to, __u32 to_size, __u32 seed)
{
	return csum_fold(seed + helper_sum(to, to_size) + (__u16)~csum_fold(helper_sum(from, from_size)));
}

static inline long bpf_skb_store_bytes(context *ctx, __u32 offset, const void *from, __u32 bytes, __u64 flags)
{
	void *to = helper_writable(ctx, offset, bytes);

	if (!to)
		return -EFAULT;
	if (flags & BPF_F_RECOMPUTE_CSUM && ctx->checksum == CHECKSUM_FIELD_COMPLETE)
		ctx->complete += helper_sum(from, bytes) + (__u16)~csum_fold(helper_sum(to, bytes));
	memcpy(to, from, bytes);
	return 0;
}

/* from, to: of the size in flags; size 0: `to` is a difference. */
static inline __u64 helper_change(__u64 from, __u64 to, __u64 flags)
{
	return flags & BPF_F_HDR_FIELD_MASK ? csum_change(from, to) : csum_fold(to);
}

static inline long bpf_l3_csum_replace(context *ctx, __u32 offset, __u64 from, __u64 to, __u64 flags)
{
	__u16 *check = helper_writable(ctx, offset, sizeof(*check));

	if (!check)
		return -EFAULT;
	*check = csum_update(*check, helper_change(from, to, flags));
	return 0;
}

static inline long bpf_l4_csum_replace(context *ctx, __u32 offset, __u64 from, __u64 to, __u64 flags)
{
	__u16 *check = helper_writable(ctx, offset, sizeof(*check));
	const __u64 change = helper_change(from, to, flags);

	if (!check)
		return -EFAULT;
	if (flags & BPF_F_MARK_MANGLED_0 && !*check)
		return 0;
	if (ctx->checksum == CHECKSUM_FIELD_PARTIAL) {
		if (flags & BPF_F_PSEUDO_HDR)
			*check = csum_fold(*check + change);
	} else {
		*check = csum_update(*check, change);
		if (ctx->checksum == CHECKSUM_FIELD_COMPLETE && flags & BPF_F_PSEUDO_HDR)
			ctx->complete += (__u16)~csum_fold(change);
	}
	if (flags & BPF_F_MARK_MANGLED_0 && !*check)
		*check = 0xffff;
	return 0;
}
