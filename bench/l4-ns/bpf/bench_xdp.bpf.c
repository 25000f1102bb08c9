/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define SLUICE_XDP
#include "bench/l4-ns/bpf/programs.h"

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, BENCH_SLOTS);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} bench_xdp_slots SEC(".maps");

#define DRIVER(name, slot)                                                                                             \
	SEC("xdp.frags")                                                                                               \
	int bench_xdp_##name(struct xdp_md *ctx)                                                                       \
	{                                                                                                              \
		if (drive(ctx))                                                                                        \
			return -2;                                                                                     \
		bpf_tail_call_static(ctx, &bench_xdp_slots, slot);                                                     \
		return -2;                                                                                             \
	}

DRIVER(floor, SLOT_FLOOR)
DRIVER(ours, SLOT_OURS)
DRIVER(limit, SLOT_LIMIT)
DRIVER(limit_new, SLOT_LIMIT_NEW)
DRIVER(limit_miss, SLOT_LIMIT_MISS)

SEC("xdp.frags")
int xdp_floor(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("xdp.frags")
int xdp_limit(struct xdp_md *ctx)
{
	return is_v4(ctx) ? limit(ctx, HOOK_XDP, FAMILY_V4) : limit(ctx, HOOK_XDP, FAMILY_V6);
}

SEC("xdp.frags")
int xdp_limit_new(struct xdp_md *ctx)
{
	return is_v4(ctx) ? limit_new(ctx, HOOK_XDP, FAMILY_V4) : limit_new(ctx, HOOK_XDP, FAMILY_V6);
}

SEC("xdp.frags")
int xdp_limit_miss(struct xdp_md *ctx)
{
	return is_v4(ctx) ? limit_miss(ctx, FAMILY_V4) : limit_miss(ctx, FAMILY_V6);
}

char _license[] SEC("license") = "Dual BSD/GPL";
