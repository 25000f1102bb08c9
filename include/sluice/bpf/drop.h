/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Why a packet or connection is dropped or refused: the one list, for kernel, engine, metrics and
 * docs/operations/drops.md.
 *
 * X(NAME, label, stage, text). Append only: the number is an index into the pinned per-CPU array `drops`. The label and
 * stage are those of sluice_drops_total{reason,stage}. A new reason needs a test that reaches it and a line in the
 * docs.
 */
#pragma once

#include "sluice/bpf/types.h"

/* clang-format off */
#define SLUICE_DROP_REASONS(X)                                                                                         \
	X(NONE, "none", "none", "not dropped")                                                                         \
	X(MALFORMED, "malformed", "parse", "headers that do not fit into the packet, or whose lengths disagree")       \
	X(FRAGMENT, "fragment", "parse", "IP fragment to a VIP; not supported yet")                                    \
	X(EXTENSION_HEADER, "extension_header", "parse", "IPv4 options or IPv6 extension header to a VIP; not supported yet")          \
	X(VLAN, "vlan", "parse", "VLAN tag on a packet to a VIP; not supported yet")                                   \
	X(NO_SERVICE, "no_service", "lookup", "no listener on this port of a VIP; refused by RST or ICMP")             \
	X(NO_BACKEND, "no_backend", "lookup", "the share of a backend that is invalid or empty; refused by RST or ICMP") \
	X(NO_FLOW, "no_flow", "flow", "TCP segment, not a SYN, of no known flow; answered by RST")                     \
	X(NO_REPLY_FLOW, "no_reply_flow", "flow", "packet to a source address of ours that answers no known flow")     \
	X(NO_PORT, "no_port", "flow", "no free source port towards this backend in 16 probes")                         \
	X(FLOW_TABLE_FULL, "flow_table_full", "flow", "no room in the flow table; raise --flows")                      \
	X(FLOW_LOST, "flow_lost", "flow", "the half-open entry was taken over or evicted while it was promoted")       \
	X(SEQUENCE, "sequence", "flow", "SYN-ACK, or what comes before it, that does not answer this client's SYN")       \
	X(BACKEND_REMOVED, "backend_removed", "flow", "the flow's backend is gone and its drain is over; RST both ways") \
	X(SERVICE_REMOVED, "service_removed", "flow", "the flow's listener is gone and its drain is over; RST both ways") \
	X(DENIED, "denied", "flow", "a policy or a refusal ended the flow at once")                                    \
	X(TTL_EXCEEDED, "ttl_exceeded", "next_hop", "TTL or hop limit used up; answered by ICMP")                      \
	X(TOO_BIG, "too_big", "next_hop", "larger than the next hop's MTU; answered by ICMP")                          \
	X(NO_ROUTE, "no_route", "next_hop", "the node has no route to the backend or client")                          \
	X(FORWARDING_DISABLED, "forwarding_disabled", "next_hop", "ip_forward or ipv6 forwarding is off on the device") \
	X(BACKEND_IS_LOCAL, "backend_is_local", "next_hop", "the backend has an address of this node itself; not supported") \
	X(REWRITE_FAILED, "rewrite_failed", "exit", "the kernel refused to change or send the packet")                 \
	X(NO_PROGRAM, "no_program", "hook", "packet to a VIP while the program slot is empty (upgrade under way)")     \
	X(NO_SOCKET, "no_socket", "hook", "connection for the engine while it has no listening socket")                \
	X(UNKNOWN_NAME, "unknown_name", "sni", "server name that no route of the listener has; RST")                   \
	X(NO_SNI, "no_sni", "sni", "ClientHello without server name, and no route takes it; RST")                      \
	X(NOT_A_HELLO, "not_a_hello", "sni", "first bytes are no TLS ClientHello, or it came too slowly; closed")       \
	X(UNATTENDED, "unattended", "hook", "ARP or neighbour solicitation for a VIP while sluiced is gone for longer than its Lease")
/* clang-format on */

#define SLUICE_DROP_ENUM(name, label, stage, text) DROP_##name,
enum drop_reason {
	SLUICE_DROP_REASONS(SLUICE_DROP_ENUM) DROP_REASONS /* how many */
};
#undef SLUICE_DROP_ENUM

/* Entries of the map `drops`: room for reasons to come. */
enum { MAX_DROP_REASONS = 64 };
static_assert((int)DROP_REASONS <= (int)MAX_DROP_REASONS, "the map of drops has room for every reason");

#ifndef __bpf__
struct drop_text {
	const char *label;
	const char *stage;
	const char *text;
};

/* What a reason is called; never null for 0 .. DROP_REASONS-1. */
static inline const struct drop_text *drop_text_of(__u32 reason)
{
#define SLUICE_DROP_TEXT(name, label, stage, text) {label, stage, text},
	static const struct drop_text texts[] = {SLUICE_DROP_REASONS(SLUICE_DROP_TEXT)};
#undef SLUICE_DROP_TEXT
	return &texts[reason < DROP_REASONS ? reason : (__u32)DROP_NONE];
}
#endif
