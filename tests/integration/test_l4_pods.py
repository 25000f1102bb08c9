"""Backends on the node itself, as a CNI makes them, beside rules like kube-proxy's: `ct state invalid drop`, masquerade,
a Service of its own on the same pods; and a backend on another host."""
import os
import socket

import pytest
from client import exchange, ping
from manifests import Manifests, listener
from topology import PodsTopology

KINDS = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}
PORTS = {"bridged": 7000, "routed": 7001, "host": 7002}
HOST, HOST6 = "192.168.50.2", "fd00:50::2"

RULES = """
table inet kube {{
  chain forward {{ type filter hook forward priority 0; ct state invalid counter name invalid drop; }}
  chain input {{ type filter hook input priority 0; ct state invalid counter name invalid drop; }}
  counter invalid {{ }}
  chain prerouting {{ type nat hook prerouting priority dstnat;
    ip daddr {vip} tcp dport 8080 meta mark set 0x4000 dnat ip to {pod}:7000
    ip daddr {vip} udp dport 8080 meta mark set 0x4000 dnat ip to {pod}:7000
  }}
  chain postrouting {{ type nat hook postrouting priority srcnat;
    meta mark & 0x4000 == 0x4000 masquerade fully-random
    ip saddr 10.244.0.0/15 ip daddr != 10.244.0.0/15 oifname != "cni0" masquerade
    ip6 saddr fd00:244::/31 ip6 daddr != fd00:244::/31 oifname != "cni0" masquerade
  }}
}}
"""
KUBE_VIP = "203.0.113.20"


@pytest.fixture(scope="module")
def node(shared_servers, shared_folder, shared_sluiced):
    with PodsTopology() as made:
        host = made.namespace("host")
        made.join(made.gateway, "underlay", host, "eth0")
        made.gateway.ip("addr add 192.168.50.1/24 dev underlay", "addr add fd00:50::1/64 dev underlay nodad",
                        f"route add local {KUBE_VIP} dev lo")
        host.ip(f"addr add {HOST}/24 dev eth0", f"addr add {HOST6}/64 dev eth0 nodad")
        made.gateway.run("nft", "-f", "-", text_in=RULES.format(vip=KUBE_VIP, pod=made.BRIDGED))
        addresses = {"bridged": (made.bridged, made.BRIDGED, made.BRIDGED6),
                     "routed": (made.routed, made.ROUTED, made.ROUTED6), "host": (host, HOST, HOST6)}
        manifests = Manifests(os.path.join(shared_folder, "manifests"))
        listeners = []
        for name, (namespace, *own) in addresses.items():
            for address in own:
                shared_servers.echo(namespace, address, 7000, name)
            for protocol, route in (("TCP", manifests.tcp_route), ("UDP", manifests.udp_route)):
                section = f"{name}-{protocol.lower()}"
                listeners.append(listener(section, PORTS[name], protocol))
                manifests.service(section, 7000, own, protocol=protocol)
                route(section, section, (section, 7000))
        manifests.gateway(*listeners, addresses=[made.VIP, made.VIP6])
        made.sluiced = shared_sluiced(made.gateway, manifests=manifests)
        yield made
        made.sluiced.remove()


def invalid(node):
    """Packets that netfilter found to belong to no connection."""
    line = next(line for line in node.gateway.run("nft", "list", "counter", "inet", "kube", "invalid").splitlines()
                if "packets" in line)
    return int(line.split()[1])


@pytest.mark.parametrize("vip", ["VIP", "VIP6"], ids=["v4", "v6"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("backend", PORTS)
def test_every_flow_reaches_its_backend(node, backend, kind, vip):
    before = invalid(node)
    answers = [exchange(node.client, getattr(node, vip), PORTS[backend], kind=KINDS[kind]).split() for _ in range(20)]
    assert {name for name, _, _ in answers} == {backend}
    assert invalid(node) == before, "conntrack has seen packets of ours"
    sources = {source for _, source, _ in answers}
    if backend == "host":
        assert sources == {"192.168.50.1" if vip == "VIP" else "fd00:50::1"}
    else:
        assert all(source.startswith("100.64.77." if vip == "VIP" else "fd53:6c75:6963:65::") for source in sources)


@pytest.mark.parametrize("vip", ["VIP", "VIP6"], ids=["v4", "v6"])
@pytest.mark.parametrize("backend", PORTS)
def test_bulk_data_is_carried_whole_both_ways(node, backend, vip):
    data = os.urandom(1 << 20)
    with node.client.connect(getattr(node, vip), PORTS[backend], timeout=10) as flow:
        got, view = bytearray(), memoryview(data)
        while len(got) < len(data):
            if view:
                view = view[flow.send(view[:65536]):]
            got += flow.recv(1 << 20)
        assert bytes(got) == data


def test_kube_proxys_own_service_on_the_same_pod_goes_on_beside_ours(node):
    """One client port to both: the pod sees two tuples, and each answer comes from the address that was asked."""
    for kind in KINDS.values():
        for _ in range(10):
            assert exchange(node.client, KUBE_VIP, 8080, kind=kind).startswith("bridged ")
            assert exchange(node.client, node.VIP, PORTS["bridged"], kind=kind).startswith("bridged ")
    with node.client.connect(KUBE_VIP, 8080, source=("203.0.113.2", 5000)) as kube, \
            node.client.connect(node.VIP, PORTS["bridged"], source=("203.0.113.2", 5000)) as ours:
        for _ in range(5):
            assert ping(kube, b"kube\n") and ping(ours, b"ours\n")


def test_replies_of_routed_pods_come_by_sluice0(node):
    before = node.sluiced.metrics().value("sluice_hook_packets_total", hook="tc_egress", result="forwarded")
    for _ in range(5):
        assert exchange(node.client, node.VIP, PORTS["routed"]).startswith("routed ")
    after = node.sluiced.metrics().value("sluice_hook_packets_total", hook="tc_egress", result="forwarded")
    assert after - before >= 15


def test_a_node_whose_notrack_rule_is_gone_is_not_ready(node):
    assert node.sluiced.get("/readyz")[0] == 200
    table = f"sluice-{node.sluiced.instance}"
    node.gateway.run("nft", "flush", "table", "inet", table)
    status, why = node.sluiced.get("/readyz")
    assert status == 503 and "notrack" in why
    node.sluiced.kill()
    node.sluiced.start()
    assert exchange(node.client, node.VIP, PORTS["routed"]).startswith("routed ")
