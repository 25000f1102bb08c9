/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The packet, whatever the hook. Each packet_*.h gives one hook's:
 *
 *   context                        what the program is called with
 *   packet_start, packet_end       what may be read and written directly; read again after any call that resizes
 *   packet_pull(ctx, bytes)        makes the first bytes readable, 0 if they are
 *   packet_length                  of the whole frame
 *   packet_segment(ctx, headers)   length of the IP packets that a GSO frame will be cut into, 0 if it is none
 *   packet_is_tagged               has a VLAN tag that is not in the frame
 *   packet_device                  ifindex that it came in by (egress: leaves by)
 *   packet_checksum                enum checksum, of the transport header
 *   packet_knows_checksum          0: packet_checksum cannot tell
 *   packet_complete(ctx, change)   tells what else the whole frame's sum changed by (CHECKSUM_COMPLETE)
 *   packet_trim                    to a length; the kernel then keeps no sum of the frame. 0 or an error
 *   packet_prepend                 bytes in front of the IP header. 0 or an error
 *   packet_fib                     bpf_fib_lookup
 *   packet_untouched, packet_drop, packet_bounce, packet_redirect, packet_peer, packet_neighbour    verdicts
 *
 * Nothing above it knows what a verdict's number is, nor how a hook keeps its checksums.
 */
#pragma once

#include "bpf/lib/build.h"
#include "bpf/lib/checksum.h"

/* How the transport checksum is kept.
 * NONE     the field holds it.
 * PARTIAL  the field holds the sum of the pseudo-header, not complemented; whoever sends it will do the rest.
 * COMPLETE the field holds it, and the kernel has the sum of all after the Ethernet header: to be kept in step. */
enum checksum {
	CHECKSUM_FIELD_NONE = 0,
	CHECKSUM_FIELD_COMPLETE = 2,
	CHECKSUM_FIELD_PARTIAL = 3,
};

#if defined(SLUICE_XDP)
#include "bpf/lib/packet_xdp.h"
#elif defined(SLUICE_TC)
#include "bpf/lib/packet_tc.h"
#elif defined(SLUICE_NATIVE)
#include "bpf/native/packet_native.h"
#endif

/* Has the kernel to be told by packet_complete()? Where it cannot be seen, yes: it knows whether to heed that. */
static __always_inline int packet_keeps_sum(context *ctx)
{
	return !packet_knows_checksum() || packet_checksum(ctx) == CHECKSUM_FIELD_COMPLETE;
}

/* Makes the first `bytes`, or what there is of them, readable. */
static __always_inline void packet_reach(context *ctx, __u32 bytes)
{
	const __u32 length = packet_length(ctx);

	if (packet_start(ctx) + bytes <= packet_end(ctx))
		return;
	if (packet_end(ctx) - packet_start(ctx) < (long)length)
		packet_pull(ctx, length < bytes ? length : bytes);
}
