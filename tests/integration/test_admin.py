"""What a running node tells: metrics, readiness, configuration, status, explain."""
import json
import os
import re
import signal
import socket

import pytest
from client import exchange, fetch
from manifests import Manifests, listener, rule
from process import wait_until
from sluiced import TOP

METRICS_PORT = 9464


@pytest.fixture(scope="module")
def topology(shared_topology):
    return shared_topology


@pytest.fixture(scope="module")
def manifests(shared_folder):
    return Manifests(os.path.join(shared_folder, "manifests"))


@pytest.fixture(scope="module")
def access_log(shared_folder):
    return os.path.join(shared_folder, "access.log")


@pytest.fixture(scope="module")
def edge(topology, shared_servers, manifests, access_log, shared_sluiced):
    certificate = shared_servers.certificate("shop.example")
    shared_servers.nginx(topology.blue, topology.BLUE, 8080, 8443, certificate)
    shared_servers.nginx(topology.green, topology.GREEN, 8080)
    shared_servers.echo(topology.blue, topology.BLUE, 7000)
    shared_servers.echo(topology.green, topology.GREEN, 7000)
    manifests.gateway(listener("http", 80, "HTTP"), listener("echo", 7000, "TCP"), listener("udp", 7000, "UDP"),
                      listener("https", 8443, "HTTPS", secrets=["shop"]),
                      listener("tls", 443, "TLS", mode="Passthrough"), addresses=[topology.VIP])
    manifests.tls_secret("shop", certificate)
    manifests.service("web", 80, [topology.BLUE, topology.GREEN], target=8080)
    manifests.service("secure", 443, [topology.BLUE], target=8443)
    manifests.service("echo", 7000, [topology.BLUE, topology.GREEN])
    manifests.service("datagrams", 7000, [topology.BLUE], protocol="UDP")
    manifests.http_route("web", "http", rule(("web", 80), name="all"))
    manifests.tcp_route("echo", "echo", ("echo", 7000))
    manifests.udp_route("datagrams", "udp", ("datagrams", 7000))
    manifests.tls_route("secure", "tls", ["shop.example"], ("secure", 443))
    return shared_sluiced(topology.gateway, "--metrics", f"0.0.0.0:{METRICS_PORT}", "--access-log", access_log,
                          manifests=manifests)


def test_metrics_count_what_each_path_carried(edge, topology):
    before = edge.metrics()
    for _ in range(5):
        assert fetch(topology.client, topology.VIP, host="shop.example").status == 200
        exchange(topology.client, topology.VIP, 7000)
        exchange(topology.client, topology.VIP, 7000, kind=socket.SOCK_DGRAM)
        assert fetch(topology.client, topology.VIP, port=443, tls=True, server_name="shop.example").status == 200
    after = edge.metrics()

    def grew(name, **labels):
        return after.value(name, **labels) - before.value(name, **labels)

    assert grew("sluice_http_requests_total", route="HTTPRoute/default/web", rule="all", code_class="2xx",
                method="GET") == 5
    assert grew("sluice_http_request_duration_seconds_count") == 5
    assert grew("sluice_l4_connections_total", route="TCPRoute/default/echo", result="opened") == 5
    assert grew("sluice_l4_connections_total", route="UDPRoute/default/datagrams", result="opened") == 5
    assert grew("sluice_passthrough_connections_total") == 5
    assert grew("sluice_l4_bytes_total") > 5 * 4 * 40
    assert after.value("sluice_build_info") == 1
    assert after.value("sluice_certificate_expiry_timestamp_seconds", secret="default/shop") > 1.7e9
    assert after.value("sluice_config_generation", state="wanted") == edge.generation()


def test_metrics_are_a_valid_exposition(edge, topology):
    """Each family once, with HELP and TYPE before its samples, and no sample twice (Prometheus refuses the scrape)."""
    fetch(topology.client, topology.VIP, host="shop.example")
    exchange(topology.client, topology.VIP, 7000)
    metrics = edge.metrics()
    families = re.findall(r"^# TYPE (\S+) (\S+)$", metrics.text, re.MULTILINE)
    names = [name for name, _ in families]
    assert len(names) == len(set(names)), [name for name in names if names.count(name) > 1]
    seen = [(name, tuple(sorted(labels.items()))) for name, labels, _ in metrics.samples]
    assert len(seen) == len(set(seen)), [one for one in seen if seen.count(one) > 1]
    for name, _, _ in metrics.samples:
        stem = re.sub(r"_(bucket|sum|count)$", "", name)
        assert name in names or stem in names, f"{name} has no TYPE"
    for name, kind in families:
        if name.startswith("sluice_"):
            assert (kind == "counter") == name.endswith("_total"), (name, kind)


def test_every_metric_is_documented(edge, topology):
    fetch(topology.client, topology.VIP, host="shop.example")
    with open(f"{TOP}/docs/operations/metrics.md") as file:
        documented = set(re.findall(r"`((?:sluice|process)_[a-z0-9_]+)", file.read()))
    families = set(re.findall(r"^# TYPE (\S+)", edge.metrics().text, re.MULTILINE))
    assert families - documented == set()


def test_the_tcp_endpoint_serves_who_is_local_what_the_socket_serves(edge, topology):
    for page in ("/metrics", "/healthz", "/readyz", "/config", "/status", "/node"):
        assert fetch(topology.gateway, "127.0.0.1", page, port=METRICS_PORT).status == 200, page
    assert fetch(topology.gateway, "127.0.0.1", "/nothing", port=METRICS_PORT).status == 404


def test_the_tcp_endpoint_shows_others_no_configuration(edge, topology):
    for page, status in (("/metrics", 200), ("/healthz", 200), ("/readyz", 200), ("/config", 403), ("/status", 403)):
        assert fetch(topology.client, topology.GATEWAY_WAN, page, port=METRICS_PORT).status == status, page


def test_config_and_logs_hold_no_private_key(edge):
    model = json.loads(edge.get("/config")[1])
    keys = [resource["key"] for resource in model["resources"] if "key" in resource]
    assert [key["privateKeyPem"] for key in keys] == ["[redacted]"]
    for text in (edge.get("/config")[1], edge.get("/status")[1], edge.process.output()):
        assert "PRIVATE KEY" not in text


def test_the_socket_and_the_saved_model_are_for_the_owner_alone(edge):
    model = f"{edge.state}/{edge.instance}.model"
    wait_until(lambda: os.path.exists(model), "a saved model")
    for path in (edge.socket, model):
        assert os.stat(path).st_mode & 0o777 == 0o600, path


def test_status_counts_generations_of_spec_and_says_programmed(edge, manifests):
    def of(kind, name):
        items = json.loads(edge.get("/status")[1])["items"]
        return next(item for item in items if item["kind"] == kind and item["metadata"]["name"] == name)

    gateway = of("Gateway", "edge")
    programmed = next(one for one in gateway["status"]["conditions"] if one["type"] == "Programmed")
    assert (programmed["status"], programmed["observedGeneration"]) == ("True", 1)
    was = of("HTTPRoute", "web")["metadata"]["generation"]
    assert {one["name"]: one["attachedRoutes"] for one in gateway["status"]["listeners"]} == {
        "http": 1, "echo": 1, "udp": 1, "https": 0, "tls": 1}
    before = edge.generation()
    manifests.http_route("web", "http", rule(("web", 80), name="other"))
    edge.wait_generation(before)
    route = of("HTTPRoute", "web")
    assert route["metadata"]["generation"] == was + 1
    assert {one["observedGeneration"] for one in route["status"]["parents"][0]["conditions"]} == {was + 1}


@pytest.mark.parametrize("question, expected", [
    (["--tcp", "203.0.113.10:7000", "--from", "203.0.113.2:40000"], "default/echo"),
    (["--udp", "203.0.113.10:7000"], "default/datagrams"),
    (["--sni", "shop.example:443"], "default/secure"),
    (["--http", "GET", "http://shop.example/cart"], "default/web"),
])
def test_explain_asks_the_running_node(edge, question, expected):
    assert expected in edge.ctl("explain", *question)


def test_explain_names_the_backend_that_a_flow_then_reaches(edge, topology):
    """The kernel's ring and explain's are one."""
    reached = set()
    for port in range(20000, 20012):
        said = edge.ctl("explain", "--tcp", f"{topology.VIP}:7000", "--from", f"{topology.CLIENT}:{port}", "-o", "json")
        went = exchange(topology.client, topology.VIP, 7000, source=(topology.CLIENT, port)).split()[0]
        assert {"blue": topology.BLUE, "green": topology.GREEN}[went] in json.loads(said)["meaning"], (port, said)
        reached.add(went)
    assert reached == {"blue", "green"}


def test_the_access_log_has_a_line_a_request_and_is_opened_anew_on_sighup(edge, topology, access_log):
    fetch(topology.client, topology.VIP, "/before", host="shop.example")
    wait_until(lambda: os.path.exists(access_log) and "/before" in open(access_log).read(), "the line of /before")
    os.rename(access_log, access_log + ".1")
    edge.process.signal(signal.SIGHUP)
    wait_until(lambda: os.path.exists(access_log), "a new access log")
    fetch(topology.client, topology.VIP, "/after", host="shop.example")
    wait_until(lambda: "/after" in open(access_log).read(), "the line of /after")
    line = json.loads(open(access_log).read().splitlines()[-1])
    assert (line["method"], line["status"]) == ("GET", 200)
    assert "/after" not in open(access_log + ".1").read()
