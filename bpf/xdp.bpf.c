/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* XDP: in front of TC on physical devices. It sends what it can, and leaves the rest untouched for TC. */
#define SLUICE_XDP
#include "bpf/lib/pipeline.h"
#include "bpf/lib/trampoline.h"

/* SEC("xdp.frags"), for ever: the array is tied to the frags flag of what it holds first. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, XDP_SLOTS);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} xdp_slots SEC(".maps");

SEC("xdp.frags")
int sluice_xdp(struct xdp_md *ctx)
{
	return sluice(ctx, HOOK_XDP);
}

SEC("xdp.frags")
int sluice_xdp_entry(struct xdp_md *ctx)
{
	bpf_tail_call_static(ctx, &xdp_slots, XDP_SLOT_INGRESS);
	return slot_is_empty(ctx, HOOK_XDP);
}

char _license[] SEC("license") = "Dual BSD/GPL";
