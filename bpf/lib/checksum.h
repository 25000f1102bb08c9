/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One's-complement arithmetic (RFC 1071, RFC 1624). Sums are of 16-bit words in memory order, kept in 64 bits unfolded:
 * 32-bit words may be added whole, carries are folded once at the end.
 */
#pragma once

#include "bpf/lib/build.h"

static __always_inline __u16 csum_fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)sum;
}

/* What a sum changes by when a word changes. */
static __always_inline __u64 csum_change(__u32 from, __u32 to)
{
	return (__u64)(__u32)~from + to;
}

static __always_inline __u64 csum_change_words(const __be32 *from, const __be32 *to, const int words)
{
	__u64 sum = 0;

	for (int i = 0; i < words; i++)
		sum += csum_change(from[i], to[i]);
	return sum;
}

/* A checksum field after its data changed by `change`. */
static __always_inline __u16 csum_update(__u16 check, __u64 change)
{
	return ~csum_fold((__u16)~check + change);
}

/* Sum over `bytes`, a multiple of 4 and a constant. */
static __always_inline __u64 csum_bytes(const void *data, const int bytes)
{
	const __u32 *word = data;
	__u64 sum = 0;

	for (int i = 0; i < bytes / 4; i++)
		sum += word[i];
	return sum;
}
