"""kill -9 and restart under load: redis' own benchmark and iperf3 neither fail nor pause."""
import json
import os
import subprocess
import threading
import time

import pytest
from client import exchange, ping
from manifests import listener
from netns import die_with_parent


@pytest.fixture(params=["auto"])
def node(request, topology, servers, manifests, sluiced):
    if request.param == "xdp":
        topology.receive_xdp()
    servers.redis(topology.blue, topology.BLUE)
    servers.iperf3(topology.blue, topology.BLUE)
    servers.echo(topology.blue, topology.BLUE, 7000)
    ports = {"redis": 6379, "iperf3": 5201, "echo": 7000}
    for name, port in ports.items():
        manifests.service(name, port, [topology.BLUE])
        manifests.tcp_route(name, name, (name, port))
    manifests.service("echo-udp", 7000, [topology.BLUE], protocol="UDP")
    manifests.udp_route("echo-udp", "echo-udp", ("echo-udp", 7000))
    manifests.gateway(*[listener(name, port, "TCP") for name, port in ports.items()], listener("echo-udp", 7000, "UDP"),
                      addresses=[topology.VIP])
    return sluiced(topology.gateway, "--datapath", request.param)


class Opener(threading.Thread):
    """Opens one connection after another until it is stopped; keeps what failed."""

    def __init__(self, client, address, port):
        super().__init__(daemon=True)
        self.client, self.address, self.port = client, address, port
        self.opened, self.failures, self.over = 0, [], threading.Event()
        self.start()

    def run(self):
        while not self.over.is_set():
            try:
                exchange(self.client, self.address, self.port)
                self.opened += 1
            except OSError as error:
                self.failures.append(repr(error))

    def stop(self):
        self.over.set()
        self.join()
        return self


def started(namespace, *command):
    return subprocess.Popen(namespace.command(*command), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            preexec_fn=die_with_parent)


def test_kill_9_and_restart_under_redis_and_iperf3(node, topology):
    client = topology.client
    bulk = started(client, "iperf3", "--client", topology.VIP, "--time", 7, "--interval", "0.5", "--json",
                   "--bitrate", "400M")
    redis = started(client, "timeout", 60, "redis-benchmark", "-h", topology.VIP, "-c", 8, "-n", 60000, "-t", "set,get",
                    "--csv")
    tcp, udp = client.connect(topology.VIP, 7000), client.connect(topology.VIP, 7000, kind=2)
    assert ping(tcp) and ping(udp)
    opener = Opener(client, topology.VIP, 7000)
    for pause in (0.3, 1.0):  # a second one meets a daemon that has itself adopted
        time.sleep(0.7)
        node.kill()
        until = time.monotonic() + pause
        while time.monotonic() < until:
            assert ping(tcp) and ping(udp), "while no daemon runs"
            assert exchange(client, topology.VIP, 7000) and exchange(client, topology.VIP, 7000, kind=2)
        node.start()
        assert ping(tcp) and ping(udp)
        assert exchange(client, topology.VIP, 7000)
    opener.stop()
    assert not opener.failures and opener.opened > 200, (opener.opened, opener.failures[:5])
    out, _ = redis.communicate(timeout=60)
    assert redis.returncode == 0 and '"GET"' in out, out
    assert "rror" not in out, out
    report, _ = bulk.communicate(timeout=30)
    report = json.loads(report)
    assert "error" not in report, report["error"]
    still = [each["sum"]["start"] for each in report["intervals"] if each["sum"]["bytes"] == 0]
    assert not still, f"nothing moved at {still}"


@pytest.mark.parametrize("node", ["auto", "xdp"], indirect=True)
def test_a_restart_takes_over_what_is_in_force_and_writes_nothing_anew(node, topology):
    links = sorted(os.listdir(f"/sys/fs/bpf/sluice/{node.instance}/v1/links"))
    routes = topology.gateway.run("ip", "route", "show", "table", "all")
    with topology.client.connect(topology.VIP, 7000) as flow:
        assert ping(flow)
        node.kill()
        node.start()
        assert ping(flow)
    assert sorted(os.listdir(f"/sys/fs/bpf/sluice/{node.instance}/v1/links")) == links
    assert topology.gateway.run("ip", "route", "show", "table", "all") == routes
    # What a service has counted goes on from where it was.
    assert node.metrics().value("sluice_l4_connections_total", route="TCPRoute/default/echo", result="established") >= 1


def test_what_went_while_no_daemon_ran_goes_at_the_restart(node, topology, manifests):
    node.kill()
    manifests.gateway(listener("echo", 7000, "TCP"), addresses=[topology.VIP])
    manifests.remove("route-redis")
    node.start()
    assert exchange(topology.client, topology.VIP, 7000)
    with pytest.raises(ConnectionRefusedError):
        topology.client.connect(topology.VIP, 6379)


def test_new_connections_get_through_where_backends_still_hold_forgotten_ones(topology, servers, manifests, sluiced):
    """As after a reboot of the node: its flows are gone, the backends' halves are not."""
    servers.echo(topology.blue, topology.BLUE, 7000)
    manifests.service("echo", 7000, [topology.BLUE])
    manifests.tcp_route("echo", "echo", ("echo", 7000))
    manifests.gateway(listener("echo", 7000, "TCP"), addresses=[topology.VIP])
    flags = ("--snat-ports", "20000-20255")
    node = sluiced(topology.gateway, *flags)
    forgotten = [topology.client.connect(topology.VIP, 7000) for _ in range(150)]
    assert all(ping(flow) for flow in forgotten)
    node.remove()
    for flow in forgotten:
        flow.close()
    sluiced(topology.gateway, *flags)
    # The odds that none of 12 meets a port that is held are one in 39,000.
    for _ in range(12):
        with topology.client.connect(topology.VIP, 7000, timeout=5) as flow:
            assert ping(flow)
