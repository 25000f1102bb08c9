/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* TC: ingress of each device that carries VIP traffic, and egress of sluice0, where pods' replies come. */
#define SLUICE_TC
#include "bpf/lib/pipeline.h"
#include "bpf/lib/trampoline.h"

/* Plain SEC("tc"), for ever: the array is tied to the attach type of what it holds first. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, TC_SLOTS);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} tc_slots SEC(".maps");

SEC("tc")
int sluice_tc(struct __sk_buff *ctx)
{
	return sluice(ctx, HOOK_TC);
}

SEC("tc")
int sluice_tc_egress(struct __sk_buff *ctx)
{
	return sluice(ctx, HOOK_TC_EGRESS);
}

SEC("tc")
int sluice_tc_entry(struct __sk_buff *ctx)
{
	bpf_tail_call_static(ctx, &tc_slots, TC_SLOT_INGRESS);
	return slot_is_empty(ctx, HOOK_TC);
}

SEC("tc")
int sluice_tc_egress_entry(struct __sk_buff *ctx)
{
	bpf_tail_call_static(ctx, &tc_slots, TC_SLOT_EGRESS);
	return slot_is_empty(ctx, HOOK_TC_EGRESS);
}

char _license[] SEC("license") = "Dual BSD/GPL";
