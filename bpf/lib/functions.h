/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The slow path's functions that the verifier checks by themselves, so that the states of their callers do not
 * multiply: declared here, defined in slow.h, an instance a family.
 */
#pragma once

#include "bpf/lib/family.h"
#include "bpf/lib/packet.h"

#define SLUICE_DECLARE(family)                                                                                         \
	int FUNCTION(dispatch##family)(context * ctx, __u32 hook);                                                     \
	int FUNCTION(attend##family)(context * ctx, union flow_key * key, __u32 tcp_flags);                            \
	int FUNCTION(half_probe##family)(union flow_key * f, __u32 backend, __u32 probe, __u32 create);                \
	int FUNCTION(half_take_oldest##family)(union flow_key * f, __u32 backend);                                     \
	int FUNCTION(promote##family)(union flow_key * f, union flow_key * r);                                         \
	int FUNCTION(icmp_translate##family)(context * ctx, __u32 hops);                                               \
	int FUNCTION(refuse##family)(context * ctx, int outcome, __u32 mtu, __u32 hook)

SLUICE_DECLARE(4);
SLUICE_DECLARE(6);
#undef SLUICE_DECLARE
