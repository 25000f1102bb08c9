/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* clang-format off */
/* The maps: names, sizes, pins. One object (skeleton sluice_bpf/sluice.skel.h, struct sluice_bpf) has them all; the
 * loader sets a pin path for each before it loads, so that the next start finds them.
 *
 *   /sys/fs/bpf/sluice/INSTANCE/v1/maps/NAME    every map of the list
 *   /sys/fs/bpf/sluice/INSTANCE/v1/links/NAME   xdp-DEVICE, tc-DEVICE, egress-sluice0, sk_lookup
 *
 * map              type           key -> value                        written by, when
 * config           ARRAY, mmap    0 -> struct config                  userspace; first of all, then field by field
 * addresses        HASH           struct addr -> struct address       userspace; after the services of a new VIP
 * service_ids      HASH           struct service_key -> __u32 id      userspace; after services[id]
 * services         ARRAY, mmap    id -> struct service                userspace; ring reference last, in one store
 * rings            ARRAY, mmap    slot / 16 -> struct ring_line       userspace; before the reference
 * backends         ARRAY, mmap    index -> struct backend             userspace; before the ring
 * snat_sources     ARRAY, mmap    index -> struct snat_source         userspace; before the backends that use it
 * devices          HASH           __u32 ifindex -> struct device      userspace; before attaching
 * flows4, flows6   HASH           struct flow_key4/6 -> flow4/6       datapath; userspace deletes (flow.h)
 * half4, half6     LRU_HASH       flow_key4/6 of R -> half4/6         datapath; userspace deletes (flow.h)
 * sockets          SOCKMAP        family and worker -> socket         userspace, then config.sockets
 * drops            PERCPU_ARRAY   enum drop_reason -> __u64           datapath
 * hook_counters    PERCPU_ARRAY   enum hook -> struct hook_counters   datapath
 * service_counters PERCPU_ARRAY   id -> struct service_counters       datapath
 * tokens           PERCPU_ARRAY   enum token_bucket -> struct tokens  datapath
 * scratch          PERCPU_ARRAY   not pinned: working memory          datapath
 * xdp_slots        PROG_ARRAY     enum xdp_slot -> program            userspace; the upgrade is this write
 * tc_slots         PROG_ARRAY     enum tc_slot -> program             userspace; the upgrade is this write
 *
 * Programs: sluice_xdp_entry, sluice_tc_entry, sluice_tc_egress_entry (attached), sluice_xdp, sluice_tc,
 * sluice_tc_egress (in the slots), sluice_sk_lookup, sluice_clock. Read-only data, set before the load:
 * rodata->tc_reads_ip_summed = 1 where the kernel's BTF has the function bpf_cast_to_kern_ctx (Linux 6.2).
 */
/* clang-format on */
#pragma once

#include "sluice/bpf/types.h"

/* Entries as built; the loader may set others before it loads (flows: `--flows`, two entries each). */
enum {
	MAX_ADDRESSES = 65536,
	MAX_SERVICES = 65536,	  /* ids 1.. ; 0 is no service */
	MAX_BACKENDS = 131072,	  /* indices 1.. ; 0 is reject */
	MAX_RING_SLOTS = 6291456, /* 24 MiB: 10,000 rings of 251 twice, while all change, and 1.2 M more */
	MAX_SNAT_SOURCES = 1024,
	MAX_DEVICES = 4096,
	MAX_FLOW_ENTRIES = 524288,
	MAX_HALF_ENTRIES = 65536,
};

/* The engine's listening sockets: worker w of a family is at SOCKETS_A_FAMILY * family + w. */
enum {
	SOCKETS_A_FAMILY = 256,
};

/* An array of programs is tied for ever to one program type, attach type and frags flag: xdp_slots holds
 * SEC("xdp.frags") programs, tc_slots plain SEC("tc") ones. Entry programs (trampolines) jump to these slots; an empty
 * slot drops packets to addresses with ADDRESS_VIP and leaves the rest alone. */
enum xdp_slot {
	XDP_SLOT_INGRESS = 0, /* sluice_xdp, from sluice_xdp_entry */
	XDP_SLOTS = 4,
};
enum tc_slot {
	TC_SLOT_INGRESS = 0, /* sluice_tc, from sluice_tc_entry on devices that carry VIP traffic */
	TC_SLOT_EGRESS = 1,  /* sluice_tc_egress, from sluice_tc_egress_entry on sluice0's egress */
	TC_SLOTS = 4,
};
