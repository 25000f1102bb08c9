"""A sluiced's life: start, refusal, restart, kill -9, drain, --dry-run, --remove, two at once."""
import json
import os
import signal
import threading
import time

import pytest
from client import Connection, exchange, fetch, ping, trusting
from manifests import listener, rule
from process import wait_until


@pytest.fixture
def edge(topology, servers, manifests, sluiced):
    """HTTP, TCP and TLS passthrough to blue."""
    servers.nginx(topology.blue, topology.BLUE, 8080, 8443, certificate := servers.certificate("blue.example"))
    servers.echo(topology.blue, topology.BLUE, 7000)
    manifests.gateway(listener("http", 80, "HTTP"), listener("tcp", 7000, "TCP"),
                      listener("tls", 443, "TLS", mode="Passthrough"), addresses=[topology.VIP])
    manifests.service("web", 80, [topology.BLUE], target=8080)
    manifests.service("secure", 443, [topology.BLUE], target=8443)
    manifests.service("echo", 7000, [topology.BLUE])
    manifests.http_route("web", "http", rule(("web", 80)))
    manifests.tcp_route("echo", "tcp", ("echo", 7000))
    manifests.tls_route("secure", "tls", ["blue.example"], ("secure", 443))
    made = sluiced(topology.gateway, start=False)
    made.certificate = certificate
    return made


def footprint(namespace, instance):
    """What a sluiced may leave behind on a node: devices, addresses, routes, rules, tables, neighbours, pins."""
    commands = (("ip", "-o", "link"), ("ip", "-o", "addr"), ("ip", "route", "show", "table", "all"),
                ("ip", "-6", "route", "show", "table", "all"), ("ip", "rule"), ("ip", "-6", "rule"),
                ("nft", "list", "ruleset"), ("ip", "neigh", "show", "proxy"), ("ip", "-6", "neigh", "show", "proxy"),
                ("bpftool", "net", "show"))
    lines = [line for command in commands for line in namespace.run(*command).splitlines()]
    settings = [f"{key} = {namespace.read_sysctl(key)}" for key in SYSCTLS]
    pins = [path for path, _, _ in os.walk("/sys/fs/bpf") if instance in path]
    # Link-layer state and lifetimes come and go by themselves.
    return sorted(line.split(" qdisc ")[0] for line in lines if "lladdr" not in line) + pins + settings


SYSCTLS = ("ipv4.ip_forward", "ipv6.conf.all.forwarding", "ipv4.ip_local_reserved_ports", "ipv4.conf.all.rp_filter",
           "ipv4.conf.all.accept_local", "ipv6.conf.wan.proxy_ndp", "ipv4.conf.wan.arp_notify")


def test_a_first_start_on_a_bad_folder_exits_1_and_names_file_and_line(edge, manifests):
    manifests.write("bad", "apiVersion: gateway.networking.k8s.io/v1\nkind: TCPRoute\nmetadata:\n  name: x\nspec:\n"
                           "  rules: 5\n")
    status, said = edge.run_once()
    assert status == 1
    assert "bad.yaml:6: TCPRoute default/x: spec.rules" in said


def test_a_restart_on_a_bad_folder_serves_the_last_good_model_until_it_is_mended(edge, topology, servers, manifests):
    servers.nginx(topology.green, topology.GREEN, 8080)
    edge.start()
    wait_until(lambda: os.path.exists(f"{edge.state}/{edge.instance}.model"), "a saved model")
    edge.stop()
    manifests.write("bad", "kind: [")
    edge.start()
    assert fetch(topology.client, topology.VIP, host="a").body.startswith("blue ")
    assert exchange(topology.client, topology.VIP, 7000).startswith("blue ")
    assert edge.get("/status")[0] == 503
    manifests.service("web", 80, [topology.GREEN], target=8080)
    manifests.remove("bad")
    edge.wait_generation(0)
    assert fetch(topology.client, topology.VIP, host="a").body.startswith("green ")
    assert edge.get("/status")[0] == 200


def test_kill_9_and_restart_break_no_flow_that_the_kernel_forwards(edge, topology):
    edge.start()
    flows = [topology.client.connect(topology.VIP, 7000) for _ in range(8)]
    assert all(ping(flow) for flow in flows)
    failures, rounds, stop = [], [0], threading.Event()

    def echo():
        while not stop.is_set():
            for number, flow in enumerate(flows):
                if not ping(flow, b"round %d\n" % rounds[0]):
                    failures.append(number)
            rounds[0] += 1
            time.sleep(0.005)

    def opens():
        while not stop.is_set():
            try:
                exchange(topology.client, topology.VIP, 7000)
            except OSError as error:
                failures.append(error)
            time.sleep(0.01)

    threads = [threading.Thread(target=work) for work in (echo, opens)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(2):
            edge.kill()
            time.sleep(0.2)  # nobody is there; the kernel forwards
            edge.start()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failures == []
    assert rounds[0] > 50
    for flow in flows:
        flow.close()
    assert fetch(topology.client, topology.VIP, host="a").status == 200


def test_sigterm_answers_the_request_under_way_and_closes_kept_connections(edge, topology, servers, manifests, folder):
    script = os.path.join(folder, "slow.py")
    with open(script, "w") as file:
        file.write(SLOW_SERVER)
    servers.python(topology.blue, script, topology.BLUE, "9000", wait=(topology.BLUE, 9000))
    manifests.service("web", 80, [topology.BLUE], target=9000)
    edge.start()
    idle = Connection(topology.client, topology.VIP)
    assert idle.request().status == 200
    busy = Connection(topology.client, topology.VIP)
    answers = []
    asking = threading.Thread(target=lambda: answers.append(busy.request(target="/slow")))
    asking.start()
    time.sleep(0.3)
    edge.process.signal(signal.SIGTERM)
    assert idle.closed()
    wait_until(lambda: edge.get("/readyz")[0] == 503, "/readyz 503")
    with pytest.raises(OSError):
        fetch(topology.client, topology.VIP, timeout=1)
    asking.join()
    assert answers[0].status == 200 and answers[0].headers.get("connection") == "close"
    assert edge.process.wait(5) == 0
    assert exchange(topology.client, topology.VIP, 7000).startswith("blue ")  # the kernel forwards on


SLOW_SERVER = """
import http.server, sys, time
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        if self.path == "/slow":
            time.sleep(1)
        self.send_response(200)
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"ok\\n")
http.server.ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Handler).serve_forever()
"""


def test_sigterm_leaves_passthrough_its_drain_timeout(edge, topology):
    edge.flags += ["--drain-timeout", "2"]
    edge.start()
    kept = Connection(topology.client, topology.VIP, 443, tls=trusting(edge.certificate), server_name="blue.example")
    assert kept.request(host="blue.example").status == 200
    begin = time.monotonic()
    edge.process.signal(signal.SIGTERM)
    time.sleep(0.5)
    assert kept.request(host="blue.example").status == 200  # still served while it drains
    assert edge.process.wait(10) == 0
    assert 1.5 < time.monotonic() - begin < 10
    assert kept.closed()


def test_release_vips_gives_the_vip_up_before_it_drains(edge, topology):
    edge.flags += ["--release-vips", "--drain-timeout", "2"]
    edge.start()
    kept = Connection(topology.client, topology.VIP, 443, tls=trusting(edge.certificate), server_name="blue.example")
    assert topology.VIP in topology.gateway.run("ip", "route", "show", "table", "local")
    edge.process.signal(signal.SIGTERM)
    edge.wait_event("draining")
    wait_until(lambda: topology.VIP not in topology.gateway.run("ip", "route", "show", "table", "local"),
               "the VIP's route to go", 1.5)
    assert edge.process.wait(10) == 0
    kept.close()


def test_a_second_sigterm_ends_it_at_once(edge, topology):
    edge.start()
    kept = Connection(topology.client, topology.VIP, 443, tls=trusting(edge.certificate), server_name="blue.example")
    edge.process.signal(signal.SIGTERM)
    edge.wait_event("draining")
    begin = time.monotonic()
    edge.process.signal(signal.SIGTERM)
    assert edge.process.wait(5) == 0
    assert time.monotonic() - begin < 4
    kept.close()


def test_dry_run_says_what_would_be_and_changes_nothing(edge, topology):
    before = footprint(topology.gateway, edge.instance)
    status, said = edge.run_once("--dry-run")
    assert status == 0, said
    assert "wan: " in said and "resources" in said
    assert footprint(topology.gateway, edge.instance) == before
    assert not os.path.exists(edge.state)


def test_dry_run_of_a_bad_folder_exits_1(edge, manifests):
    manifests.write("bad", "kind: [")
    status, said = edge.run_once("--dry-run")
    assert status == 1 and "bad.yaml:" in said


def test_remove_leaves_nothing(edge, topology):
    before = footprint(topology.gateway, edge.instance)
    edge.start()
    assert exchange(topology.client, topology.VIP, 7000).startswith("blue ")
    edge.stop()
    assert footprint(topology.gateway, edge.instance) != before  # the kernel forwards on
    edge.remove()
    assert footprint(topology.gateway, edge.instance) == before
    assert os.listdir(edge.state) == []


def test_remove_of_an_instance_that_runs_is_refused(edge, topology):
    edge.start()
    status, said = edge.run_once("--remove")
    assert status == 1 and "runs already" in said
    assert exchange(topology.client, topology.VIP, 7000).startswith("blue ")


def test_a_second_sluiced_of_one_instance_is_refused(edge):
    edge.start()
    status, said = edge.run_once()
    assert status == 1 and f"runs already (pid {edge.process.pid})" in said
    assert edge.ready()


def test_two_instances_on_two_devices_serve_side_by_side(edge, topology, servers, folder, sluiced):
    from manifests import Manifests
    # A second client network of its own: side (eth1) -- (side) gateway.
    side = topology.namespace("side")
    topology.join(side, "eth0", topology.gateway, "side")
    topology.gateway.ip("addr add 203.0.114.1/24 dev side")
    side.ip("addr add 203.0.114.2/24 dev eth0")
    second = Manifests(os.path.join(folder, "second"))
    second.gateway(listener("tcp", 7100, "TCP"), addresses=["203.0.114.10"])
    second.service("echo", 7100, [topology.BLUE], target=7000)
    second.tcp_route("echo", "tcp", ("echo", 7100))
    edge.flags += ["--device", "wan", "--device", "lan"]
    edge.start()
    other = sluiced(topology.gateway, "--device", "side", "--device", "lan", "--snat-ports", "30000-31999",
                    manifests=second)
    assert exchange(topology.client, topology.VIP, 7000).startswith("blue ")
    assert exchange(side, "203.0.114.10", 7100).startswith("blue ")
    other.remove()
    assert exchange(topology.client, topology.VIP, 7000).startswith("blue ")


def test_what_the_kernel_path_cannot_carry_out_is_a_listener_that_is_not_programmed(edge, topology, manifests):
    """IPv6 clients of IPv4-only backends need the engine's path, which UDP has not."""
    manifests.gateway(listener("http", 80, "HTTP"), listener("udp", 7000, "UDP"), addresses=[topology.VIP6])
    topology.gateway.sysctl(ipv6__conf__all__forwarding=1)  # on-link IPv6 VIPs are answered for by a proxy neighbour
    manifests.service("datagrams", 7000, [topology.BLUE], protocol="UDP")
    manifests.udp_route("datagrams", "udp", ("datagrams", 7000))
    edge.start()
    gateway = next(item for item in json.loads(edge.get("/status")[1])["items"] if item["kind"] == "Gateway")
    programmed = {one["name"]: next(c for c in one["conditions"] if c["type"] == "Programmed")
                  for one in gateway["status"]["listeners"]}
    assert programmed["http"]["status"] == "True"
    assert programmed["udp"]["status"] == "False"
    assert edge.events("not in force") and programmed["udp"]["message"]
    assert edge.metrics().value("sluice_config_refused_resources") > 0
    assert fetch(topology.client, topology.VIP6, host="a").status == 200


def test_a_refusal_ends_when_the_host_can_carry_it_out(edge, topology, servers, manifests):
    def programmed():
        gateway = next(item for item in json.loads(edge.get("/status")[1])["items"] if item["kind"] == "Gateway")
        of = next(one for one in gateway["status"]["listeners"] if one["name"] == "tcp")
        return next(c["status"] for c in of["conditions"] if c["type"] == "Programmed")

    topology.gateway.ip("route add unreachable 192.0.2.0/24")
    topology.blue.ip("addr add 192.0.2.11/32 dev eth0")
    servers.echo(topology.blue, "192.0.2.11", 7000)
    manifests.service("echo", 7000, ["192.0.2.11"])
    edge.start()
    assert programmed() == "False"
    assert edge.metrics().value("sluice_config_refused_resources") > 0
    with pytest.raises(ConnectionRefusedError):
        exchange(topology.client, topology.VIP, 7000)
    before = edge.generation()
    topology.gateway.ip(f"route replace 192.0.2.0/24 via {topology.BLUE}")
    wait_until(lambda: programmed() == "True", "the listener to be programmed")
    assert edge.metrics().value("sluice_config_refused_resources") == 0
    assert edge.generation() == before
    assert exchange(topology.client, topology.VIP, 7000).startswith("blue ")


def test_what_stays_out_of_force_is_logged_once_and_again_when_it_comes_again(edge, topology, manifests):
    def told():
        return [event["reason"] for event in edge.events("not in force")]

    def settled(*endpoints):
        before = edge.generation()
        manifests.service("echo", 7000, endpoints)
        edge.wait_generation(before)

    manifests.service("echo", 7000, [topology.BLUE6])
    edge.start()
    assert len(told()) == 1 and "the other IP family only" in told()[0]
    settled(topology.GREEN6)
    assert len(told()) == 1
    settled(topology.BLUE)
    settled(topology.BLUE6)
    assert len(told()) == 2 and told()[0] == told()[1]


def test_a_notice_is_logged_when_it_comes_and_when_it_comes_again(edge, manifests):
    def told():
        return [event for event in edge.events("manifests") if "Deployment" in event["notice"]]

    deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n"
    edge.start()
    for times in (1, 2):
        manifests.write("deployment", deployment)
        wait_until(lambda times=times: len(told()) == times, f"notice {times}")
        looks = len(edge.events("manifests read"))
        manifests.remove("deployment")
        wait_until(lambda looks=looks: len(edge.events("manifests read")) > looks, "the file's end to be seen")
    assert len(told()) == 2


def test_a_device_with_an_alias_carries_traffic_as_others_do(edge, topology):
    topology.gateway.ip("link set wan alias uplink-to-the-clients")
    edge.start()
    assert any(event["what"].startswith("wan: ") for event in edge.events("datapath"))
    assert exchange(topology.client, topology.VIP, 7000).startswith("blue ")


def test_a_gateway_without_addresses_gets_those_of_the_node(edge, topology, manifests):
    manifests.gateway(listener("http", 80, "HTTP"), listener("tcp", 7000, "TCP"))
    manifests.remove("route-secure")
    edge.flags += ["--device", "wan", "--device", "lan"]
    edge.start()
    for address in (topology.GATEWAY_WAN, topology.GATEWAY_WAN6):
        assert fetch(topology.client, address, host="a").status == 200, address
    assert exchange(topology.client, topology.GATEWAY_WAN, 7000).startswith("blue ")


def test_a_gateway_without_addresses_follows_those_of_the_node(edge, topology, manifests):
    def addresses():
        gateway = next(item for item in json.loads(edge.get("/status")[1])["items"] if item["kind"] == "Gateway")
        return {one["value"] for one in gateway["status"]["addresses"]}

    manifests.gateway(listener("http", 80, "HTTP"), listener("tcp", 7000, "TCP"))
    manifests.remove("route-secure")
    edge.flags += ["--device", "wan", "--device", "lan"]
    edge.start()
    kept = {topology.GATEWAY_LAN, topology.GATEWAY_WAN6, topology.GATEWAY_LAN6}
    assert addresses() == kept | {topology.GATEWAY_WAN}
    with topology.client.connect(topology.GATEWAY_LAN, 7000) as flow:
        assert ping(flow)
        # As a DHCP client does when its lease is another one.
        topology.gateway.ip("addr del 203.0.113.1/24 dev wan", "addr add 203.0.113.77/24 dev wan")
        topology.client.ip("route replace default via 203.0.113.77")
        wait_until(lambda: "203.0.113.77" in addresses(), "the new address")
        assert exchange(topology.client, "203.0.113.77", 7000).startswith("blue ")
        assert fetch(topology.client, "203.0.113.77", host="a").status == 200
        wait_until(lambda: addresses() == kept | {"203.0.113.77"}, "the old address to be given up", timeout=15)
        assert "203.0.113.1 " not in topology.gateway.run("ip", "route", "show", "table", "local")
        assert ping(flow), "a flow on another address goes on"


def test_an_address_that_comes_does_not_hide_that_the_manifests_are_refused(edge, topology, manifests):
    manifests.gateway(listener("http", 80, "HTTP"), listener("tcp", 7000, "TCP"))
    manifests.remove("route-secure")
    edge.flags += ["--device", "wan", "--device", "lan"]
    edge.start()
    manifests.write("broken", "kind: [")
    edge.wait_event("manifests refused")
    before = edge.generation()
    topology.gateway.ip("addr add 203.0.113.77/24 dev wan")
    edge.wait_generation(before)
    assert edge.metrics().value("sluice_config_last_reload_successful") == 0


def test_an_address_flag_names_the_address_of_gateways_without(edge, topology, manifests):
    manifests.gateway(listener("tcp", 7000, "TCP"))
    edge.flags += ["--address", topology.FAR_VIP]
    edge.start()
    assert exchange(topology.client, topology.FAR_VIP, 7000).startswith("blue ")


def test_sluicectl_of_the_same_build_reads_it(edge):
    edge.start()
    assert "edge" in edge.ctl("status")
