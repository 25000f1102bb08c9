"""The network of l4-quick: one client, one server, and between them a gateway a peer, each on veths of its own.

    client (c0..) 198.18.N.2 -- 198.18.N.1 (wan) gateway N (lan) 198.19.N.1 -- 198.19.N.2 (s0..) server

Namespaces and the running sluiced are those of the integration suite (tests/integration).
"""
import os
import sys

sys.path.insert(0, os.path.join(os.environ["SLUICE_TOP"], "tests", "integration"))
os.environ["SLUICE_BIN"] = os.path.join(os.environ["SLUICE_BUILD"], "bin")

from l4_kernel import pass_xdp  # noqa: E402
from manifests import Manifests, listener  # noqa: E402
from process import Process, wait_until  # noqa: E402
from sluiced import Sluiced, mount_bpffs  # noqa: E402
from topology import Network  # noqa: E402

LOAD = os.path.join(os.environ["SLUICE_BUILD"], "bench", "l4_quick_load")
PORT, IPERF_PORT = 7000, 5201
CLIENT_CPU, SERVER_CPU = 0, 1

# As kube-proxy has it: a destination of its own, the gateway as source.
NFT_RULES = """
table ip bench {{
  chain prerouting {{ type nat hook prerouting priority dstnat; ip daddr {vip} dnat to {server}; }}
  chain postrouting {{ type nat hook postrouting priority srcnat; ip daddr {server} masquerade; }}
}}
"""


class Path:
    """One way from the client to the server; `target` is the address that the client speaks to."""

    def __init__(self, network, number, name):
        self.name = name
        self.number = number
        self.vip = f"198.18.{number}.10"
        self.server = f"198.19.{number}.2"
        self.target = self.vip
        self.gateway = network.namespace(name)
        network.join(network.client, f"c{number}", self.gateway, "wan")
        network.join(self.gateway, "lan", network.server, f"s{number}")
        network.client.ip(f"addr add 198.18.{number}.2/24 dev c{number}")
        network.server.ip(f"addr add {self.server}/24 dev s{number}")
        self.gateway.ip(f"addr add 198.18.{number}.1/24 dev wan", f"addr add 198.19.{number}.1/24 dev lan")


class Bench(Network):
    """All paths, the servers, and what they run; a context manager that removes them."""

    def __init__(self, folder):
        super().__init__()
        self.folder = folder
        self.processes = []
        self.sluiced = {}
        try:
            self._make()
        except BaseException:
            self.remove()
            raise

    def remove(self):
        for node in self.sluiced.values():
            node.remove()
        self.sluiced.clear()
        for process in reversed(self.processes):
            process.kill()
        self.processes.clear()
        super().remove()

    def _make(self):
        mount_bpffs()
        self.client, self.server = self.namespace("client"), self.namespace("server")
        # A connection a port: the client's must not run out while TIME_WAIT holds them.
        self.client.sysctl(ipv4__ip_local_port_range="1024 65535", ipv4__tcp_tw_reuse=1)
        names = ("forwarding", "nftables", "tc", "xdp")
        self.paths = {name: Path(self, number, name) for number, name in enumerate(names)}
        self._forward(self.paths["forwarding"])
        self._translate(self.paths["nftables"])
        self._serve()
        self._sluice(self.paths["tc"], "auto")
        self._receive_xdp(self.paths["xdp"])
        self._sluice(self.paths["xdp"], "xdp")
        for node in self.sluiced.values():
            node.wait_ready(60)

    def _forward(self, path):
        path.gateway.sysctl(ipv4__ip_forward=1)
        path.target = path.server
        self.client.ip(f"route add 198.19.{path.number}.0/24 via 198.18.{path.number}.1")
        self.server.ip(f"route add 198.18.{path.number}.0/24 via 198.19.{path.number}.1")

    def _translate(self, path):
        path.gateway.sysctl(ipv4__ip_forward=1)
        path.gateway.ip(f"addr add {path.vip}/32 dev lo")
        path.gateway.run("nft", "-f", "-", text_in=NFT_RULES.format(vip=path.vip, server=path.server))

    def _receive_xdp(self, path):
        """Makes veths behave as wires do for XDP (topology.receive_xdp says why)."""
        for namespace, device in ((self.client, f"c{path.number}"), (self.server, f"s{path.number}")):
            self.descriptors.append(pass_xdp(namespace, device))
            namespace.run("ethtool", "-K", device, "tx", "off")
            namespace.run("ethtool", "-K", device, "gro", "on")

    def _sluice(self, path, datapath):
        manifests = Manifests(os.path.join(self.folder, path.name))
        ports = {"udp": ("UDP", PORT), "tcp": ("TCP", PORT), "iperf": ("TCP", IPERF_PORT)}
        manifests.gateway(*(listener(name, port, protocol) for name, (protocol, port) in ports.items()),
                          addresses=[path.vip])
        for name, (protocol, port) in ports.items():
            manifests.service(name, port, [path.server], protocol=protocol)
            (manifests.udp_route if protocol == "UDP" else manifests.tcp_route)(name, name, (name, port))
        # A flow holds its port for a minute after its end, and connections are all that this load makes.
        node = Sluiced(path.gateway, self.folder, manifests, "--datapath", datapath, "--snat-ports", "10000-55000")
        self.sluiced[path.name] = node
        node.start(ready=False)

    def _serve(self):
        pinned = ("taskset", "-c", SERVER_CPU)
        self._process("load", LOAD, "serve", SERVER_CPU, PORT)
        self._process("iperf3", *pinned, "iperf3", "--server", "--port", IPERF_PORT)
        for port in (PORT, IPERF_PORT):
            wait_until(lambda listening=port: f":{listening} " in self.server.run("ss", "-Hltn"), f"a server on {port}")

    def _process(self, name, *command):
        self.processes.append(Process(self.server, *command, log=os.path.join(self.folder, f"{name}.log")))

    def forwarded(self, name):
        """Packets that the hook which this path is about has forwarded."""
        hook = "xdp" if name == "xdp" else "tc"
        return self.sluiced[name].metrics().value("sluice_hook_packets_total", hook=hook, result="forwarded")
