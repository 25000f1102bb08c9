/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Token buckets for what we send of our own accord, a CPU each; a burst is a second's worth. */
#pragma once

#include "bpf/lib/config.h"
#include "sluice/bpf/counters.h"

SLUICE_MAP(tokens, PERCPU_ARRAY, __u32, struct tokens, TOKEN_BUCKETS, 0);

/* Takes one token; 0 if there is none. rate: a second. */
static __always_inline int token_take(__u32 bucket, __u32 rate, __u32 hz)
{
	struct tokens *tokens_left = bpf_map_lookup_elem(&tokens, &bucket);
	const __u32 now = now_jiffies();
	__u32 elapsed;

	if (!tokens_left)
		return 0;
	elapsed = now - tokens_left->filled;
	if (elapsed >= hz || !tokens_left->filled) {
		tokens_left->left = rate;
		tokens_left->filled = now;
	} else if (elapsed && (__u64)elapsed * rate >= hz) {
		const __u32 gained = (__u64)elapsed * rate / (hz ?: 1);

		tokens_left->left = tokens_left->left + gained > rate ? rate : tokens_left->left + gained;
		tokens_left->filled = now;
	}
	if (!tokens_left->left)
		return 0;
	tokens_left->left--;
	return 1;
}
