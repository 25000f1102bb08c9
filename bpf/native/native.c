/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The third build of bpf/lib: all hooks in one library. */
#define SLUICE_NATIVE
#include "bpf/lib/pipeline.h"
#include "bpf/lib/trampoline.h"

int native_packet_set(struct native_packet *packet, const void *frame, __u32 bytes)
{
	if (bytes > NATIVE_FRAME)
		return 1;
	memset(packet, 0, sizeof(*packet));
	packet->data = packet->room + NATIVE_HEADROOM;
	packet->end = packet->data + bytes;
	memcpy(packet->data, frame, bytes);
	return 0;
}

enum native_verdict native_run(struct native_packet *packet, enum hook hook)
{
	switch (hook) {
	case HOOK_XDP:
		return (enum native_verdict)sluice(packet, HOOK_XDP);
	case HOOK_TC_EGRESS:
		return (enum native_verdict)sluice(packet, HOOK_TC_EGRESS);
	default:
		return (enum native_verdict)sluice(packet, HOOK_TC);
	}
}

enum native_verdict native_run_entry(struct native_packet *packet, enum hook hook)
{
	return (enum native_verdict)slot_is_empty(packet, hook);
}
