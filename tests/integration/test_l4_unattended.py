"""A node whose sluiced is gone: who asks for a VIP of it is answered by the kernel alone, in a cluster for as long as its
Lease lasts and no longer."""
import os
import subprocess
import time

import pytest
from manifests import listener
from process import wait_until

LEASE = 5  # seconds, of a node


def asks(client, vip):
    """Whether a neighbour that does not know the VIP yet reaches it."""
    client.ip("neigh flush dev eth0")
    return subprocess.run(client.command("ping", "-c", "1", "-W", "1", vip), capture_output=True, check=False).returncode == 0


@pytest.fixture
def vips(topology, manifests):
    topology.gateway.sysctl(ipv6__conf__all__forwarding=1)
    manifests.gateway(listener("echo", 7000, "TCP"), addresses=[topology.VIP, topology.VIP6])
    manifests.service("echo", 7000, [topology.BLUE, topology.BLUE6])
    manifests.tcp_route("echo", "echo", ("echo", 7000))
    return [topology.VIP, topology.VIP6]


class Member:
    """The same instance as a node of a cluster whose controller and API server are away: it serves the saved model."""

    def __init__(self, node, folder):
        self.node = node
        self.kubeconfig = os.path.join(folder, "kubeconfig")
        with open(self.kubeconfig, "w") as file:
            file.write("apiVersion: v1\nkind: Config\ncurrent-context: away\n"
                       "clusters: [{name: away, cluster: {server: 'https://127.0.0.1:1'}}]\n"
                       "users: [{name: away, user: {token: none}}]\n"
                       "contexts: [{name: away, context: {cluster: away, user: away}}]\n")

    def start(self):
        stand_alone = self.node.words

        def words(*more):
            plain = stand_alone(*more)
            at = plain.index("--manifests")
            return [*plain[:at], "--controller", "127.0.0.1:1", "--node", "n", "--namespace", "sluice-system",
                    "--kubeconfig", self.kubeconfig, *plain[at + 2:]]
        self.node.words = words
        self.node.start()
        self.node.words = stand_alone


def test_stand_alone_the_kernel_answers_for_a_vip_whatever_happens(topology, vips, sluiced):
    node = sluiced(topology.gateway)
    node.kill()
    time.sleep(LEASE + 2)
    for vip in vips:
        wait_until(lambda asked=vip: asks(topology.client, asked), f"{vip} is not answered for", timeout=30)


def test_in_a_cluster_nobody_is_answered_once_the_lease_is_over(topology, vips, sluiced, folder):
    node = sluiced(topology.gateway)
    saved = os.path.join(node.state, f"{node.instance}.model")
    wait_until(lambda: os.path.exists(saved), "the saved model", timeout=20)
    node.kill()
    member = Member(node, folder)
    member.start()
    for vip in vips:
        wait_until(lambda asked=vip: asks(topology.client, asked), f"{vip}: it holds what was set up", timeout=30)
    node.kill()
    time.sleep(LEASE)  # until then it may be answered, and one ping that is lost would say nothing
    for vip in vips:
        wait_until(lambda asked=vip: not asks(topology.client, asked), f"{vip} is still answered for", timeout=30)
    time.sleep(1)
    assert not any(asks(topology.client, vip) for vip in vips), "and so it stays"
    # Without a cluster there is nobody else: it answers again.
    node.start()
    for vip in vips:
        wait_until(lambda asked=vip: asks(topology.client, asked), f"{vip} is not answered for", timeout=30)
    assert node.metrics().value("sluice_drops_total", reason="unattended", stage="hook") >= len(vips)
