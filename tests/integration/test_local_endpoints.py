"""PreferLocal by real traffic, in the kernel, the passthrough and the engine: while the node has a ready endpoint of its own
that one gets all that is new; when it leaves the others serve; when it comes back it does; what was open stays."""
import socket

import pytest
from client import Connection, exchange, fetch, ping, trusting
from manifests import listener, rule
from process import wait_until

HERE, THERE = "node-here", "node-there"
READY, LEAVING = {"ready": True}, {"ready": False, "serving": True, "terminating": True}
NAME = "local.example"


class Edge:
    """Blue is on the node itself, green on another one; each listener has a Service of its own with both."""

    def __init__(self, topology, servers, manifests, sluiced):
        self.topology, self.manifests = topology, manifests
        self.certificate = servers.certificate(NAME)
        for backend, address in ((topology.blue, topology.BLUE), (topology.green, topology.GREEN)):
            servers.echo(backend, address, 7000)
            servers.nginx(backend, address, 8080, 8443, self.certificate)
        manifests.tls_secret("tls", self.certificate)
        manifests.parameters("local", trafficDistribution="PreferLocal")
        manifests.gateway(listener("tcp", 7000, "TCP"), listener("udp", 7000, "UDP"), listener("http", 80, "HTTP"),
                          listener("https", 8443, "HTTPS", secrets=["tls"]),
                          listener("tls", 443, "TLS", mode="Passthrough"), addresses=[topology.VIP], parameters="local")
        manifests.tcp_route("tcp", "tcp", ("tcp", 7000))
        manifests.udp_route("udp", "udp", ("udp", 7000))
        manifests.tls_route("tls", "tls", [NAME], ("tls", 8443))
        manifests.http_route("http", "http", rule(("http", 8080)))
        manifests.http_route("https", "https", rule(("http", 8080)))
        self.endpoints((topology.BLUE, READY, HERE), (topology.GREEN, READY, THERE))
        self.sluiced = sluiced(topology.gateway, "--node", HERE)

    def endpoints(self, *endpoints):
        for name, port, protocol in (("tcp", 7000, "TCP"), ("udp", 7000, "UDP"), ("http", 8080, "TCP"),
                                     ("tls", 8443, "TCP")):
            self.manifests.service(name, port, list(endpoints), protocol=protocol)

    def change(self, act, *arguments, **more):
        """Of one file: what writes several may be read one by one."""
        before = self.sluiced.generation()
        act(*arguments, **more)
        self.sluiced.wait_generation(before)

    def new(self, way):
        """Who answers on a new flow."""
        client, vip = self.topology.client, self.topology.VIP
        if way in ("tcp", "udp"):
            kind = socket.SOCK_STREAM if way == "tcp" else socket.SOCK_DGRAM
            return exchange(client, vip, 7000, kind=kind).split()[0]
        if way == "http":
            return fetch(client, vip).body.split()[0]
        return fetch(client, vip, host=NAME, port=8443 if way == "https" else 443, tls=trusting(self.certificate),
                     server_name=NAME).body.split()[0]

    WAYS = ("tcp", "udp", "http", "https", "tls")

    def serves(self, who):
        """Every way of being served is by `who` from now on: files are read as they come, so it is waited for that it
        holds for many flows in a row."""
        for way in self.WAYS:
            wait_until(lambda way=way: all(answered(self, way) == who for _ in range(16)), f"{way} by {who}", timeout=20)

    def connect(self, kind=socket.SOCK_STREAM):
        """A flow of two exchanges: one of UDP then stays with its backend."""
        flow = self.topology.client.connect(self.topology.VIP, 7000, kind)
        return flow, [self.who(flow), self.who(flow)][0]

    @staticmethod
    def who(flow):
        flow.sendall(b"who\n")
        return flow.recv(100).decode().split()[0]


@pytest.fixture
def edge(topology, servers, manifests, sluiced):
    return Edge(topology, servers, manifests, sluiced)


def test_the_nodes_own_endpoint_serves_leaves_and_comes_back(edge):
    topology = edge.topology
    edge.serves("blue")
    tcp, by = edge.connect()
    udp, _ = edge.connect(socket.SOCK_DGRAM)
    with tcp, udp, Connection(topology.client, topology.VIP) as kept:
        assert by == "blue" and kept.request().body.startswith("blue ")
        edge.endpoints((topology.BLUE, LEAVING, HERE), (topology.GREEN, READY, THERE))
        edge.serves("green")
        assert (edge.who(tcp), edge.who(udp)) == ("blue", "blue"), "what was open stays while it drains"
        assert kept.request().body.startswith("green "), "a request is new, whatever the age of its connection"

        later, by = edge.connect()
        later_udp, _ = edge.connect(socket.SOCK_DGRAM)
        with later, later_udp:
            assert by == "green"
            edge.endpoints((topology.BLUE, READY, HERE), (topology.GREEN, READY, THERE))
            edge.serves("blue")
            for _ in range(8):
                assert (edge.who(later), edge.who(later_udp)) == ("green", "green"), "what was open stays"
                assert ping(tcp) and ping(later)
            assert kept.request().body.startswith("blue ")


def test_an_endpoint_that_is_gone_leaves_the_others(edge):
    topology = edge.topology
    edge.endpoints((topology.GREEN, READY, THERE))
    edge.serves("green")
    edge.endpoints((topology.BLUE, READY, HERE), (topology.GREEN, READY, THERE))
    edge.serves("blue")


def test_explain_says_that_the_nodes_own_endpoint_is_preferred(edge):
    vip = edge.topology.VIP
    assert edge.sluiced.get("/node")[1].splitlines()[0] == HERE
    for question in (("--tcp", f"{vip}:7000"), ("--udp", f"{vip}:7000"), ("--http", "GET", f"http://{vip}/"),
                     ("--sni", f"{NAME}:443")):
        text = edge.sluiced.ctl("explain", *question)
        assert f"endpoints on {HERE} (PreferLocal)" in text and "serves from this node" in text, text
        assert f"{edge.topology.GREEN}:" in text and "(not local)" in text, text


def test_without_the_preference_both_nodes_serve(edge):
    edge.serves("blue")
    edge.change(edge.manifests.parameters, "local", mode="nat")
    for way in edge.WAYS:
        # 40 fair choices in the kernel; turns in the engine.
        assert {edge.new(way) for _ in range(40)} == {"blue", "green"}, way
    edge.change(edge.manifests.parameters, "local", trafficDistribution="PreferLocal")
    edge.serves("blue")


def test_an_endpoint_on_an_address_of_the_node_itself_takes_nothing_away_in_the_kernel(edge, servers):
    """The kernel cannot forward to the host itself, so it does not prefer that; the engine can, and does."""
    topology, own = edge.topology, "198.51.100.77"
    servers.nginx(topology.gateway, "0.0.0.0", 8080, name="host")
    edge.endpoints((own, READY, HERE), (topology.GREEN, READY, THERE))
    before = edge.sluiced.generation()
    topology.gateway.ip(f"addr add {own}/32 dev lan")
    wait_until(lambda: any(answered(edge, "tcp") == "green" for _ in range(16)), "green by TCP", timeout=20)
    wait_until(lambda: all(answered(edge, "http") == "host" for _ in range(16)), "the node itself by HTTP", timeout=20)
    assert edge.sluiced.generation() >= before
    text = edge.sluiced.ctl("explain", "--tcp", f"{topology.VIP}:7000")
    assert "serves from this node" not in text, text


def answered(edge, way):
    """Who answers, or nobody: a refused share is a reset, and a change in between may end a flow without a word."""
    try:
        return edge.new(way)
    except (OSError, IndexError):
        return None
