"""TCP and UDP through the kernel, IPv4 and IPv6, by TC as `auto` chooses and by XDP as forced: real sockets at both
ends, rp_filter=1 and accept_local=0 on the gateway."""
import collections
import math
import os
import socket

import pytest
from client import exchange, ping, reset
from l4_kernel import echo_answered, without_handshake
from manifests import Manifests, listener

FAMILIES = ["v4", "v6"]


class Edge:
    """One sluiced that serves every case of this file; a test adds nothing, so they share it."""

    def __init__(self, topology, sluiced, datapath):
        self.topology, self.sluiced, self.datapath = topology, sluiced, datapath
        self.client = topology.client

    def vip(self, family, far=False):
        name = ("FAR_VIP" if far else "VIP") + ("6" if family == "v6" else "")
        return getattr(self.topology, name)

    def gateway(self, family):
        return self.topology.GATEWAY_LAN6 if family == "v6" else self.topology.GATEWAY_LAN

    def client_address(self, family):
        return self.topology.CLIENT6 if family == "v6" else self.topology.CLIENT

    def answers(self, family, port, flows, kind=socket.SOCK_STREAM):
        """Who answered, and how often; "refused" for RST and ICMP port unreachable."""
        seen = collections.Counter()
        for _ in range(flows):
            try:
                seen[exchange(self.client, self.vip(family), port, kind=kind).split()[0]] += 1
            except (ConnectionRefusedError, ConnectionResetError):
                seen["refused"] += 1
        return seen


def shared(seen, **shares):
    """Whether flows of random source ports went by `shares`, to six standard deviations: chance alone fails that twice in
    10^9 runs. Flows enough that the next plausible mistake, equal shares, lies outside."""
    flows = seen.total()
    assert set(seen) == set(shares), seen
    for name, share in shares.items():
        tolerance = 6 * math.sqrt(share * (1 - share) / flows)
        assert abs(seen[name] / flows - share) < tolerance < abs(share - 1 / len(shares)), (seen, tolerance)
    return True


@pytest.fixture(scope="module")
def served(shared_topology, shared_servers, shared_folder):
    """Echo servers, and the manifests of all cases."""
    topology = shared_topology
    topology.gateway.sysctl(ipv6__conf__all__forwarding=1)
    topology.receive_xdp()
    for backend, addresses in ((topology.blue, (topology.BLUE, topology.BLUE6)),
                               (topology.green, (topology.GREEN, topology.GREEN6))):
        for address in addresses:
            shared_servers.echo(backend, address, 7000)
    made = Manifests(os.path.join(shared_folder, "manifests"))
    cases = {"one": [("blue", 7000)], "weights": [("blue", 7000, 70), ("green", 7000, 30), ("none", 7000, 0)],
             "share": [("blue", 7000, 60), ("missing", 7000, 40)], "empty": [("none", 7000)],
             "zero": [("blue", 7000, 0), ("green", 7000, 0)]}
    listeners = []
    for number, (case, backends) in enumerate(cases.items()):
        for protocol, route in (("TCP", made.tcp_route), ("UDP", made.udp_route)):
            name = f"{case}-{protocol.lower()}"
            listeners.append(listener(name, 7000 + number, protocol))
            route(name, name, *[(f"{backend}-{protocol.lower()}", *rest) for backend, *rest in backends])
    for protocol in ("TCP", "UDP"):
        for backend, endpoints in (("blue", [topology.BLUE, topology.BLUE6]), ("none", []),
                                   ("green", [topology.GREEN, topology.GREEN6])):
            made.service(f"{backend}-{protocol.lower()}", 7000, endpoints, protocol=protocol)
    made.gateway(*listeners, addresses=[topology.VIP, topology.VIP6, topology.FAR_VIP, topology.FAR_VIP6])
    return made


@pytest.fixture(scope="module", params=["auto", "xdp"])
def edge(request, shared_topology, served, shared_sluiced):
    made = shared_sluiced(shared_topology.gateway, "--datapath", request.param, manifests=served)
    yield Edge(shared_topology, made, request.param)
    made.remove()


ONE, WEIGHTS, SHARE, EMPTY, ZERO = range(7000, 7005)
KINDS = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_flow_reaches_its_backend_from_an_address_and_a_port_of_ours(edge, family, kind):
    for far in (False, True):
        name, source, port = exchange(edge.client, edge.vip(family, far), ONE, kind=KINDS[kind]).split()
        assert (name, source) == ("blue", edge.gateway(family))
        assert 10000 <= int(port) <= 29999


@pytest.mark.parametrize("family", FAMILIES)
def test_a_long_exchange_is_carried_whole_both_ways(edge, family):
    data = os.urandom(1 << 20)
    with edge.client.connect(edge.vip(family), ONE) as flow:
        got = bytearray()
        flow.settimeout(10)
        view = memoryview(data)
        while len(got) < len(data):
            if view:
                view = view[flow.send(view[:65536]):]
            got += flow.recv(1 << 20)
        assert bytes(got) == data


@pytest.mark.parametrize("family", FAMILIES)
def test_a_neighbour_that_knows_nothing_finds_an_on_link_vip(edge, family):
    edge.client.run("ip", "neigh", "flush", "dev", "eth0")
    assert exchange(edge.client, edge.vip(family), ONE, timeout=4).startswith("blue ")


def test_packets_take_the_hook_that_was_chosen(edge):
    before = edge.sluiced.metrics()
    for family in FAMILIES:
        assert edge.answers(family, ONE, 5) == {"blue": 5}
    after = edge.sluiced.metrics()
    forwarded = {hook: after.value("sluice_hook_packets_total", hook=hook, result="forwarded")
                 - before.value("sluice_hook_packets_total", hook=hook, result="forwarded") for hook in ("xdp", "tc")}
    assert forwarded["xdp" if edge.datapath == "xdp" else "tc"] > 50, forwarded
    if edge.datapath == "auto":
        assert forwarded["xdp"] == 0 and after.value("sluice_xdp_mode", mode="native") == 0
    else:
        assert after.value("sluice_xdp_mode", mode="native") == 2


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("kind", KINDS)
def test_weights_70_30_0_share_flows_so(edge, family, kind):
    assert shared(edge.answers(family, WEIGHTS, 700, KINDS[kind]), blue=0.7, green=0.3)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_share_of_an_invalid_backend_is_refused_and_never_given_to_others(edge, family, kind):
    assert shared(edge.answers(family, SHARE, 900, KINDS[kind]), blue=0.6, refused=0.4)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("port", [EMPTY, ZERO], ids=["no-endpoint", "all-weights-0"])
def test_without_a_backend_every_flow_is_refused_at_once(edge, family, kind, port):
    assert edge.answers(family, port, 5, KINDS[kind]) == {"refused": 5}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_port_of_the_vip_without_a_listener_is_refused(edge, family):
    assert reset(edge.client, edge.vip(family), 9)
    with pytest.raises(ConnectionRefusedError):
        exchange(edge.client, edge.vip(family), 9, kind=socket.SOCK_DGRAM)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_segment_of_no_flow_is_answered_by_rst(edge, family):
    before = edge.sluiced.metrics().value("sluice_drops_total", reason="no_flow")
    with (without_handshake(edge.client, edge.vip(family), ONE, edge.client_address(family)) as flow,
          pytest.raises(ConnectionResetError)):
        flow.sendall(b"hello?")
        flow.recv(1)
        flow.recv(1)
    assert edge.sluiced.metrics().value("sluice_drops_total", reason="no_flow") > before


@pytest.mark.parametrize("family", FAMILIES)
def test_a_close_of_one_side_leaves_the_other_open(edge, family):
    with edge.client.connect(edge.vip(family), ONE) as flow:
        flow.sendall(b"last words")
        flow.shutdown(socket.SHUT_WR)
        assert flow.recv(100) == b"last words"
        assert flow.recv(100) == b""


@pytest.mark.parametrize("family", FAMILIES)
def test_a_client_may_use_its_port_again_at_once(edge, family):
    for _ in range(3):  # below the ephemeral ports, one of which an earlier connection may still hold
        with edge.client.connect(edge.vip(family), ONE, source=(edge.client_address(family), 4404)) as flow:
            flow.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # RST on close: no TIME_WAIT here
            assert ping(flow)


@pytest.mark.parametrize("family", FAMILIES)
def test_echo_to_a_vip_is_answered(edge, family):
    assert echo_answered(edge.client, edge.vip(family))
