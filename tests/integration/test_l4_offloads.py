"""Checksums in every offload state: left to the device by the sender, computed by the egress device, or neither. A wrong
one is counted by the receiver's stack, and the data would not come."""
import os

import pytest
from client import exchange
from manifests import Manifests, listener

STATES = {"on": [], "gateway-computes": ["gateway"], "ends-compute": ["client", "blue"],
          "all-compute": ["client", "gateway", "blue"]}


@pytest.fixture(scope="module")
def edge(shared_topology, shared_servers, shared_folder, shared_sluiced):
    topology = shared_topology
    topology.gateway.sysctl(ipv6__conf__all__forwarding=1)
    manifests = Manifests(os.path.join(shared_folder, "manifests"))
    for address in (topology.BLUE, topology.BLUE6):
        shared_servers.echo(topology.blue, address, 7000)
    for protocol, route in (("TCP", manifests.tcp_route), ("UDP", manifests.udp_route)):
        name = protocol.lower()
        manifests.service(name, 7000, [topology.BLUE, topology.BLUE6], protocol=protocol)
        route(name, name, (name, 7000))
    manifests.gateway(listener("tcp", 7000, "TCP"), listener("udp", 7000, "UDP"), addresses=[topology.VIP, topology.VIP6])
    made = shared_sluiced(topology.gateway, manifests=manifests)
    yield topology
    made.remove()


def devices(topology, role):
    return [(topology.gateway, "wan"), (topology.gateway, "lan")] if role == "gateway" else [
        (getattr(topology, role), "eth0")]


@pytest.fixture(params=STATES)
def offloads(request, edge):
    changed = [each for role in STATES[request.param] for each in devices(edge, role)]
    for namespace, device in changed:
        namespace.run("ethtool", "-K", device, "tx", "off")
    yield request.param
    for namespace, device in changed:
        namespace.run("ethtool", "-K", device, "tx", "on")


def checksum_errors(namespace):
    """TCP and UDP, both families."""
    with namespace.entered():
        with open("/proc/thread-self/net/snmp") as file:
            rows = [line.split() for line in file]
        with open("/proc/thread-self/net/snmp6") as file:
            rows6 = dict(line.split() for line in file)
    total = int(rows6["Udp6InCsumErrors"])
    for names, values in zip(rows[::2], rows[1::2]):
        counters = dict(zip(names, values))
        total += int(counters.get("InCsumErrors", 0))
    return total


@pytest.mark.parametrize("vip", ["VIP", "VIP6"], ids=["v4", "v6"])
def test_what_arrives_has_right_checksums(edge, offloads, vip):
    before = {role: checksum_errors(getattr(edge, role)) for role in ("client", "blue")}
    data = os.urandom(1 << 19)
    with edge.client.connect(getattr(edge, vip), 7000, timeout=10) as flow:
        got, view = bytearray(), memoryview(data)
        while len(got) < len(data):
            if view:
                view = view[flow.send(view[:32768]):]
            got += flow.recv(1 << 20)
        assert bytes(got) == data
    for size in (1, 2, 333, 1400):
        payload = os.urandom(size).hex()[:size].encode()
        assert exchange(edge.client, getattr(edge, vip), 7000, payload, kind=2) == payload.decode()
    assert {role: checksum_errors(getattr(edge, role)) for role in ("client", "blue")} == before
