/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The rewrite of nat.h by the kernel's checksum helpers, for TC where ip_summed cannot be read (before Linux 6.2): they
 * know how the checksum is kept. About 30 ns a packet dearer.
 */
#pragma once

#include "bpf/lib/nat.h"
#include "bpf/lib/scratch.h"
#ifdef SLUICE_NATIVE
#include "bpf/native/csum_helpers.h"
#endif

/* What the headers hold before; the helpers are told differences. */
struct nat_before {
	__be32 *address; /* in the scratch memory */
	__u32 ports;
	__be16 ttl_word; /* the 16 bits that hold the TTL */
	__u16 check;	 /* transport */
};

static __always_inline int nat_ttl_offset(const int family)
{
	return ip_offset() + (family == FAMILY_V4 ? 8 : 6);
}

static __always_inline int nat_check_offset(__u8 protocol, const int family)
{
	return transport_offset(family) + (protocol == IPPROTO_TCP ? 16 : 6);
}

static __always_inline int nat_read(context *ctx, struct nat_before *before, const __u8 protocol, const int family)
{
	void *data = packet_start(ctx);

	if (data + nat_check_offset(protocol, family) + 2 > packet_end(ctx))
		return 1;
	copy_words(before->address, header_addresses(data + ip_offset(), family), 2 * address_words(family));
	before->ports = *(__u32 *)(data + transport_offset(family));
	before->ttl_word = *(__be16 *)(data + nat_ttl_offset(family));
	before->check = *(__u16 *)(data + nat_check_offset(protocol, family));
	return 0;
}

/* TTL, in the byte order of the header: the first byte of its word in IPv4, the second in IPv6. */
static __always_inline long nat_ttl(context *ctx, const struct nat_before *before, const int hops, const int family)
{
	const __be16 word = before->ttl_word - bpf_htons(family == FAMILY_V4 ? hops << 8 : hops);

	if (!hops)
		return 0;
	if (family == FAMILY_V4 && bpf_l3_csum_replace(ctx, ip_offset() + 10, before->ttl_word, word, sizeof(word)))
		return 1;
	return bpf_skb_store_bytes(ctx, nat_ttl_offset(family), &word, sizeof(word),
				   family == FAMILY_V6 ? BPF_F_RECOMPUTE_CSUM : 0);
}

/* As nat(). */
static __always_inline int nat_by_helpers(context *ctx, const struct rewrite *rewrite, const __u8 protocol,
					  const int hops, const int family)
{
	const int bytes = 2 * 4 * address_words(family);
	const int check = nat_check_offset(protocol, family);
	const __u64 mangled = protocol == IPPROTO_UDP ? BPF_F_MARK_MANGLED_0 : 0;
	struct scratch *scratch = scratch_get();
	struct nat_before before;
	__u32 ports;
	__s64 change;
	long failed;

	if (!scratch)
		return 1;
	before.address = scratch->old_addresses;
	if (nat_read(ctx, &before, protocol, family))
		return 1;
	__builtin_memcpy(&ports, rewrite->port, sizeof(ports));
	change = bpf_csum_diff(before.address, bytes, (__be32 *)rewrite->address, bytes, 0);
	failed = nat_ttl(ctx, &before, hops, family);
	if (family == FAMILY_V4)
		failed |= bpf_l3_csum_replace(ctx, ip_offset() + 10, 0, change, 0);
	/* IPv6 has no header checksum to make up for the addresses: the kernel's own sum is told of them */
	failed |= bpf_skb_store_bytes(ctx, ip_offset() + (family == FAMILY_V4 ? 12 : 8), rewrite->address, bytes,
				      family == FAMILY_V6 ? BPF_F_RECOMPUTE_CSUM : 0);
	if (protocol == IPPROTO_TCP || before.check) {
		failed |= bpf_l4_csum_replace(ctx, check, 0, change, mangled | BPF_F_PSEUDO_HDR);
		failed |= bpf_l4_csum_replace(ctx, check, before.ports, ports, mangled | sizeof(ports));
	}
	failed |= bpf_skb_store_bytes(ctx, transport_offset(family), &ports, sizeof(ports),
				      protocol == IPPROTO_TCP || before.check ? 0 : BPF_F_RECOMPUTE_CSUM);
	failed |= bpf_skb_store_bytes(ctx, 0, rewrite->mac, sizeof(rewrite->mac), 0);
	return !!failed;
}
