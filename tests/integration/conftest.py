"""Fixtures of the integration suite. A test names what it needs; all of it is gone when the test ends:

    def test_tcp_reaches_its_backend(topology, servers, manifests, sluiced):
        servers.echo(topology.blue, topology.BLUE, 7000)
        manifests.gateway(listener("echo", 7000, "TCP"), addresses=[topology.VIP])
        manifests.service("echo", 7000, [topology.BLUE])
        manifests.tcp_route("echo", "echo", ("echo", 7000))
        sluiced(topology.gateway)
        assert exchange(topology.client, topology.VIP, 7000).startswith("blue ")
"""
import os
import shutil
import signal
import sys
import tempfile

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import netns  # noqa: E402
from manifests import Manifests  # noqa: E402
from servers import Servers  # noqa: E402
from sluiced import Sluiced, binary, mount_bpffs, remove_stale_pins  # noqa: E402
from topology import PodsTopology, Topology  # noqa: E402


def pytest_configure(config):
    # A test run that is told to stop still removes what it made.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def pytest_sessionstart(session):
    if os.geteuid() != 0:
        pytest.exit("integration tests need root (namespaces, BPF)", returncode=2)
    if not os.access(binary("sluiced"), os.X_OK):
        pytest.exit(f"no {binary('sluiced')}; tools/build first, or SLUICE_BIN=DIR", returncode=2)
    netns.remove_stale()
    mount_bpffs()
    remove_stale_pins()


def _folder():
    path = tempfile.mkdtemp(prefix=f"sl{os.getpid()}-")
    os.chmod(path, 0o755)
    return path


@pytest.fixture
def folder():
    """A short path (unix sockets have room for 107 bytes), removed with all that is in it."""
    path = _folder()
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="module")
def shared_folder():
    path = _folder()
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def topology():
    with Topology() as made:
        yield made


@pytest.fixture(scope="module")
def shared_topology():
    """One Topology for all tests of a module: for tests that only ask."""
    with Topology() as made:
        yield made


@pytest.fixture
def pods():
    with PodsTopology() as made:
        yield made


@pytest.fixture
def servers(folder):
    made = Servers(folder)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def shared_servers(shared_folder):
    made = Servers(shared_folder)
    yield made
    made.stop()


@pytest.fixture
def manifests(folder):
    """The folder that `sluiced` serves by default."""
    return Manifests(os.path.join(folder, "manifests"))


def _factory(folder, default_manifests):
    made = []

    def make(namespace, *flags, manifests=None, start=True, ready=True):
        """A Sluiced in `namespace`, started and ready unless told otherwise."""
        instance = Sluiced(namespace, folder, manifests or default_manifests, *flags)
        made.append(instance)
        return instance.start(ready=ready) if start else instance

    return make, lambda: [instance.remove() for instance in reversed(made)]


# Depends on the topology, where a test has one, by order alone: pytest tears down in reverse order of set-up, and a
# sluiced must be removed before its namespace. So name `sluiced` last, after topology or pods.
@pytest.fixture
def sluiced(folder, manifests):
    make, remove = _factory(folder, manifests)
    yield make
    remove()


@pytest.fixture(scope="module")
def shared_sluiced(shared_folder):
    """As sluiced, for a module; it has no default folder of manifests."""
    make, remove = _factory(shared_folder, None)
    yield make
    remove()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test shows the end of its sluiced's log."""
    report = (yield).get_result()
    if report.when == "call" and report.failed:
        folder = item.funcargs.get("folder") or item.funcargs.get("shared_folder")
        logs = sorted(name for name in os.listdir(folder) if name.startswith("sluiced-")) if folder else []
        for name in logs:
            with open(os.path.join(folder, name), errors="replace") as file:
                report.sections.append((name, file.read()[-8000:]))
