"""A running sluiced: its own instance, state, socket; readiness, metrics, log, and sluicectl on it."""
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess

from netns import run
from process import Process, wait_until

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BPFFS = "/sys/fs/bpf"


def binary(name):
    """From SLUICE_BIN (tests/integration/run sets it), else the Release build."""
    return os.path.join(os.environ.get("SLUICE_BIN") or os.path.join(TOP, "build/release/bin"), name)


class Metrics:
    """A scrape: value(name, label=...) sums the samples that carry these labels, 0 where there is none."""

    _SAMPLE = re.compile(r"^([a-z_:][a-z0-9_:]*)(?:\{(.*)\})? (\S+)$")
    _LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')

    def __init__(self, text):
        self.text = text
        self.samples = []
        for line in text.splitlines():
            if line and not line.startswith("#"):
                name, labels, value = self._SAMPLE.match(line).groups()
                self.samples.append((name, dict(self._LABEL.findall(labels or "")), float(value)))

    def series(self, name, **labels):
        return [(have, value) for series, have, value in self.samples
                if series == name and all(have.get(key) == want for key, want in labels.items())]

    def value(self, name, **labels):
        return sum(value for _, value in self.series(name, **labels))

    def names(self):
        return {name for name, _, _ in self.samples}


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("sluice", timeout=10)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Sluiced:
    """One instance on a node. start() runs it and waits for /readyz; remove() ends it and all that it put in place."""

    _count = 0

    def __init__(self, namespace, folder, manifests, *flags):
        Sluiced._count += 1
        self.namespace = namespace
        self.instance = f"t{os.getpid()}-{Sluiced._count}"
        self.folder = folder
        self.state = os.path.join(folder, f"state-{Sluiced._count}")
        self.socket = os.path.join(folder, f"{Sluiced._count}.sock")
        self.log = os.path.join(folder, f"sluiced-{Sluiced._count}.log")
        self.manifests = str(manifests)
        self.flags = list(flags)
        self.wrapper = []  # words before the command, such as setpriv's
        self.process = None

    def words(self, *more):
        return [*self.wrapper, binary("sluiced"), "--manifests", self.manifests, "--instance", self.instance,
                "--state-dir", self.state, "--socket", self.socket, *self.flags, *more,
                *(() if "--metrics" in self.flags else ("--metrics", "off")),
                *(() if "--workers" in self.flags else ("--workers", "2"))]

    def start(self, *more, ready=True, timeout=20):
        self.process = Process(self.namespace, *self.words(*more), log=self.log)
        if ready:
            self.wait_ready(timeout)
        return self

    def wait_ready(self, timeout=20):
        wait_until(self.ready, lambda: "/readyz\n" + self.process.output()[-6000:], timeout)

    def ready(self):
        if not self.process.running():
            raise AssertionError(f"sluiced ended with {self.process.wait()}:\n{self.process.output()[-6000:]}")
        try:
            return self.get("/readyz")[0] == 200
        except OSError:
            return False

    def run_once(self, *more, timeout=20):
        """Runs it to its end (--dry-run, a bad folder): (exit status, what it printed)."""
        done = subprocess.run(self.namespace.command(*self.words(*more)), capture_output=True, text=True,
                              timeout=timeout, check=False)
        return done.returncode, done.stdout + done.stderr

    def get(self, target):
        """GET on the admin socket: (status, body)."""
        connection = _UnixConnection(self.socket)
        try:
            connection.request("GET", target)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def metrics(self):
        status, body = self.get("/metrics")
        assert status == 200, body
        return Metrics(body)

    def generation(self):
        """Of the configuration in force."""
        return int(self.metrics().value("sluice_config_generation", state="applied"))

    def wait_generation(self, above, timeout=10):
        """Waits until a configuration newer than `above` is in force; returns its generation."""
        wait_until(lambda: self.generation() > above,
                   lambda: f"a generation above {above}\n" + self.process.output()[-3000:], timeout)
        return self.generation()

    def events(self, message=None):
        """The log's JSON lines as objects, those of one message if given."""
        lines = [json.loads(line) for line in self.process.output().splitlines() if line.startswith("{")]
        return [line for line in lines if message is None or line.get("message") == message]

    def wait_event(self, message, count=1, timeout=10):
        wait_until(lambda: len(self.events(message)) >= count,
                   lambda: f"log message {message!r}\n" + self.process.output()[-3000:], timeout)
        return self.events(message)[-1]

    def stop(self, timeout=40):
        """SIGTERM; its exit status. The kernel's forwarding stays."""
        return self.process.stop(timeout)

    def kill(self):
        """kill -9: what is forwarded in the kernel goes on."""
        self.process.signal(signal.SIGKILL)
        return self.process.wait()

    def remove(self):
        """Ends the process and removes programs, pins, routes, rules."""
        if self.process and self.process.running():
            self.process.kill()
        return self.namespace.run(binary("sluiced"), "--remove", "--instance", self.instance, "--state-dir", self.state,
                                  check=False)

    def ctl(self, *words, check=True):
        """sluicectl WORDS --socket ...: what it printed."""
        return run(binary("sluicectl"), *words, "--socket", self.socket, check=check)


def remove_stale_pins():
    """Of tests that were killed: what else they had put in place went with their namespaces."""
    folder = os.path.join(BPFFS, "sluice")
    for name in os.listdir(folder) if os.path.isdir(folder) else []:
        owner = re.fullmatch(r"t(\d+)-\d+", name)
        if owner and not os.path.exists(f"/proc/{owner.group(1)}"):
            shutil.rmtree(os.path.join(folder, name), ignore_errors=True)


def mount_bpffs():
    """Pins live on the host's bpffs; systemd mounts it, a container may not."""
    with open("/proc/mounts") as mounts:
        if not any(line.split()[1] == BPFFS for line in mounts):
            run("mount", "-t", "bpf", "bpf", BPFFS)
