/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The configuration and the clock. */
#pragma once

#include "bpf/lib/build.h"
#include "sluice/bpf/config.h"

SLUICE_MAP(config, ARRAY, __u32, struct config, 1, BPF_F_MMAPABLE);

/* Never null in a program: an array has its entry. The check is for the verifier. */
static __always_inline const struct config *config_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&config, &zero);
}

/* Jiffies, low half; nearly free where a clock costs 40 ns. */
static __always_inline __u32 now_jiffies(void)
{
	return (__u32)bpf_jiffies64();
}
