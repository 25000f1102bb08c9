/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Counters: one per-CPU array lookup each, no atomics. */
#pragma once

#include "bpf/lib/build.h"
#include "sluice/bpf/counters.h"
#include "sluice/bpf/drop.h"
#include "sluice/bpf/maps.h"

SLUICE_MAP(drops, PERCPU_ARRAY, __u32, __u64, MAX_DROP_REASONS, 0);
SLUICE_MAP(hook_counters, PERCPU_ARRAY, __u32, struct hook_counters, HOOKS, 0);
SLUICE_MAP(service_counters, PERCPU_ARRAY, __u32, struct service_counters, MAX_SERVICES, 0);

static __always_inline void count_drop(__u32 reason)
{
	__u64 *count = bpf_map_lookup_elem(&drops, &reason);

	if (count)
		(*count)++;
}

/* Adds one to a field of enum hook's counters. */
#define count_hook(hook, field)                                                                                        \
	do {                                                                                                           \
		__u32 index_ = hook;                                                                                   \
		struct hook_counters *counters_ = bpf_map_lookup_elem(&hook_counters, &index_);                        \
		if (counters_)                                                                                         \
			counters_->field++;                                                                            \
	} while (0)

#define count_service(id, field)                                                                                       \
	do {                                                                                                           \
		__u32 index_ = id;                                                                                     \
		struct service_counters *counters_ = bpf_map_lookup_elem(&service_counters, &index_);                  \
		if (counters_)                                                                                         \
			counters_->field++;                                                                            \
	} while (0)

/* direction: 0 client to backend, 1 back. */
static __always_inline void count_forwarded(__u32 service, __u32 direction, __u32 bytes)
{
	struct service_counters *counters = bpf_map_lookup_elem(&service_counters, &service);

	if (!counters)
		return;
	if (direction) {
		counters->packets[1]++;
		counters->bytes[1] += bytes;
	} else {
		counters->packets[0]++;
		counters->bytes[0] += bytes;
	}
}
