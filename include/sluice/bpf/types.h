/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ground of every map layout: plain C, shared by bpf/ (kernel and native builds) and by userspace, C and C++.
 *
 * Byte order is in the type: __be16 and __be32 are network order, all else is the host's. What a hash map has as its
 * key is hashed with its padding: fields named `zero` must be 0. Times are the low 32 bits of jiffies
 * (config.h says how userspace reads them); they are compared by their difference only.
 *
 * Layout version: a change of any struct here is a new version, new pins (maps.h) and a conversion.
 */
#pragma once

#include <linux/types.h>

#if !defined(__cplusplus) && !defined(static_assert)
#define static_assert _Static_assert
#endif

enum { SLUICE_LAYOUT_VERSION = 1 };

/* Index of what there is once a family. */
enum family {
	FAMILY_V4 = 0,
	FAMILY_V6 = 1,
	FAMILIES = 2,
};

/* An address of either family; IPv4 as v4-mapped, ::ffff:a.b.c.d (RFC 4291 2.5.5.2): word[2] = htonl(0xffff). */
struct addr {
	__be32 word[4];
};
static_assert(sizeof(struct addr) == 16, "layout of addresses, version 1");
