/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whose address is it? */
#pragma once

#include "bpf/lib/family.h"
#include "sluice/bpf/address.h"
#include "sluice/bpf/maps.h"

SLUICE_MAP(addresses, HASH, struct addr, struct address, MAX_ADDRESSES, BPF_F_NO_PREALLOC);

/* enum address_roles; 0: none of ours. */
static __always_inline __u32 address_roles(const __be32 *words, const int family)
{
	struct address *entry;
	struct addr addr;

	addr_set(&addr, words, family);
	entry = bpf_map_lookup_elem(&addresses, &addr);
	return entry ? entry->roles : 0;
}
