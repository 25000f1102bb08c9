/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a build is made of. The same lib/ is compiled three times: for XDP (SLUICE_XDP), for TC (SLUICE_TC), and
 * natively (SLUICE_NATIVE: maps and helpers of bpf/native/shim.h, for unit tests, fuzzing and explain). UAPI headers
 * alone: a build needs no BTF of a running kernel; what is read of the kernel's own structs is relocated at load
 * (packet_tc.h).
 */
#pragma once

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/icmpv6.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#ifdef SLUICE_NATIVE
#include "bpf/native/shim.h"
#else
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/* A map of maps.h. Weak: each program file has the definition, the linker keeps one. */
#define SLUICE_MAP(name, kind, key_type, value_type, entries, flags)                                                   \
	struct {                                                                                                       \
		__uint(type, BPF_MAP_TYPE_##kind);                                                                     \
		__uint(max_entries, entries);                                                                          \
		__uint(map_flags, flags);                                                                              \
		__type(key, key_type);                                                                                 \
		__type(value, value_type);                                                                             \
	} name SEC(".maps") __weak
#endif

/* Frames and their MAC addresses lie on 2-byte bounds; the BPF machine does not mind, and clang would go byte by byte.
 */
static __always_inline void copy_mac_pair(void *to, const void *from)
{
#ifdef SLUICE_NATIVE
	memcpy(to, from, 2 * ETH_ALEN);
#else
	for (int i = 0; i < 3; i++)
		((__u32 *)to)[i] = ((const __u32 *)from)[i];
#endif
}

#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, value) (*(volatile __typeof__(x) *)&(x) = (value))

/* Names of functions that the verifier checks by themselves (functions.h): one a hook and family, since they are not
 * static. FUNCTION_OF picks by a constant family. */
#define SLUICE_NAME_(hook, name) sluice_##hook##_##name
#define SLUICE_NAME(hook, name) SLUICE_NAME_(hook, name)
#if defined(SLUICE_XDP)
#define FUNCTION(name) SLUICE_NAME(xdp, name)
#elif defined(SLUICE_TC)
#define FUNCTION(name) SLUICE_NAME(tc, name)
#else
#define FUNCTION(name) SLUICE_NAME(native, name)
#endif
#define FUNCTION_OF(name, family) ((family) == FAMILY_V4 ? FUNCTION(name##4) : FUNCTION(name##6))
