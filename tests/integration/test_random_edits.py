"""Random edits under traffic: what should not break does not, explain tells what traffic does, and nothing is left over."""
import json
import random
import socket
import threading
import time

from client import exchange, fetch, ping
from l4_kernel import TIMEOUT_DRAIN, set_timeout
from manifests import listener, rule
from netns import at, run
from process import wait_until
from sluiced import binary

EDITS = 30
VIPS = ["203.0.113.20", "192.0.2.10"]
PORTS = {"TCP": 7001, "UDP": 7001, "HTTP": 8081}
STATES = {"ready": None, "draining": {"ready": False, "serving": True, "terminating": True}, "not ready": {"ready": False}}


class Kept(threading.Thread):
    """Flows of a listener that no edit takes away: each echoes all the time; new ones are opened beside them."""

    def __init__(self, client, vip):
        super().__init__(daemon=True)
        self.client, self.vip = client, vip
        self.flows = [client.connect(vip, 7000) for _ in range(6)]
        self.echoed, self.failures, self.over = 0, [], threading.Event()
        self.start()

    def run(self):
        while not self.over.is_set():
            try:
                for flow in self.flows:
                    if not ping(flow, b"%d\n" % self.echoed):
                        self.failures.append("a flow ended")
                exchange(self.client, self.vip, 7000)
                self.echoed += 1
            except OSError as error:
                self.failures.append(repr(error))
            time.sleep(0.005)

    def stop(self):
        self.over.set()
        self.join()
        for flow in self.flows:
            flow.close()


class Editor:
    """Edits of a Gateway `edge`, its routes and Services, by one sequence of random numbers."""

    def __init__(self, manifests, addresses, seed):
        self.manifests, self.addresses, self.random = manifests, addresses, random.Random(seed)
        self.listeners = []

    def edit(self):
        self.random.choice([self.gateway, self.route, self.route, self.service, self.service, self.kept])()

    def all(self):
        self.kept()
        self.gateway()
        for protocol in PORTS:
            self.route(protocol)
            for number in range(2):
                self.service(protocol, number)

    def kept(self):
        """BLUE takes new flows or drains; GREEN comes and goes."""
        blue, green = self.addresses
        drains = self.random.random() < 0.5
        blue_is = (blue, STATES["draining"]) if drains else blue
        self.manifests.service("kept", 7000, [blue_is, *([green] if drains or self.random.random() < 0.5 else [])])

    def gateway(self):
        self.listeners = self.random.sample(list(PORTS), self.random.randrange(1, 4))
        self.manifests.gateway(*[listener(name.lower(), PORTS[name], name) for name in self.listeners],
                               addresses=self.random.sample(VIPS, self.random.randrange(1, 3)))

    def route(self, protocol=None):
        protocol = protocol or self.random.choice(list(PORTS))
        name = protocol.lower()
        backends = [(f"{name}-{number}", 7000, self.random.randrange(0, 4)) for number in range(2)]
        if self.random.random() < 0.3:
            backends[0] = ("nowhere", 7000, 1)
        if protocol == "HTTP":
            self.manifests.http_route(name, name, rule(*backends, path=self.random.choice(["/", "/a"])))
        else:
            {"TCP": self.manifests.tcp_route, "UDP": self.manifests.udp_route}[protocol](name, name, *backends)

    def service(self, protocol=None, number=None):
        protocol = protocol or self.random.choice(list(PORTS))
        number = self.random.randrange(2) if number is None else number
        endpoints = [(address, STATES[self.random.choice(list(STATES))]) for address in self.addresses
                     if self.random.random() < 0.7]
        self.manifests.service(f"{protocol.lower()}-{number}", 7000, endpoints,
                               target=8080 if protocol == "HTTP" else None,
                               protocol="UDP" if protocol == "UDP" else "TCP")


class Asker:
    """Asks traffic and explain the same question; `names`: what the endpoint of an address calls itself."""

    def __init__(self, node, client, source, names):
        self.node, self.client, self.source, self.names = node, client, source, names
        self.port = 2000
        self.answers = set()

    def explain(self, *question):
        return json.loads(self.node.ctl("explain", *question, "-o", "json", check=False))

    def flow(self, protocol, vip):
        self.port += 1
        verdict = self.explain(f"--{protocol}", at(vip, 7001), "--from", at(self.source, self.port))
        kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
        try:
            got = exchange(self.client, vip, 7001, kind=kind, source=(self.source, self.port)).split()[0]
        except ConnectionRefusedError:
            got = "refused"
        wanted = self.names[verdict["meaning"].split(":")[0]] if verdict["forwarded"] else "refused"
        assert got == wanted, (got, verdict)
        self.answers.add(f"{protocol} {verdict['reason']}")

    def http(self, vip):
        verdict = self.explain("--http", "GET", f"http://{at(vip, 8081)}/a/b", "-H", "Host:shop.example")
        try:
            response = fetch(self.client, vip, "/a/b", host="shop.example", port=8081)
            got = str(response.status) if response.status != 200 else response.body.split()[0]
        except ConnectionRefusedError:
            got = "RST"
        shares = [backend for backend in verdict["backends"] if backend["share"] > 0]
        if verdict["forwarded"]:
            may = {self.names[endpoint.split(":")[0]] for share in shares for endpoint in share["endpoints"]
                   if share["serves"] and "draining" not in endpoint}
            may |= {"500", "503"} if not all(share["serves"] for share in shares) else set()
        else:
            may = {answer.split(":")[0] for answer in verdict["meaning"].split("; or ")}
        assert got in may, (got, verdict)
        self.answers.add(f"http {verdict['reason']}")


def resources(*compiled_from):
    return json.loads(run(binary("sluicectl"), "compile", *compiled_from))["resources"]


def held(topology, node):
    """What the node holds for its model: addresses, and entries of the maps that flows do not fill."""
    entries = {labels["map"]: value for labels, value in node.metrics().series("sluice_map_entries")}
    return (topology.gateway.run("ip", "route", "show", "table", "local", "proto", "83"),
            {name: entries[name] for name in ("services", "backends", "rings")})


def test_random_edits_under_traffic(topology, servers, manifests, sluiced):
    addresses = [topology.BLUE, topology.GREEN]
    for backend, address in zip((topology.blue, topology.green), addresses, strict=True):
        servers.echo(backend, address, 7000)
        servers.nginx(backend, address, 8080)
    editor = Editor(manifests, addresses, seed=1)
    manifests.gateway(listener("kept", 7000, "TCP"), addresses=[topology.VIP], name="kept")
    manifests.tcp_route("kept", "kept", ("kept", 7000), gateway="kept")
    editor.all()
    # Flows of GREEN, which is removed at times, would end with its drain.
    manifests.service("kept", 7000, [topology.BLUE])
    node = sluiced(topology.gateway)
    set_timeout(node.instance, TIMEOUT_DRAIN, 1)
    asker = Asker(node, topology.client, topology.CLIENT, {topology.BLUE: "blue", topology.GREEN: "green"})
    kept = Kept(topology.client, topology.VIP)
    try:
        for turn in range(EDITS):
            for _ in range(editor.random.choice([1, 1, 3])):
                editor.edit()
            if turn % 10 == 9:
                node.kill()
                node.start()
                set_timeout(node.instance, TIMEOUT_DRAIN, 1)
            wait_until(lambda: resources("--socket", node.socket) == resources("-f", str(manifests)),
                       "the folder to be in force")
            for vip in [vip for vip in VIPS if vip in held(topology, node)[0]]:
                asker.flow("tcp", vip)
                asker.flow("udp", vip)
                asker.http(vip)
    finally:
        kept.stop()
    assert kept.failures == []
    assert kept.echoed > EDITS
    assert {"tcp forwarded", "tcp no_backend", "tcp no_service", "udp forwarded", "http forwarded",
            "http no_endpoints"} <= asker.answers
    # What is left when drains are over and rings have rested is what a start on the same folder makes.
    settled = []

    def at_rest():
        settled.append(held(topology, node))
        return len(settled) > 25 and settled[-1] == settled[-25]

    wait_until(at_rest, "drains to be over", timeout=20, pause=0.2)
    node.stop()
    node.remove()
    node.start()
    assert held(topology, node) == settled[-1]
