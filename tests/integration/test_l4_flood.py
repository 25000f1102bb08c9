"""A flood of SYNs that never become connections, ten times what the table of half-open flows holds."""
import time

from client import exchange, ping
from l4_kernel import send_frames, syn_frames
from manifests import listener

HALF_OPEN = 8192


def test_flows_outlive_a_flood_of_ten_times_the_half_open_table(topology, servers, manifests, sluiced):
    servers.echo(topology.blue, topology.BLUE, 7000)
    manifests.gateway(listener("echo", 7000, "TCP"), addresses=[topology.VIP])
    manifests.service("echo", 7000, [topology.BLUE])
    manifests.tcp_route("echo", "echo", ("echo", 7000))
    # Answers to clients that do not exist go out by the client's link, as on a router's, and end there.
    topology.gateway.ip(f"route add 198.18.0.0/15 via {topology.CLIENT}")
    node = sluiced(topology.gateway, "--half-open", str(HALF_OPEN))
    flows = [topology.client.connect(topology.VIP, 7000) for _ in range(100)]
    assert all(ping(flow) for flow in flows)
    silent, busy = flows[:50], flows[50:]

    frames = syn_frames(10 * HALF_OPEN, topology.client.mac("eth0"), topology.gateway.mac("wan"), topology.VIP, 7000)
    batch, sent, slow = [], 0, 0
    for number, frame in enumerate(frames, 1):
        batch.append(frame)
        if number % 4096 == 0:
            sent += send_frames(topology.client, "eth0", batch)
            batch.clear()
            begin = time.monotonic()
            assert ping(busy[number // 4096 % 50])
            slow = max(slow, time.monotonic() - begin)
    assert sent == 10 * HALF_OPEN

    metrics = node.metrics()
    opened = metrics.value("sluice_l4_connections_total", result="opened")
    refused = metrics.value("sluice_l4_connections_total", result="refused")
    # The flood was met: each SYN made a half-open flow or found no source port, and was refused.
    assert opened + refused >= 10 * HALF_OPEN, (opened, refused)
    assert metrics.value("sluice_l4_connections_total", result="established") <= 101
    assert all(ping(flow) for flow in silent), "a flow that was silent during the flood"
    assert all(ping(flow) for flow in busy)
    assert slow < 1
    # Ports that the flood holds are taken over once they are a second old.
    time.sleep(1.5)
    assert exchange(topology.client, topology.VIP, 7000).startswith("blue ")
    for flow in flows:
        flow.close()
