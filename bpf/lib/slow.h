/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The functions of functions.h. Included once a program file. Pointers are checked for the verifier, which knows
 * nothing of the callers.
 */
#pragma once

#include "bpf/lib/attend.h"
#include "bpf/lib/dispatch.h"
#include "bpf/lib/functions.h"
#include "bpf/lib/refuse.h"

#define SLUICE_DEFINE(suffix, family)                                                                                  \
	__attribute__((noinline)) int FUNCTION(half_probe##suffix)(union flow_key * f, __u32 backend, __u32 probe,     \
								   __u32 create)                                       \
	{                                                                                                              \
		struct backend *entry = backend_by_index(backend, family);                                             \
                                                                                                                       \
		return f && entry ? (int)half_probe(f, entry, probe, create, family) : HALF_NONE;                      \
	}                                                                                                              \
	__attribute__((noinline)) int FUNCTION(half_take_oldest##suffix)(union flow_key * f, __u32 backend)            \
	{                                                                                                              \
		struct backend *entry = backend_by_index(backend, family);                                             \
                                                                                                                       \
		return f && entry ? (int)half_take_oldest(f, entry, family) : HALF_NONE;                               \
	}                                                                                                              \
	__attribute__((noinline)) int FUNCTION(promote##suffix)(union flow_key * f, union flow_key * r)                \
	{                                                                                                              \
		return f && r ? (int)promote(f, r, family) : DROP_FLOW_LOST;                                           \
	}                                                                                                              \
	__attribute__((noinline)) int FUNCTION(dispatch##suffix)(context * ctx, __u32 hook)                            \
	{                                                                                                              \
		return dispatch(ctx, hook, family);                                                                    \
	}                                                                                                              \
	__attribute__((noinline)) int FUNCTION(attend##suffix)(context * ctx, union flow_key * key, __u32 tcp_flags)   \
	{                                                                                                              \
		return key ? attend(ctx, key, tcp_flags, family) : OUTCOME_MISS;                                       \
	}                                                                                                              \
	__attribute__((noinline)) int FUNCTION(icmp_translate##suffix)(context * ctx, __u32 hops)                      \
	{                                                                                                              \
		struct scratch *scratch = scratch_get();                                                               \
                                                                                                                       \
		return scratch ? (int)icmp_translate(ctx, (struct flow_head *)&scratch->forward, hops, family)         \
			       : DROP_REWRITE_FAILED;                                                                  \
	}                                                                                                              \
	__attribute__((noinline)) int FUNCTION(refuse##suffix)(context * ctx, int outcome, __u32 mtu, __u32 hook)      \
	{                                                                                                              \
		return refuse(ctx, outcome, mtu, hook, family);                                                        \
	}

SLUICE_DEFINE(4, FAMILY_V4)
SLUICE_DEFINE(6, FAMILY_V6)
#undef SLUICE_DEFINE
