"""Endpoints come, drain and go while flows are open: the manifests change, the running node follows."""
import os
import socket
import time

import pytest
from client import exchange, ping
from l4_kernel import TIMEOUT_DRAIN, set_timeout
from manifests import Manifests, listener
from process import wait_until

DRAIN = 3
READY, DRAINING = {"ready": True}, {"ready": False, "serving": True, "terminating": True}


class Node:
    """One sluiced for all tests of this file; each begins with blue as the only endpoint and all listeners."""

    def __init__(self, topology, manifests, make):
        self.topology, self.manifests = topology, manifests
        self.reset()
        self.sluiced = make(topology.gateway, manifests=manifests)
        set_timeout(self.sluiced.instance, TIMEOUT_DRAIN, DRAIN)

    def reset(self):
        self.endpoints((self.topology.BLUE, READY))
        for name in ("tcp", "other"):
            self.manifests.tcp_route(name, name, ("tcp", 7000))
        self.manifests.udp_route("udp", "udp", ("udp", 7000))
        self.manifests.gateway(listener("tcp", 7000, "TCP"), listener("udp", 7000, "UDP"),
                               listener("other", 7001, "TCP"), addresses=[self.topology.VIP])

    def endpoints(self, *endpoints):
        for protocol in ("TCP", "UDP"):
            self.manifests.service(protocol.lower(), 7000, list(endpoints), protocol=protocol)

    def change(self, act, *arguments):
        before = self.sluiced.generation()
        act(*arguments)
        self.sluiced.wait_generation(before)

    def connect(self, port=7000, kind=socket.SOCK_STREAM):
        flow = self.topology.client.connect(self.topology.VIP, port, kind)
        # A UDP exchange is a flow that stays with its backend from the client's second packet on.
        assert [self.who(flow), self.who(flow)] == ["blue", "blue"]
        return flow

    def new(self, port=7000, kind=socket.SOCK_STREAM):
        return exchange(self.topology.client, self.topology.VIP, port, kind=kind).split()[0]

    def only_blue(self):
        try:
            return all({self.new(*each) for _ in range(4)} == {"blue"}
                       for each in ((7000,), (7001,), (7000, socket.SOCK_DGRAM)))
        except OSError:
            return False

    def who(self, flow):
        flow.sendall(b"who\n")
        return flow.recv(100).decode().split()[0]


@pytest.fixture(scope="module")
def shared_node(shared_topology, shared_servers, shared_folder, shared_sluiced):
    shared_servers.echo(shared_topology.blue, shared_topology.BLUE, 7000)
    shared_servers.echo(shared_topology.green, shared_topology.GREEN, 7000)
    return Node(shared_topology, Manifests(os.path.join(shared_folder, "manifests")), shared_sluiced)


@pytest.fixture
def node(shared_node):
    yield shared_node
    shared_node.reset()
    wait_until(shared_node.only_blue, "blue alone again")


def ends(flow, within):
    """Seconds until the flow is reset while the client keeps on asking; fails if it is not."""
    begin = time.monotonic()
    while time.monotonic() - begin < within:
        try:
            assert ping(flow), "ended without a reset"
        except (ConnectionResetError, BrokenPipeError):
            return time.monotonic() - begin
        time.sleep(0.05)
    raise AssertionError(f"still open after {within} s")


def test_a_draining_endpoint_keeps_its_flows_and_gets_no_new_ones(node):
    topology = node.topology
    with node.connect() as tcp, node.connect(kind=socket.SOCK_DGRAM) as udp:
        node.change(node.endpoints, (topology.BLUE, DRAINING), (topology.GREEN, READY))
        assert {node.new() for _ in range(10)} == {"green"}
        assert {node.new(kind=socket.SOCK_DGRAM) for _ in range(10)} == {"green"}
        until = time.monotonic() + DRAIN + 1.5
        while time.monotonic() < until:
            assert (node.who(tcp), node.who(udp)) == ("blue", "blue")
            time.sleep(0.2)


def test_a_removed_endpoint_loses_udp_at_once_and_tcp_after_the_drain_by_rst(node):
    with node.connect() as tcp, node.connect() as silent, node.connect(kind=socket.SOCK_DGRAM) as udp:
        node.change(node.endpoints, (node.topology.GREEN, READY))
        assert node.who(udp) == "green", "UDP goes elsewhere with its next packet"
        assert node.new() == "green"
        taken = ends(tcp, DRAIN + 4)
        assert DRAIN - 1.5 < taken, f"reset after {taken:.1f} s, before the drain was over"
        with pytest.raises(ConnectionResetError):
            silent.sendall(b"after the drain")
            silent.recv(100)
            silent.recv(100)
    # Back: the index that drained is used again, and old entries are no obstacle.
    node.change(node.endpoints, (node.topology.BLUE, READY))
    assert node.new() == "blue"


def test_an_endpoint_that_comes_back_within_the_drain_keeps_its_flows(node):
    with node.connect() as tcp:
        node.change(node.endpoints, (node.topology.GREEN, READY))
        node.change(node.endpoints, (node.topology.BLUE, READY))
        until = time.monotonic() + DRAIN + 1.5
        while time.monotonic() < until:
            assert node.who(tcp) == "blue"
            time.sleep(0.2)


def test_a_removed_listener_refuses_new_flows_and_ends_old_ones_after_the_drain(node):
    topology = node.topology
    with node.connect() as tcp, node.connect(7001) as kept:
        node.change(node.manifests.gateway, listener("udp", 7000, "UDP"), listener("other", 7001, "TCP"))
        # Without addresses the node's own serve: the VIP goes when its flows are over.
        assert node.who(tcp) == "blue"
        taken = ends(tcp, DRAIN + 4)
        assert DRAIN - 1.5 < taken, f"reset after {taken:.1f} s, before the drain was over"
        ends(kept, DRAIN + 4)
    wait_until(lambda: topology.VIP not in topology.gateway.run("ip", "route", "show", "table", "local"), "VIP's route")


def test_a_backend_that_leaves_one_of_two_routes_loses_that_routes_flows_alone(node):
    manifests, topology = node.manifests, node.topology
    with node.connect() as moved, node.connect(7001) as stays:
        manifests.service("green", 7000, [topology.GREEN])
        node.change(manifests.tcp_route, "tcp", "tcp", ("green", 7000))
        assert (node.new(), node.new(7001)) == ("green", "blue")
        # Found by the sweep, whose rounds are five seconds apart.
        ends(moved, DRAIN + 14)
        assert node.who(stays) == "blue"


def test_a_new_endpoint_gets_its_share(node):
    topology = node.topology
    node.change(node.endpoints, (topology.BLUE, READY), (topology.GREEN, READY))
    seen = [node.new() for _ in range(60)]
    assert 7 < seen.count("green") < 53  # Half of 60, to six standard deviations.
