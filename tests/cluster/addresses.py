"""Addresses of a test cluster, in both families.

They live in namespaces without an uplink, so every cluster of a machine uses the same ones.
"""
FAMILIES = (4, 6)

# The bridge that joins the nodes; the API server listens here, and the clients of tests start here.
BRIDGE = {4: "172.30.0.1", 6: "fd00:30::1"}
BRIDGE_PREFIX = {4: 24, 6: 64}

SERVICES = {4: "10.96.0.0/16", 6: "fd00:96::/112"}
API_SERVICE = "10.96.0.1"
DNS_SERVICE = "10.96.0.10"

PODS = {4: "10.244.0.0/16", 6: "fd00:244::/56"}

# On the bridge's network, answered by whichever node owns them.
GATEWAY_POOL = "172.30.0.100-172.30.0.199"
GATEWAY_STATIC = "172.30.0.200"  # for Gateways that ask for it
GATEWAY_UNUSABLE = "172.30.0.250"  # in no pool
SOURCES_6 = "fd00:30::1000-fd00:30::10ff"  # from which nodes speak to IPv6 backends elsewhere


def node(index, family):
    return {4: f"172.30.0.{10 + index}", 6: f"fd00:30::{10 + index:x}"}[family]


def pods(index, family):
    return {4: f"10.244.{index}.0/24", 6: f"fd00:244:0:{index:x}::/64"}[family]


def both(of):
    """`of` for each family, as Kubernetes' flags take a dual stack."""
    return ",".join(of(family) if callable(of) else of[family] for family in FAMILIES)
