/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What libbpf's headers and the kernel are to the native build: maps as plain tables, a clock, random numbers and a FIB
 * that the caller sets (native.h). One thread.
 */
#pragma once

#include <linux/types.h>
#include <stddef.h>
#include <string.h>

#include "bpf/native/native.h"

#undef __always_inline
#define __always_inline inline __attribute__((always_inline))
#define barrier() __asm__ volatile("" ::: "memory")

static inline __u16 bpf_htons(__u16 value)
{
	return __builtin_bswap16(value);
}

static inline __u16 bpf_ntohs(__u16 value)
{
	return __builtin_bswap16(value);
}

static inline __u32 bpf_htonl(__u32 value)
{
	return __builtin_bswap32(value);
}

static inline __u32 bpf_ntohl(__u32 value)
{
	return __builtin_bswap32(value);
}

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the swaps above");

/* Lines the table up in native_maps, by the name that the kernel has it by. */
#define SLUICE_MAP(map_name, kind, key_type, value_type, entries, flags)                                               \
	static struct native_map map_name = {                                                                          \
	    .name = #map_name,                                                                                         \
	    .type = BPF_MAP_TYPE_##kind,                                                                               \
	    .key_size = sizeof(key_type),                                                                              \
	    .value_size = sizeof(value_type),                                                                          \
	    .max_entries = entries,                                                                                    \
	};                                                                                                             \
	static void __attribute__((constructor)) map_name##_register(void)                                             \
	{                                                                                                              \
		native_map_register(&map_name);                                                                        \
	}                                                                                                              \
	static_assert(sizeof(value_type) > 0, "a table has values")

static inline void *bpf_map_lookup_elem(struct native_map *map, const void *key)
{
	return native_map_lookup(map, key);
}

static inline long bpf_map_update_elem(struct native_map *map, const void *key, const void *value, __u64 flags)
{
	return native_map_update(map, key, value, flags);
}

static inline long bpf_map_delete_elem(struct native_map *map, const void *key)
{
	return native_map_delete(map, key);
}

static inline __u64 bpf_jiffies64(void)
{
	return native_jiffies;
}

static inline __u32 bpf_get_prandom_u32(void)
{
	return native_random();
}
