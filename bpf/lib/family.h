/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What differs between IPv4 and IPv6, by a constant argument: one source, two instantiations. */
#pragma once

#include "bpf/lib/build.h"
#include "sluice/bpf/flow.h"
#include "sluice/bpf/types.h"

/* Both families' keys; in IPv4 only the first 16 bytes are read. */
union flow_key {
	struct flow_key4 v4;
	struct flow_key6 v6;
	__u32 word[10];
} __attribute__((aligned(8)));

/* 32-bit words of an address. */
static __always_inline int address_words(const int family)
{
	return family == FAMILY_V4 ? 1 : 4;
}

static __always_inline int ip_header_bytes(const int family)
{
	return family == FAMILY_V4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
}

/* Source, then destination: both headers and both keys have them side by side. */
static __always_inline __be32 *header_addresses(void *ip, const int family)
{
	return ip + (family == FAMILY_V4 ? 12 : 8);
}

static __always_inline __be32 *key_source(union flow_key *key)
{
	return key->word;
}

static __always_inline __be32 *key_destination(union flow_key *key, const int family)
{
	return key->word + address_words(family);
}

/* source_port, destination_port as they stand in the header. */
static __always_inline __be16 *key_ports(union flow_key *key, const int family)
{
	return (__be16 *)(key->word + 2 * address_words(family));
}

static __always_inline __u8 *key_protocol(union flow_key *key, const int family)
{
	return (__u8 *)(key->word + 2 * address_words(family) + 1);
}

static __always_inline void copy_words(__u32 *to, const __u32 *from, const int words)
{
	for (int i = 0; i < words; i++)
		to[i] = from[i];
}

static __always_inline int equal_words(const __u32 *a, const __u32 *b, const int words)
{
	__u32 differ = 0;

	for (int i = 0; i < words; i++)
		differ |= a[i] ^ b[i];
	return !differ;
}

/* Fills all of a key, padding too. */
static __always_inline void key_set(union flow_key *key, const __be32 *source, const __be32 *destination,
				    __be16 source_port, __be16 destination_port, __u8 protocol, const int family)
{
	const int words = address_words(family);

	copy_words(key_source(key), source, words);
	copy_words(key_destination(key, family), destination, words);
	key_ports(key, family)[0] = source_port;
	key_ports(key, family)[1] = destination_port;
	key->word[2 * words + 1] = bpf_htonl((__u32)protocol << 24);
}

static __always_inline void addr_set(struct addr *addr, const __be32 *words, const int family)
{
	if (family == FAMILY_V4) {
		addr->word[0] = 0;
		addr->word[1] = 0;
		addr->word[2] = bpf_htonl(0xffff);
		addr->word[3] = words[0];
	} else {
		copy_words(addr->word, words, 4);
	}
}

/* The words of an address that are its family's own. */
static __always_inline const __be32 *addr_words(const struct addr *addr, const int family)
{
	return addr->word + (family == FAMILY_V4 ? 3 : 0);
}
