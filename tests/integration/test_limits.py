"""What happens at the node's own limits: descriptors run out, many connections are idle."""
import os
import time

import pytest
from client import Connection, fetch
from manifests import listener, rule
from process import wait_until


@pytest.fixture
def edge(topology, servers, manifests, sluiced):
    servers.nginx(topology.blue, topology.BLUE, 8080)
    manifests.gateway(listener("http", 80, "HTTP"), addresses=[topology.VIP])
    manifests.service("web", 80, [topology.BLUE], target=8080)
    manifests.http_route("web", "http", rule(("web", 80)))
    return sluiced(topology.gateway, start=False)


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


@pytest.mark.parametrize("io", ["io_uring", "epoll"])
def test_out_of_descriptors_it_waits_without_turning_in_circles_and_then_serves_on(edge, topology, io):
    edge.flags += ["--io", io]
    edge.start()
    limit = descriptors(edge.process.pid) + 100
    topology.gateway.run("prlimit", "--pid", edge.process.pid, f"--nofile={limit}:{limit}")
    held = [topology.client.connect(topology.VIP, 80) for _ in range(300)]
    wait_until(lambda: descriptors(edge.process.pid) >= limit, "no descriptor left")
    asking = topology.gateway.socket(1)  # AF_UNIX: the admin endpoint has a connection that it cannot take, either
    asking.connect(edge.socket)
    before = cpu_seconds(edge.process.pid)
    time.sleep(1)
    assert cpu_seconds(edge.process.pid) - before < 0.2
    for connection in held:
        connection.close()
    asking.sendall(b"GET /healthz HTTP/1.1\r\nHost: sluice\r\n\r\n")
    assert asking.recv(100).startswith(b"HTTP/1.1 200 ")
    asking.close()
    wait_until(lambda: fetch(topology.client, topology.VIP, host="a").status == 200, "a request that is served")


def test_idle_connections_cost_little_memory(edge, topology):
    """After a request each: what a connection keeps between two is its object, a head's buffer and its answer's."""
    edge.start()
    kept = []

    def resident():
        return edge.metrics().value("process_resident_memory_bytes")

    def more(count):
        for _ in range(count):
            connection = Connection(topology.client, topology.VIP)
            assert connection.request(headers={"Cookie": "x" * 500}).status == 200
            kept.append(connection)

    more(200)
    before = resident()
    more(800)
    assert edge.metrics().value("sluice_l7_client_connections_active") == 1000
    assert (resident() - before) / 800 < 8192
    for connection in kept:
        connection.close()
