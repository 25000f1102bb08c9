"""kill -9 and restart under load: redis' own benchmark and iperf3 neither fail nor pause."""
import json
import os
import subprocess
import time

import pytest

from client import exchange, ping
from manifests import listener
from netns import die_with_parent


@pytest.fixture
def node(topology, servers, manifests, sluiced):
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
    return sluiced(topology.gateway)


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
    out, _ = redis.communicate(timeout=60)
    assert redis.returncode == 0 and '"GET"' in out, out
    assert "rror" not in out, out
    report, _ = bulk.communicate(timeout=30)
    report = json.loads(report)
    assert "error" not in report, report["error"]
    still = [each["sum"]["start"] for each in report["intervals"] if each["sum"]["bytes"] == 0]
    assert not still, f"nothing moved at {still}"


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
    assert node.metrics().value("sluice_l4_connections_total", route="TCPRoute default/echo", result="established") >= 1


def test_what_went_while_no_daemon_ran_goes_at_the_restart(node, topology, manifests):
    node.kill()
    manifests.gateway(listener("echo", 7000, "TCP"), addresses=[topology.VIP])
    manifests.remove("route-redis")
    node.start()
    assert exchange(topology.client, topology.VIP, 7000)
    with pytest.raises(ConnectionRefusedError):
        topology.client.connect(topology.VIP, 6379)
