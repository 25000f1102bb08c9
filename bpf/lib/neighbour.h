/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who asks for the link-layer address of a VIP is answered by the kernel, whether or not userspace is there. In a
 * cluster another node has the VIP when this one's Lease has run out: then such questions are dropped.
 */
#pragma once

#include "bpf/lib/address.h"
#include "bpf/lib/config.h"
#include "bpf/lib/outcome.h"
#include "bpf/lib/parse.h"
#include "sluice/bpf/drop.h"

/* Of Ethernet and IPv4 (RFC 826). */
struct arp_message {
	__be16 hardware;
	__be16 protocol;
	__u8 hardware_bytes;
	__u8 protocol_bytes;
	__be16 operation;
	__u8 sender_mac[ETH_ALEN];
	__u8 sender[4];
	__u8 target_mac[ETH_ALEN];
	__u8 target[4];
};
static_assert(sizeof(struct arp_message) == 28, "RFC 826 with 6 and 4 bytes an address");

enum {
	ARP_REQUEST = 1,
	NEIGHBOUR_SOLICITATION = 135, /* RFC 4861, 4.3 */
	SOLICITATION_TARGET = 8,      /* bytes from the ICMPv6 header on */
};

static __always_inline int lease_is_over(void)
{
	const struct config *config = config_get();
	__u32 lease, attended;

	if (!config)
		return 0;
	lease = READ_ONCE(config->timeout[TIMEOUT_LEASE]);
	/* before the clock: else userspace may say so in between, and that would be in the future */
	attended = READ_ONCE(config->attended);
	return lease && now_jiffies() - attended > lease;
}

static __always_inline int is_asked_for(const void *target, const int family)
{
	return address_roles(target, family) & ADDRESS_VIP ? DROP_UNATTENDED : OUTCOME_UNTOUCHED;
}

/* An ARP frame. Returns OUTCOME_UNTOUCHED or the reason of a drop; so does solicitation(). */
static __always_inline int arp(context *ctx)
{
	struct arp_message *message;

	if (!lease_is_over())
		return OUTCOME_UNTOUCHED;
	packet_reach(ctx, ETH_HLEN + sizeof(*message));
	message = packet_start(ctx) + ETH_HLEN;
	if ((void *)(message + 1) > packet_end(ctx) || message->operation != bpf_htons(ARP_REQUEST) ||
	    message->protocol != bpf_htons(ETH_P_IP) || message->hardware_bytes != ETH_ALEN ||
	    message->protocol_bytes != sizeof(message->target))
		return OUTCOME_UNTOUCHED;
	return is_asked_for(message->target, FAMILY_V4);
}

/* An ICMPv6 message, whatever address it is sent to: a group's, or the VIP's own. */
static __always_inline int solicitation(context *ctx)
{
	__u8 *type = packet_start(ctx) + transport_offset(FAMILY_V6);
	__u8 *target = type + SOLICITATION_TARGET;

	if ((void *)(target + sizeof(struct in6_addr)) > packet_end(ctx) || *type != NEIGHBOUR_SOLICITATION ||
	    !lease_is_over())
		return OUTCOME_UNTOUCHED;
	return is_asked_for(target, FAMILY_V6);
}
