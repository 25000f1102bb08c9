/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The clock that flows are timed by, for userspace, which has no other way to read jiffies
 * (include/sluice/bpf/config.h). */
#include "bpf/lib/build.h"
#include "sluice/bpf/config.h"

SEC("syscall")
int sluice_clock(struct clock *ctx)
{
	ctx->jiffies = bpf_jiffies64();
	ctx->nanoseconds = bpf_ktime_get_ns();
	return 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";
