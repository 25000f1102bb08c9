"""sluiced with no more than it says it needs, and with less."""
import os

import pytest
from client import exchange, fetch
from manifests import listener, rule

NEEDED = ["bpf", "net_admin", "perfmon"]


def with_capabilities(names):
    """setpriv, still root by uid, with these capabilities and no way to get others."""
    listed = ",".join(["-all"] + [f"+{name}" for name in names])
    return ["setpriv", f"--bounding-set={listed}", "--inh-caps=-all", "--no-new-privs", "--"]


@pytest.fixture
def edge(topology, servers, manifests, sluiced):
    servers.nginx(topology.blue, topology.BLUE, 8080)
    servers.echo(topology.blue, topology.BLUE, 7000)
    manifests.gateway(listener("http", 80, "HTTP"), listener("echo", 7000, "TCP"), listener("udp", 7000, "UDP"),
                      addresses=[topology.VIP])
    manifests.service("web", 80, [topology.BLUE], target=8080)
    manifests.service("echo", 7000, [topology.BLUE])
    manifests.service("datagrams", 7000, [topology.BLUE], protocol="UDP")
    manifests.http_route("web", "http", rule(("web", 80)))
    manifests.tcp_route("echo", "echo", ("echo", 7000))
    manifests.udp_route("datagrams", "udp", ("datagrams", 7000))
    return sluiced(topology.gateway, start=False)


def serves(topology):
    assert fetch(topology.client, topology.VIP, host="a").status == 200
    assert exchange(topology.client, topology.VIP, 7000).startswith("blue ")


@pytest.mark.parametrize("extra", [[], ["net_raw"]], ids=["without NET_RAW", "with NET_RAW"])
def test_bpf_net_admin_and_perfmon_are_enough_to_start_serve_and_restart(edge, topology, extra):
    edge.wrapper = with_capabilities(NEEDED + extra)
    edge.start()
    serves(topology)
    edge.kill()
    edge.start()  # adopts what is pinned
    serves(topology)
    assert bool(edge.events("VIPs are not announced")) == (not extra)


@pytest.mark.parametrize("missing", NEEDED)
def test_a_missing_capability_is_named_and_nothing_is_changed(edge, missing):
    edge.wrapper = with_capabilities([name for name in NEEDED if name != missing])
    status, said = edge.run_once()
    assert status == 1
    assert f"missing CAP_{missing.upper()}" in said and "deploy/systemd/sluiced.service" in said


def test_a_start_as_root_gives_up_what_it_does_not_need(edge, topology):
    edge.start()
    serves(topology)
    with open(f"/proc/{edge.process.pid}/status") as file:
        fields = dict(line.split(":", 1) for line in file)
    # CAP_NET_ADMIN 12, CAP_NET_RAW 13, CAP_PERFMON 38, CAP_BPF 39
    assert int(fields["CapEff"], 16) == 1 << 12 | 1 << 13 | 1 << 38 | 1 << 39
    assert int(fields["CapPrm"], 16) == int(fields["CapEff"], 16)
    assert fields["NoNewPrivs"].strip() == "1"


def test_every_thread_is_denied_the_system_calls_that_sluiced_never_uses(edge, topology):
    edge.start()
    serves(topology)
    assert not edge.events("system calls are not restricted")
    threads = os.listdir(f"/proc/{edge.process.pid}/task")
    assert len(threads) > 2  # the workers, too
    for thread in threads:
        with open(f"/proc/{edge.process.pid}/task/{thread}/status") as file:
            fields = dict(line.split(":", 1) for line in file)
        assert fields["Seccomp"].strip() == "2", fields["Name"]  # a filter
