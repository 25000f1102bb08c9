/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The ICMP header of either family, and the types and codes of RFC 792 (<linux/icmp.h> drags half of libc in; those of
 * RFC 4443 are in <linux/icmpv6.h>).
 */
#pragma once

#include "bpf/lib/build.h"

struct icmp_message {
	__u8 type;
	__u8 code;
	__be16 check;
	__be32 rest; /* MTU where there is one */
};

enum {
	ICMP_ECHOREPLY = 0,
	ICMP_DEST_UNREACH = 3,
	ICMP_ECHO = 8,
	ICMP_TIME_EXCEEDED = 11,
	ICMP_PARAMETERPROB = 12,

	ICMP_HOST_UNREACH = 1, /* codes of ICMP_DEST_UNREACH */
	ICMP_PORT_UNREACH = 3,
	ICMP_FRAG_NEEDED = 4,
};
