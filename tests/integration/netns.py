"""Network namespaces of a test: named after this process, entered by thread, removed whatever happens."""
import contextlib
import ctypes
import itertools
import os
import re
import socket as sockets
import subprocess

_libc = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNET = 0x40000000
_PR_SET_PDEATHSIG, _SIGKILL = 1, 9
_numbers = itertools.count(1)
_NAME = re.compile(r"sl(\d+)n\d+-")


def die_with_parent():
    """For preexec_fn: a child of a test that was killed ends, too."""
    _libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL)


def run(*command, check=True, timeout=20, text_in=None):
    """Runs a command to its end and returns what it printed; a failure shows both its outputs."""
    done = subprocess.run([str(word) for word in command], input=text_in, capture_output=True, text=True,
                          timeout=timeout, preexec_fn=die_with_parent, check=False)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class Namespace:
    """One network namespace. Mounts are the test's own, so /sys/fs/bpf is shared with the host."""

    def __init__(self, role):
        self.role = role
        self.name = f"sl{os.getpid()}n{next(_numbers)}-{role}"
        run("ip", "netns", "add", self.name)
        self.ip("link set lo up")

    def remove(self):
        run("ip", "netns", "del", self.name, check=False)

    def command(self, *command):
        """The command line that runs `command` in here; nsenter execs, so the process is the command itself."""
        return ["nsenter", f"--net=/run/netns/{self.name}", "--", *map(str, command)]

    def run(self, *command, **options):
        return run(*self.command(*command), **options)

    def ip(self, *lines):
        """`ip` commands, one a line, in one process."""
        run("ip", "-n", self.name, "-batch", "-", text_in="\n".join(lines) + "\n")

    @contextlib.contextmanager
    def entered(self):
        """Moves the calling thread in here: sockets made and sysctls written inside belong to this namespace."""
        with open("/proc/thread-self/ns/net") as home, open(f"/run/netns/{self.name}") as here:
            _setns(here.fileno())
            try:
                yield self
            finally:
                _setns(home.fileno())

    def socket(self, family=sockets.AF_INET, kind=sockets.SOCK_STREAM, timeout=5):
        with self.entered():
            made = sockets.socket(family, kind)
        made.settimeout(timeout)
        return made

    def connect(self, address, port, kind=sockets.SOCK_STREAM, source=None, timeout=5):
        """A connected socket (TCP, or UDP with kind=SOCK_DGRAM); source: (address, port) to bind to."""
        made = self.socket(family_of(address), kind, timeout)
        try:
            if source:
                made.setsockopt(sockets.SOL_SOCKET, sockets.SO_REUSEADDR, 1)
                made.bind(source)
            made.connect((address, port))
        except OSError:
            made.close()
            raise
        return made

    def sysctl(self, **settings):
        """net.* settings; '__' is a dot: sysctl(ipv4__ip_forward=1)."""
        with self.entered():
            for key, value in settings.items():
                with open("/proc/sys/net/" + key.replace("__", "/"), "w") as file:
                    file.write(str(value))

    def read_sysctl(self, key):
        with self.entered(), open("/proc/sys/net/" + key.replace("__", "/").replace(".", "/")) as file:
            return file.read().strip()

    def mac(self, device):
        return self.run("ip", "-o", "link", "show", device).split("link/ether ")[1].split()[0]


def family_of(address):
    return sockets.AF_INET6 if ":" in address else sockets.AF_INET


def at(address, port):
    """ADDRESS:PORT as in a URL."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def remove_stale():
    """Namespaces whose test process is gone (it was killed): nobody else will remove them."""
    for name in os.listdir("/run/netns") if os.path.isdir("/run/netns") else []:
        owner = _NAME.match(name)
        if owner and not os.path.exists(f"/proc/{owner.group(1)}"):
            run("ip", "netns", "del", name, check=False)


def _setns(descriptor):
    if _libc.setns(descriptor, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
