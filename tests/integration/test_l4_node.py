"""What a node makes of its own network: forwarding that is off, source addresses of its own, devices that come later."""
import os

import pytest
from client import exchange, reset
from manifests import Manifests, listener
from process import wait_until


def serve(topology, servers, manifests, addresses):
    for address in (topology.BLUE, topology.BLUE6):
        servers.echo(topology.blue, address, 7000)
    manifests.gateway(listener("echo", 7000, "TCP"), addresses=addresses)
    manifests.service("echo", 7000, [topology.BLUE, topology.BLUE6])
    manifests.tcp_route("echo", "echo", ("echo", 7000))


def test_ipv4_works_with_ip_forward_0_and_ipv6_is_refused_by_name_until_it_forwards(topology, servers, manifests, sluiced):
    serve(topology, servers, manifests, [topology.VIP, topology.FAR_VIP6])
    node = sluiced(topology.gateway)
    assert topology.gateway.read_sysctl("ipv4.ip_forward") == "0"
    assert exchange(topology.client, topology.VIP, 7000).startswith("blue ")
    assert reset(topology.client, topology.FAR_VIP6, 7000)
    refusal = node.wait_event("not in force")
    assert "net.ipv6.conf.all.forwarding is 0" in refusal["reason"] and topology.BLUE6 in refusal["reason"]
    topology.gateway.sysctl(ipv6__conf__all__forwarding=1)
    node.kill()
    node.start()
    assert exchange(topology.client, topology.FAR_VIP6, 7000).startswith("blue ")


def test_an_on_link_ipv6_vip_where_the_node_does_not_route_is_reported_by_name(topology, servers, manifests, sluiced):
    serve(topology, servers, manifests, [topology.VIP6])
    refusal = sluiced(topology.gateway).wait_event("not in force")
    assert "net.ipv6.conf.wan.forwarding is 0" in refusal["reason"] or "all.forwarding is 0" in refusal["reason"]


@pytest.mark.parametrize("where", ["all", "wan"])
def test_an_on_link_ipv4_vip_that_arp_ignore_hides_is_reported_by_name(topology, servers, manifests, sluiced, where):
    topology.gateway.sysctl(**{f"ipv4__conf__{where}__arp_ignore": 1})
    serve(topology, servers, manifests, [topology.VIP, topology.FAR_VIP])
    node = sluiced(topology.gateway)
    refusal = node.wait_event("not in force")
    assert f"{topology.VIP}: net.ipv4.conf.{where}.arp_ignore is 1" in refusal["reason"]
    assert len(node.events("not in force")) == 1, "the VIP that is routed here needs no ARP"
    assert exchange(topology.client, topology.FAR_VIP, 7000).startswith("blue ")


def test_settings_are_put_back_by_remove(topology, servers, manifests, sluiced):
    topology.gateway.sysctl(ipv4__ip_local_reserved_ports="8080,12000-12010")
    serve(topology, servers, manifests, [topology.VIP])
    node = sluiced(topology.gateway)
    read = topology.gateway.read_sysctl
    assert read("ipv4.ip_local_reserved_ports") == "8080,10000-29999"
    assert read("ipv4.conf.wan.forwarding") == "1"
    node.remove()
    assert read("ipv4.ip_local_reserved_ports") == "8080,12000-12010"
    assert read("ipv4.conf.wan.forwarding") == "0"


def test_a_source_address_of_its_own_needs_no_interface(topology, servers, manifests, sluiced):
    serve(topology, servers, manifests, [topology.VIP])
    sluiced(topology.gateway, "--snat-address", "198.51.100.99", "--snat-ports", "20000-20999")
    for _ in range(5):
        name, source, port = exchange(topology.client, topology.VIP, 7000).split()
        assert (name, source) == ("blue", "198.51.100.99") and 20000 <= int(port) <= 20999


@pytest.mark.parametrize("ports", ["1024-65535", "32768-60999"])
def test_snat_ports_that_leave_local_sockets_none_are_refused_by_name_before_anything_is_changed(topology, servers,
                                                                                                 manifests, sluiced, ports):
    serve(topology, servers, manifests, [topology.VIP])
    node = sluiced(topology.gateway, "--snat-ports", ports, start=False)
    reason = f"--snat-ports {ports}: leaves 0 of the ports 32768-60999 (net.ipv4.ip_local_port_range)"
    for more in ((), ("--dry-run",)):
        status, said = node.run_once(*more)
        assert status == 1 and reason in said and "such as 10000-29999" in said, said
    assert topology.gateway.read_sysctl("ipv4.ip_local_reserved_ports") == ""
    assert not os.path.exists(f"/sys/fs/bpf/sluice/{node.instance}")


def test_a_listener_s_port_may_lie_among_the_snat_ports(topology, servers, manifests, sluiced):
    """On the very address that backends are spoken to from."""
    servers.echo(topology.blue, topology.BLUE, 7000)
    ports = range(20000, 20064)  # a quarter of them all
    manifests.gateway(*[listener(f"echo-{port}", port, "TCP") for port in ports], addresses=[topology.GATEWAY_LAN])
    manifests.service("echo", 7000, [topology.BLUE])
    manifests.write("route", {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "TCPRoute",
                              "metadata": {"name": "echo"},
                              "spec": {"parentRefs": [{"name": "edge"}],
                                       "rules": [{"backendRefs": [{"name": "echo", "port": 7000}]}]}})
    sluiced(topology.gateway, "--snat-ports", "20000-20255")
    sources = [int(exchange(topology.client, topology.GATEWAY_LAN, port).split()[2]) for port in [*ports, *ports]]
    assert set(sources) & set(ports), "no flow left from a listener's port"


def test_a_device_that_comes_later_serves_too_and_one_that_comes_back(topology, servers, manifests, sluiced):
    serve(topology, servers, manifests, [topology.VIP, "192.0.2.10"])
    node = sluiced(topology.gateway)
    late = topology.namespace("late")
    for _ in range(2):
        topology.join(late, "eth0", topology.gateway, "wan2")
        topology.gateway.ip("addr add 100.100.0.1/24 dev wan2")
        late.ip("addr add 100.100.0.2/24 dev eth0", "route add default via 100.100.0.1")
        wait_until(lambda: node.metrics().series("sluice_xdp_mode", device="wan2"), "wan2 attached")
        assert exchange(late, "192.0.2.10", 7000).startswith("blue ")
        late.ip("link del eth0")
        wait_until(lambda: not node.metrics().series("sluice_xdp_mode", device="wan2"), "wan2 forgotten")
    assert exchange(topology.client, topology.VIP, 7000).startswith("blue ")


def test_a_named_device_that_is_gone_keeps_no_other_from_coming_back_and_is_told_of(topology, servers, manifests, sluiced):
    serve(topology, servers, manifests, [topology.VIP])
    side = topology.namespace("side")
    topology.join(side, "eth0", topology.gateway, "side")
    node = sluiced(topology.gateway, "--device", "wan", "lan", "side", "wan")
    assert [event["what"].split(":")[0] for event in node.events("datapath")][:3] == ["wan", "lan", "side"]
    side.ip("link del eth0")
    wait_until(lambda: node.get("/readyz")[0] == 503, "side missed")
    assert "--device side: there is no such device" in node.get("/readyz")[1]
    topology.client.ip("link del eth0")
    wait_until(lambda: not node.metrics().series("sluice_xdp_mode", device="wan"), "wan forgotten")
    topology.join(topology.client, "eth0", topology.gateway, "wan")
    topology.gateway.ip(f"addr add {topology.GATEWAY_WAN}/24 dev wan")
    topology.client.ip(f"addr add {topology.CLIENT}/24 dev eth0")
    wait_until(lambda: node.metrics().series("sluice_xdp_mode", device="wan"), "wan attached")
    assert exchange(topology.client, topology.VIP, 7000).startswith("blue ")
    topology.join(side, "eth0", topology.gateway, "side")
    wait_until(lambda: node.get("/readyz")[0] == 200, "side back")


def test_an_open_flow_follows_its_backend_to_another_mac(topology, servers, manifests, sluiced):
    serve(topology, servers, manifests, [topology.VIP])
    sluiced(topology.gateway)
    with topology.client.connect(topology.VIP, 7000) as flow:
        flow.sendall(b"before")
        assert flow.recv(100) == b"before"
        topology.blue.ip("link set eth0 down", "link set eth0 address 02:00:00:00:be:ef", "link set eth0 up")
        # The host learns it as it does for itself: by ARP, here at once.
        topology.gateway.ip("neigh flush dev lan")
        flow.settimeout(4)
        flow.sendall(b"after")
        assert flow.recv(100) == b"after"


def second_instance(topology, folder, address):
    """Another instance on the same node, by the client's link alone; the first keeps the rest."""
    other = Manifests(os.path.join(folder, "second"))
    other.gateway(listener("echo", 7001, "TCP"), addresses=[address])
    other.service("echo", 7000, [topology.BLUE])
    other.tcp_route("echo", "echo", ("echo", 7000))
    return other


def test_of_two_instances_the_last_to_be_removed_puts_settings_back(topology, folder, servers, manifests, sluiced):
    read = topology.gateway.read_sysctl
    topology.gateway.sysctl(ipv4__ip_local_reserved_ports="8080,12000-12010")
    serve(topology, servers, manifests, [topology.VIP])
    first = sluiced(topology.gateway, "--device", "wan", "lan")
    second = sluiced(topology.gateway, "--device", "wan", "lan", "--snat-ports", "20000-39999",
                     manifests=second_instance(topology, folder, topology.FAR_VIP))
    assert read("ipv4.ip_local_reserved_ports") == "8080,10000-39999"
    first.remove()
    assert read("ipv4.ip_local_reserved_ports") == "8080,12000-12010,20000-39999"
    assert read("ipv4.conf.wan.forwarding") == "1", "the second instance needs it, too"
    assert exchange(topology.client, topology.FAR_VIP, 7001).startswith("blue ")
    second.remove()
    assert read("ipv4.ip_local_reserved_ports") == "8080,12000-12010"
    assert read("ipv4.conf.wan.forwarding") == "0"


@pytest.mark.parametrize("end", ["removed", "no longer serves it"])
def test_a_vip_of_two_instances_stays_with_the_other(topology, folder, servers, manifests, sluiced, end):
    topology.gateway.sysctl(ipv6__conf__all__forwarding=1)
    side = topology.namespace("side")
    topology.join(side, "eth0", topology.gateway, "side")
    topology.gateway.ip("addr add 203.0.114.1/24 dev side")
    side.ip("addr add 203.0.114.2/24 dev eth0", "route add default via 203.0.114.1")

    def held():
        return (topology.FAR_VIP in topology.gateway.run("ip", "route", "show", "table", "local", "proto", "83"),
                topology.VIP6 in topology.gateway.run("ip", "-6", "neigh", "show", "proxy"))

    serve(topology, servers, manifests, [topology.FAR_VIP, topology.VIP6])
    both = second_instance(topology, folder, topology.FAR_VIP)
    both.gateway(listener("echo", 7001, "TCP"), addresses=[topology.FAR_VIP, topology.VIP6])
    first = sluiced(topology.gateway, "--device", "wan", "lan")
    second = sluiced(topology.gateway, "--device", "side", "lan", "--snat-ports", "30000-31999", manifests=both)
    assert exchange(topology.client, topology.FAR_VIP, 7000).startswith("blue ")
    assert exchange(side, topology.FAR_VIP, 7001).startswith("blue ")
    if end == "removed":
        first.remove()
    else:
        before = first.generation()
        manifests.gateway(listener("echo", 7000, "TCP"), addresses=[topology.VIP])
        first.wait_generation(before)
    assert held() == (True, True), "the second instance needs them"
    assert exchange(side, topology.FAR_VIP, 7001).startswith("blue ")
    second.remove()
    assert held() == (False, False)


def test_an_instance_elsewhere_on_the_host_keeps_nothing_here(topology, pods, servers, manifests, sluiced):
    serve(topology, servers, manifests, [topology.VIP])
    node, elsewhere = sluiced(topology.gateway), sluiced(pods.gateway)
    node.remove()
    assert topology.gateway.read_sysctl("ipv4.ip_local_reserved_ports") == ""
    assert pods.gateway.read_sysctl("ipv4.ip_local_reserved_ports") == "10000-29999"
    elsewhere.remove()


MASQUERADE = """table ip other {
  chain post { type nat hook postrouting priority srcnat; ip daddr 10.0.0.0/8 masquerade; }
}"""


def test_somebody_elses_masquerade_is_warned_of_where_we_have_no_address_of_our_own(topology, servers, manifests, sluiced):
    serve(topology, servers, manifests, [topology.VIP])
    node = sluiced(topology.gateway, start=False)
    assert "warning:" not in node.run_once("--dry-run")[1]
    topology.gateway.run("nft", "-f", "-", text_in=MASQUERADE)
    assert "nftables table other" in node.run_once("--dry-run")[1]
    warnings = [event["what"] for event in node.start().events("datapath") if event["level"] == "warning"]
    assert len(warnings) == 1 and "--snat-address" in warnings[0]
    node.remove()
    alone = sluiced(topology.gateway, "--snat-address", "198.51.100.99,2001:db8:9::99")
    assert [event for event in alone.events("datapath") if event["level"] == "warning"] == []


def test_a_family_that_snat_address_leaves_out_is_warned_of_where_the_node_speaks_it(topology, servers, manifests, sluiced):
    serve(topology, servers, manifests, [topology.VIP])
    node = sluiced(topology.gateway, "--snat-address", "198.51.100.99", start=False)
    assert "warning: --snat-address names no IPv6 address" in node.run_once("--dry-run")[1]
    for device, prefix in (("wan", topology.GATEWAY_WAN6), ("lan", topology.GATEWAY_LAN6)):
        topology.gateway.ip(f"addr del {prefix}/64 dev {device}")
    assert "warning:" not in node.run_once("--dry-run")[1]


def test_shared_xdp_leaves_no_folder_behind(topology, servers, manifests, sluiced):
    topology.receive_xdp()
    serve(topology, servers, manifests, [topology.VIP])
    before = os.path.isdir("/sys/fs/bpf/xdp")
    node = sluiced(topology.gateway, "--datapath", "xdp", "--xdp", "shared")
    assert node.metrics().series("sluice_xdp_mode", device="wan", mode="shared")
    assert exchange(topology.client, topology.VIP, 7000).startswith("blue ")
    node.remove()
    assert os.path.isdir("/sys/fs/bpf/xdp") == before or os.listdir("/sys/fs/bpf/xdp") != []
    assert "xdp" not in topology.gateway.run("ip", "link", "show", "dev", "wan")


def test_a_restart_with_another_way_to_attach_xdp_leaves_one_program(topology, servers, manifests, sluiced):
    topology.receive_xdp()
    serve(topology, servers, manifests, [topology.VIP])

    def attached():
        return "prog/xdp" in topology.gateway.run("ip", "link", "show", "dev", "wan")

    ways = [
        ("xdp", "shared", "shared"),
        ("xdp", "own", "native"),
        ("xdp", "shared", "shared"),
        ("tc", "own", "none"),
    ]
    node = None
    for datapath, how, mode in ways:
        flags = ["--datapath", datapath, "--xdp", how]
        if node is None:
            node = sluiced(topology.gateway, *flags)
        else:
            node.flags = flags
            node.start()
        assert node.metrics().series("sluice_xdp_mode", device="wan", mode=mode), (datapath, how)
        assert exchange(topology.client, topology.VIP, 7000).startswith("blue ")
        assert attached() == (datapath == "xdp"), (datapath, how)
        node.stop()
    node.remove()
