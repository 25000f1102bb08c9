"""A flood of SYNs that never become connections, ten times what the table of half-open flows holds: as shipped."""
import time

import pytest
from client import exchange, ping
from l4_kernel import count_entries
from manifests import listener
from syn_flood import SynFlood

HALF_OPEN = 65536  # --half-open, as shipped
TARGETS = range(7000, 7006)  # a backend has 20,000 source ports; these together have more than the table's entries


@pytest.fixture
def served(topology, servers, manifests):
    backends = {topology.BLUE: topology.blue, topology.GREEN: topology.green}
    for number, target in enumerate(TARGETS):
        address = list(backends)[number % 2]
        servers.echo(backends[address], address, target)
        manifests.service(f"echo-{target}", 7000, [address], target=target)
    manifests.gateway(listener("echo", 7000, "TCP"), addresses=[topology.VIP])
    manifests.tcp_route("echo", "echo", *((f"echo-{target}", 7000) for target in TARGETS))
    # Answers to clients that do not exist go out by the client's link, as on a router's, and end there.
    topology.gateway.ip(f"route add 198.18.0.0/15 via {topology.CLIENT}")
    return topology


def flood(node, topology, busy):
    """Until ten times the table's SYNs have come in. Meanwhile the busy flows echo in turn; returns the longest wait."""
    slowest, batches = 0, 0
    with SynFlood(topology.client, "eth0", topology.gateway.mac("wan"), topology.VIP, 7000) as syns:
        while met(node.metrics()) < 10 * HALF_OPEN:
            assert batches < 2 * 10 * HALF_OPEN / syns.clients, "most SYNs do not come in"
            syns.send()
            begin = time.monotonic()
            assert ping(busy[batches % len(busy)])
            slowest = max(slowest, time.monotonic() - begin)
            batches += 1
    return slowest


def met(metrics):
    """SYNs that made a half-open flow, or found no source port and were refused."""
    return sum(metrics.value("sluice_l4_connections_total", result=result) for result in ("opened", "refused"))


@pytest.mark.parametrize("datapath", ["auto", "xdp"])
def test_flows_outlive_a_flood_of_ten_times_the_half_open_table(served, sluiced, datapath):
    topology, hook = served, "xdp" if datapath == "xdp" else "tc"
    if hook == "xdp":
        topology.receive_xdp()
    node = sluiced(topology.gateway, "--datapath", datapath)
    assert node.metrics().value("sluice_map_capacity", map="half_open") == 2 * HALF_OPEN  # both families
    flows = [topology.client.connect(topology.VIP, 7000) for _ in range(100)]
    assert all(ping(flow) for flow in flows)
    silent, busy = flows[:50], flows[50:]

    slowest = flood(node, topology, busy)
    metrics, entries = node.metrics(), count_entries(node.instance, "half4")
    # The flood was met by the hook in question, it has filled the table and has pushed out nine in ten of its own.
    assert metrics.value("sluice_hook_packets_total", hook=hook, result="forwarded") >= 10 * HALF_OPEN
    assert 0.98 * HALF_OPEN < entries <= HALF_OPEN
    assert metrics.value("sluice_l4_connections_total", result="opened") > 9 * HALF_OPEN
    assert metrics.value("sluice_l4_connections_total", result="established") == len(flows)
    assert all(ping(flow) for flow in silent), "a flow that was silent during the flood"
    assert all(ping(flow) for flow in busy)
    assert slowest < 3
    # Nobody waits until the flood's entries are over: a new flow takes a port of theirs, or one that is free.
    assert exchange(topology.client, topology.VIP, 7000).split()[0] in ("blue", "green")
    for flow in flows:
        flow.close()
