/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define SLUICE_TC
#include "bench/l4-ns/bpf/programs.h"

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, BENCH_SLOTS);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} bench_tc_slots SEC(".maps");

#define DRIVER(name, slot)                                                                                             \
	SEC("tc")                                                                                                      \
	int bench_tc_##name(struct __sk_buff *ctx)                                                                     \
	{                                                                                                              \
		if (drive(ctx))                                                                                        \
			return -2;                                                                                     \
		bpf_tail_call_static(ctx, &bench_tc_slots, slot);                                                      \
		return -2;                                                                                             \
	}

DRIVER(floor, SLOT_FLOOR)
DRIVER(ours, SLOT_OURS)
DRIVER(limit, SLOT_LIMIT)
DRIVER(limit_new, SLOT_LIMIT_NEW)
DRIVER(limit_miss, SLOT_LIMIT_MISS)

SEC("tc")
int tc_floor(struct __sk_buff *ctx)
{
	return TC_ACT_UNSPEC;
}

SEC("tc")
int tc_limit(struct __sk_buff *ctx)
{
	return is_v4(ctx) ? limit(ctx, HOOK_TC, FAMILY_V4) : limit(ctx, HOOK_TC, FAMILY_V6);
}

SEC("tc")
int tc_limit_new(struct __sk_buff *ctx)
{
	return is_v4(ctx) ? limit_new(ctx, HOOK_TC, FAMILY_V4) : limit_new(ctx, HOOK_TC, FAMILY_V6);
}

SEC("tc")
int tc_limit_miss(struct __sk_buff *ctx)
{
	return is_v4(ctx) ? limit_miss(ctx, FAMILY_V4) : limit_miss(ctx, FAMILY_V6);
}

char _license[] SEC("license") = "Dual BSD/GPL";
