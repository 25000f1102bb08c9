/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* sk_lookup: connections to listeners that the engine serves (SERVICE_LOCAL) go to its workers' sockets, whatever the
 * port. An answer over UDP leaves from the socket's own port, so only TCP is handed over.
 */
#include "bpf/lib/config.h"
#include "bpf/lib/count.h"
#include "bpf/lib/service.h"

#ifndef AF_INET
#define AF_INET 2
#endif

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, SOCKETS_A_FAMILY *FAMILIES);
	__type(key, __u32);
	__type(value, __u64);
} sockets SEC(".maps");

enum { SOCKET_TRIES = 8 };

static __always_inline struct service *service_looked_up(struct bpf_sk_lookup *ctx, const int family)
{
	struct service_key key = {.port = bpf_htons(ctx->local_port), .protocol = ctx->protocol};
	__be32 words[4] = {};
	__u32 id;

	if (family == FAMILY_V4) {
		words[0] = ctx->local_ip4;
	} else {
		words[0] = ctx->local_ip6[0];
		words[1] = ctx->local_ip6[1];
		words[2] = ctx->local_ip6[2];
		words[3] = ctx->local_ip6[3];
	}
	addr_set(&key.vip, words, family);
	return service_by_key(&key, &id);
}

/* Any live worker will do: one whose socket is gone is passed over. */
static __always_inline int socket_assign(struct bpf_sk_lookup *ctx, __u32 workers, const int family)
{
	const __u32 first = bpf_get_prandom_u32();

	for (__u32 i = 0; i < SOCKET_TRIES && i < workers; i++) {
		__u32 index = SOCKETS_A_FAMILY * family + (first + i) % workers;
		struct bpf_sock *socket = bpf_map_lookup_elem(&sockets, &index);
		long error;

		if (!socket)
			continue;
		error = bpf_sk_assign(ctx, socket, 0);
		bpf_sk_release(socket);
		if (!error)
			return 1;
	}
	return 0;
}

static __always_inline int steer(struct bpf_sk_lookup *ctx, const int family)
{
	const struct config *config = config_get();
	const struct service *service = service_looked_up(ctx, family);

	if (!config || !service || !(service->flags & SERVICE_LOCAL))
		return SK_PASS;
	if (socket_assign(ctx, config->sockets[family], family)) {
		count_hook(HOOK_SK_LOOKUP, forwarded);
		return SK_PASS;
	}
	count_drop(DROP_NO_SOCKET);
	count_hook(HOOK_SK_LOOKUP, dropped);
	return SK_DROP;
}

SEC("sk_lookup")
int sluice_sk_lookup(struct bpf_sk_lookup *ctx)
{
	if (ctx->protocol != IPPROTO_TCP)
		return SK_PASS;
	return ctx->family == AF_INET ? steer(ctx, FAMILY_V4) : steer(ctx, FAMILY_V6);
}

char _license[] SEC("license") = "Dual BSD/GPL";
