"""Path MTU discovery works through the gateway: routers' ICMP errors are translated, ours are sent, both ways.

client (eth0) -- near router -- (wan) gateway (lan) -- far router -- (eth0) backend
"""
import os
import textwrap

import pytest
from manifests import Manifests, listener
from topology import Network

VIP, VIP6 = "203.0.113.10", "2001:db8:1::10"
BACKEND, BACKEND6 = "10.9.0.2", "fd00:9::2"
BYTES = 300_000
SMALL = 1300

SERVER = """
import socket, sys, threading
def serve(flow):
    with flow, flow.makefile("rb") as lines:
        what, count = lines.readline().split()
        if what == b"send":
            flow.sendall(b"x" * int(count))
        else:
            flow.sendall(b"%d\\n" % len(lines.read(int(count))))
listening = socket.create_server((sys.argv[1], int(sys.argv[2])),
                                 family=socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
while True:
    threading.Thread(target=serve, args=(listening.accept()[0],), daemon=True).start()
"""


class Path(Network):
    """Five namespaces in a row, every link of 1500 bytes until a test narrows one."""

    def __init__(self):
        super().__init__()
        try:
            self._lay()
        except BaseException:
            self.remove()
            raise

    def _lay(self):
        self.gateway = self._gateway()
        self.gateway.sysctl(ipv6__conf__all__forwarding=1)
        self.client, self.near, self.far, self.backend = map(self.namespace, ("client", "near", "far", "backend"))
        for router in (self.near, self.far):
            router.sysctl(ipv4__ip_forward=1, ipv6__conf__all__forwarding=1)
        self._link(self.client, "eth0", self.near, "near0", "10.8.0", "fd00:8:")
        self._link(self.gateway, "wan", self.near, "near1", "203.0.113", "2001:db8:1:")
        self._link(self.gateway, "lan", self.far, "far1", "198.51.100", "2001:db8:9:")
        self._link(self.backend, "eth0", self.far, "far0", "10.9.0", "fd00:9:")
        # advmss: an end behind a narrow link announces the segments of a wide one, or nothing too big would be sent.
        for end, router, router6 in ((self.client, "10.8.0.1", "fd00:8::1"), (self.backend, "10.9.0.1", "fd00:9::1")):
            end.ip(f"route add default via {router} advmss 1460", f"route add default via {router6} advmss 1440")
        self.gateway.ip("route add 10.8.0.0/24 via 203.0.113.1", "route add fd00:8::/64 via 2001:db8:1::1",
                        "route add 10.9.0.0/24 via 198.51.100.1", "route add fd00:9::/64 via 2001:db8:9::1")

    def _link(self, end, device, router, other, net, net6):
        """The router is .1, the other end .2."""
        self.join(end, device, router, other)
        end.ip(f"addr add {net}.2/24 dev {device}", f"addr add {net6}:2/64 dev {device} nodad")
        router.ip(f"addr add {net}.1/24 dev {other}", f"addr add {net6}:1/64 dev {other} nodad")


@pytest.fixture(scope="module")
def path(shared_servers, shared_folder, shared_sluiced):
    with Path() as made:
        script = os.path.join(shared_folder, "server.py")
        with open(script, "w") as file:
            file.write(textwrap.dedent(SERVER))
        for address in (BACKEND, BACKEND6):
            shared_servers.python(made.backend, script, address, 7000, wait=(address, 7000))
        manifests = Manifests(os.path.join(shared_folder, "manifests"))
        manifests.service("server", 7000, [BACKEND, BACKEND6])
        manifests.tcp_route("server", "server", ("server", 7000))
        manifests.gateway(listener("server", 7000, "TCP"), addresses=[VIP, VIP6])
        made.sluiced = shared_sluiced(made.gateway, manifests=manifests)
        yield made
        made.sluiced.remove()


# The two ends of the narrow link: a router's, so that its ICMP error passes the gateway; or one of the gateway's own.
NARROW = {"client-router": (("client", "eth0"), ("near", "near0")), "router-gateway": (("near", "near1"), ("gateway", "wan")),
          "gateway-router": (("gateway", "lan"), ("far", "far1")), "router-backend": (("far", "far0"), ("backend", "eth0"))}


@pytest.fixture(params=NARROW)
def narrow(request, path):
    """Segmentation off at both ends: what they send are packets, as on a wire."""
    for end in (path.client, path.backend):
        end.run("ethtool", "-K", "eth0", "tso", "off", "gso", "off", check=False)
        for family in ("-4", "-6"):
            end.run("ip", family, "route", "flush", "cache")
    for role, device in NARROW[request.param]:
        getattr(path, role).ip(f"link set {device} mtu {SMALL}")
    yield request.param
    for role, device in NARROW[request.param]:
        getattr(path, role).ip(f"link set {device} mtu 1500")


@pytest.mark.parametrize("vip", [VIP, VIP6], ids=["v4", "v6"])
def test_bulk_data_gets_through_a_narrow_link_both_ways(path, narrow, vip):
    with path.client.connect(vip, 7000, timeout=6) as flow:
        flow.sendall(b"take %d\n" % BYTES + b"x" * BYTES)
        assert flow.recv(100) == b"%d\n" % BYTES
    with path.client.connect(vip, 7000, timeout=6) as flow:
        flow.sendall(b"send %d\n" % BYTES)
        got = 0
        while part := flow.recv(1 << 16):
            got += len(part)
        assert got == BYTES
