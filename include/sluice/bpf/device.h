/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Devices that packets may leave by: `devices`, ifindex -> struct device. Only what differs from an Ethernet device
 * that TC redirects to needs an entry; flows read it when they ask for their next hop.
 *
 * Written by userspace, before attaching and when links come and go (then config.generation).
 */
#pragma once

#include "sluice/bpf/types.h"

enum device_flags {
	DEVICE_XDP = 1 << 0,  /* takes XDP_REDIRECT (native ndo_xdp_xmit; never a pod's veth) */
	DEVICE_PEER = 1 << 1, /* a pod's host-side veth: TC ingress leaves by bpf_redirect_peer */
};

struct device {
	__u32 flags; /* enum device_flags */
	__u32 room;
};
static_assert(sizeof(struct device) == 8, "layout of the devices, version 1");
