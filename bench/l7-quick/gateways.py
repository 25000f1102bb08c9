"""The gateways of l7-quick, each alone on a node of its own, between the client and the server that all share.

    client (c0..) 198.18.N.2 -- (wan) gateway N, serves 198.18.N.10:80 (lan) -- 198.19.N.2:8080 (s0..) server

Namespaces and the running sluiced are those of the integration suite (tests/integration).
"""
import ctypes
import json
import os
import pathlib
import sys
import time

sys.path.insert(0, os.path.join(os.environ["SLUICE_TOP"], "tests", "integration"))
os.environ["SLUICE_BIN"] = os.path.join(os.environ["SLUICE_BUILD"], "bin")

from manifests import Manifests, listener, rule  # noqa: E402
from process import Process, wait_until  # noqa: E402
from sluiced import Sluiced, mount_bpffs  # noqa: E402
from topology import Network  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
LIMIT = os.path.join(os.environ["SLUICE_BUILD"], "bench", "l7_quick_limit")
PORT, SERVER_PORT = 80, 8080
HOST, TARGET = "bench.test", "/some/path?with=query"
BODY = "hello from the backend of the benchmark"

# A gateway has a CPU of its own, where there are two; what is asked by whom and answered by whom shares the others.
CPUS = sorted(os.sched_getaffinity(0))
GATEWAY_CPU, CLIENT_CPU, SERVER_CPU = CPUS[-1], CPUS[0], CPUS[1 if len(CPUS) > 2 else 0]

_libc = ctypes.CDLL(None, use_errno=True)


class Broken(Exception):
    """A gateway does not do what it is measured at."""


def rendered(folder, template, **values):
    text = (HERE / template).read_text()
    for key, value in {"DIR": folder, **values}.items():
        text = text.replace(f"@{key}@", str(value))
    path = os.path.join(folder, template.removesuffix(".in"))
    with open(path, "w") as file:
        file.write(text)
    return path


def cpu_seconds(pid):
    """Of a process: all threads, those that have ended and io_uring's kernel workers (threads of the process) too."""
    clock = ctypes.c_int()
    if _libc.clock_getcpuclockid(pid, ctypes.byref(clock)) != 0:
        raise Broken(f"process {pid} is gone")
    return time.clock_gettime_ns(clock.value) / 1e9


def children(pid):
    return [int(child) for task in pathlib.Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()]


class AccessLog:
    """The lines that a gateway has written; only whole files are looked at, and emptied, between two loads."""

    def __init__(self, path):
        self.path = path
        self.expected = 0  # lines that requests so far must have left
        self.last = ""

    def check(self):
        """Every request has one line, and no line is of anything else. What is buffered comes within a second."""
        wait_until(lambda: self._count() >= self.expected, lambda: f"{self.path}: {self.expected} lines", 5, 0.1)
        count = self._count()
        if count != self.expected:
            raise Broken(f"{self.path}: {count} lines of {self.expected} requests")
        if count:
            with open(self.path, "rb") as file:
                file.seek(-min(os.path.getsize(self.path), 4096), os.SEEK_END)
                self.last = file.read().decode().splitlines()[-1]
        os.truncate(self.path, 0)  # all of them append
        self.expected = 0

    def _count(self):
        with open(self.path, "rb") as file:
            return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))

    def fields(self):
        return list(json.loads(self.last))


class Gateway:
    """A node and the gateway process on it."""

    def __init__(self, bench, number, name):
        self.name = name
        self.io = None  # of sluiced: io_uring or epoll
        self.folder = os.path.join(bench.folder, name)
        os.mkdir(self.folder)
        self.address = f"198.18.{number}.10"
        self.server = f"198.19.{number}.2"
        self.log = None
        self.process = None
        self.node = bench.namespace(name)
        bench.join(bench.client, f"c{number}", self.node, "wan")
        bench.join(self.node, "lan", bench.server, f"s{number}")
        bench.client.ip(f"addr add 198.18.{number}.2/24 dev c{number}")
        bench.server.ip(f"addr add {self.server}/24 dev s{number}")
        self.node.ip(f"addr add 198.18.{number}.1/24 dev wan", f"addr add 198.19.{number}.1/24 dev lan")

    def access_log(self):
        self.log = AccessLog(os.path.join(self.folder, "access.log"))
        return self.log.path

    def run(self, *command, log=None):
        """As a process that listens on the address itself."""
        self.node.ip(f"addr add {self.address}/32 dev lo")
        self.process = Process(self.node, "taskset", "-c", GATEWAY_CPU, *command,
                               log=log or os.path.join(self.folder, "output"))

    def cpu_seconds(self):
        return sum(cpu_seconds(pid) for pid in (self.process.pid, *children(self.process.pid)))

    def connections_opened(self):
        """By the node, so far: those of its gateway to the server."""
        names, values = (line.split()[1:] for line in pathlib.Path(f"/proc/{self.process.pid}/net/snmp").open()
                         if line.startswith("Tcp:"))
        return int(values[names.index("ActiveOpens")])


class Bench(Network):
    """All gateways, the server, and what they run; a context manager that removes them."""

    def __init__(self, folder):
        super().__init__()
        self.folder = folder
        self.sluiced = []
        self.processes = []
        self.gateways = {}
        try:
            self._make()
        except BaseException:
            self.remove()
            raise

    def remove(self):
        for node in self.sluiced:
            node.remove()
        for process in [gateway.process for gateway in self.gateways.values() if gateway.process] + self.processes:
            process.stop()  # not kill: nginx's workers outlive a master that had no time
        self.sluiced.clear()
        self.processes.clear()
        self.gateways.clear()
        super().remove()

    def _make(self):
        mount_bpffs()
        self.client, self.server = self.namespace("client"), self.namespace("server")
        self._serve()
        if self._sluice(self._gateway("auto"), "auto").io == "io_uring":
            self._sluice(self._gateway("epoll"), "epoll")
        self._limit(self._gateway("limit"))
        self._nginx(self._gateway("nginx"))
        self._haproxy(self._gateway("haproxy"))
        for gateway in self.gateways.values():
            wait_until(lambda asked=gateway: self._answers(asked), f"{gateway.name} to listen")

    def _gateway(self, name):
        self.gateways[name] = Gateway(self, len(self.gateways), name)
        return self.gateways[name]

    def _answers(self, gateway):
        if not gateway.process.running():
            raise Broken(f"{gateway.name} ended:\n{gateway.process.output()[-4000:]}")
        try:
            self.client.connect(gateway.address, PORT).close()
        except OSError:
            return False
        return True

    def _serve(self):
        configuration = rendered(self.folder, "backend.conf.in", PORT=SERVER_PORT, BODY=BODY)
        self.processes.append(Process(self.server, "taskset", "-c", SERVER_CPU, "nginx", "-c", configuration,
                                      log=os.path.join(self.folder, "backend")))
        wait_until(lambda: f":{SERVER_PORT} " in self.server.run("ss", "-Hltn"), "the backend to listen")

    def _sluice(self, gateway, wanted):
        """As an HTTP gateway is run: a folder, one worker, a log."""
        # Nothing that changes stands beside the folder: sluiced watches what holds it, too.
        manifests = Manifests(os.path.join(gateway.folder, "etc", "manifests"))
        manifests.gateway(listener("http", PORT, "HTTP"), addresses=[gateway.address])
        manifests.service("web", 80, [gateway.server], target=SERVER_PORT)
        manifests.http_route("web", "http", rule(("web", 80), path="/"), hostnames=[HOST])
        node = Sluiced(gateway.node, gateway.folder, manifests, "--workers", "1", "--io", wanted,
                       "--access-log", gateway.access_log())
        node.wrapper = ["taskset", "-c", str(GATEWAY_CPU)]
        self.sluiced.append(node)
        node.start(timeout=60)
        gateway.process = node.process
        engine = next(event["what"] for event in node.events("datapath") if event["what"].startswith("engine: "))
        gateway.io = "io_uring" if engine.endswith(" io_uring") else "epoll"
        if wanted not in ("auto", gateway.io):
            raise Broken(f"--io {wanted}, and sluiced says {engine}")
        return gateway

    def _limit(self, gateway):
        gateway.run(LIMIT, gateway.address, PORT, gateway.server, SERVER_PORT)

    def _nginx(self, gateway):
        gateway.run("nginx", "-c", rendered(gateway.folder, "nginx.conf.in", LOG=gateway.access_log(),
                                            ADDRESS=f"{gateway.address}:{PORT}",
                                            SERVER=f"{gateway.server}:{SERVER_PORT}"))

    def _haproxy(self, gateway):
        configuration = rendered(gateway.folder, "haproxy.cfg.in", ADDRESS=f"{gateway.address}:{PORT}",
                                 SERVER=f"{gateway.server}:{SERVER_PORT}")
        gateway.node.run("haproxy", "-c", "-f", configuration)
        # Its output is the log, and nothing else may stand there.
        gateway.run("sh", "-c", 'exec "$@" 2>"$0"', os.path.join(gateway.folder, "errors"), "haproxy", "-db", "-f",
                    configuration, log=gateway.access_log())
