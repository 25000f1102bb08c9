"""HTTP/2 as real clients speak it: by prior knowledge beside HTTP/1.1 on one port, by ALPN, to backends of both."""
import hashlib
import json
import os
import subprocess

import pytest
from manifests import listener, rule
from process import wait_until


class Edge:
    """nginx blue speaks HTTP/1.1, nginx green HTTP/2 alone; a path each, on a clear and a TLS listener."""

    def __init__(self, topology, servers, manifests, sluiced, *flags, location=""):
        self.topology = topology
        servers.nginx(topology.blue, topology.BLUE, location=location)
        servers.nginx(topology.green, topology.GREEN, location=location, http2=True)
        self.certificate = servers.certificate("shop.example")
        manifests.tls_secret("shop", self.certificate)
        manifests.gateway(listener("http", 80, "HTTP"), listener("https", 443, "HTTPS", secrets=["shop"]),
                          addresses=[topology.VIP, topology.FAR_VIP6])
        manifests.service("blue", 80, [topology.BLUE], target=8080)
        manifests.service("green", 80, [topology.GREEN], target=8080, app_protocol="kubernetes.io/h2c")
        for section in ("http", "https"):
            manifests.http_route(f"web-{section}", section, rule(("blue", 80), path="/blue"),
                                 rule(("green", 80), path="/green"))
        self.sluiced = sluiced(topology.gateway, *flags)

    def curl(self, *arguments, tls=False):
        place = ("--cacert", self.certificate.file, "--resolve", f"shop.example:443:{self.topology.VIP}") if tls else \
                ("--resolve", f"shop.example:80:{self.topology.VIP}")
        return self.topology.client.run("curl", "-sS", "--max-time", 10, *place, *arguments)

    def url(self, path, tls=False):
        return f"{'https' if tls else 'http'}://shop.example{path}"


@pytest.fixture
def edge(topology, servers, manifests, sluiced):
    return Edge(topology, servers, manifests, sluiced)


@pytest.mark.parametrize("version", ["--http1.1", "--http2-prior-knowledge"])
@pytest.mark.parametrize("backend", ["blue", "green"])
def test_all_four_combinations_work_on_one_port(edge, version, backend):
    url = edge.url(f"/{backend}/x?y=1")
    spoken = "1.1" if version == "--http1.1" else "2"
    for _ in range(2):  # curl 7.88 cannot use such a connection again; nghttp and h2load below do
        said = edge.curl(version, "-w", " %{http_version}", url)
        assert said == f"{backend} GET /{backend}/x?y=1 shop.example\n {spoken}"


@pytest.mark.parametrize("backend", ["blue", "green"])
def test_alpn_gives_http_2_to_whom_asks(edge, backend):
    for version, spoken in (("--http2", "2"), ("--http1.1", "1.1")):
        said = edge.curl(version, "-w", " %{http_version}", edge.url(f"/{backend}", tls=True), tls=True)
        assert said == f"{backend} GET /{backend} shop.example\n {spoken}"


def test_a_name_of_another_listener_is_misdirected(topology, servers, manifests, sluiced):
    servers.nginx(topology.blue, topology.BLUE)
    certificate = servers.certificate("one.example", "two.example")
    manifests.tls_secret("both", certificate)
    manifests.gateway(*(listener(name, 443, "HTTPS", hostname=f"{name}.example", secrets=["both"])
                        for name in ("one", "two")), addresses=[topology.VIP])
    manifests.service("blue", 80, [topology.BLUE], target=8080)
    for name in ("one", "two"):
        manifests.http_route(name, name, rule(("blue", 80)))
    sluiced(topology.gateway)

    def status(version, host):
        return topology.client.run("curl", "-sS", "-o", "/dev/null", "-w", "%{http_version} %{http_code}", "--max-time", 10,
                                   "--cacert", certificate.file, "--resolve", f"one.example:443:{topology.VIP}", version,
                                   "-H", f"Host: {host}", "https://one.example/")

    for version, spoken in (("--http2", "2"), ("--http1.1", "1.1")):
        assert status(version, "one.example") == f"{spoken} 200"
        assert status(version, "two.example") == f"{spoken} 421"
        assert status(version, "three.example") == f"{spoken} 404"


def test_nghttp_multiplexes_and_sees_no_error(edge):
    urls = [f"http://{edge.topology.VIP}/{backend}/{i}" for backend in ("blue", "green") for i in range(20)]
    said = edge.topology.client.run("nghttp", "-nsv", "-t", 5, *urls)
    assert said.count("END_STREAM") >= 2 * len(urls)
    assert "RST_STREAM" not in said
    assert edge.sluiced.metrics().value("sluice_l7_client_http2_streams_total") == len(urls)


@pytest.mark.parametrize("backend", ["blue", "green"])
def test_h2load_gets_every_answer(edge, backend):
    said = edge.topology.client.run("h2load", "-n", 2000, "-c", 4, "-m", 50, f"http://{edge.topology.VIP}/{backend}")
    assert "2000 succeeded, 0 failed, 0 errored, 0 timeout" in said
    assert "status codes: 2000 2xx" in said


def test_one_connection_a_worker_carries_what_h2load_sends(topology, servers, manifests, sluiced):
    edge = Edge(topology, servers, manifests, sluiced, "--workers", "1")
    edge.topology.client.run("h2load", "-n", 500, "-c", 1, "-m", 20, f"http://{edge.topology.VIP}/green")
    metrics = edge.sluiced.metrics()
    assert metrics.value("sluice_l7_upstream_http2_streams_total") == 500
    assert metrics.value("sluice_l7_upstream_connects_total") == 1


@pytest.mark.parametrize("backend", ["blue", "green"])
@pytest.mark.parametrize("version", ["--http1.1", "--http2-prior-knowledge"])
def test_bodies_come_whole_both_ways(topology, servers, manifests, sluiced, folder, backend, version):
    upload, stored = os.path.join(folder, "upload"), os.path.join(folder, "stored")
    for name in ("blue", "green"):
        os.makedirs(os.path.join(stored, name))
        os.chmod(os.path.join(stored, name), 0o777)
    with open(upload, "wb") as file:
        file.write(os.urandom(10_000_000))
    edge = Edge(topology, servers, manifests, sluiced,
                location=f"root {stored}; dav_methods PUT; client_max_body_size 0; }} location /unused {{")
    url = f"http://{topology.VIP}/{backend}/file"
    edge.topology.client.run("curl", "-sSf", "--max-time", 20, version, "-T", upload, url)
    fetched = subprocess.run(topology.client.command("curl", "-sSf", "--max-time", "20", version, url),
                             capture_output=True, timeout=30, check=True).stdout
    with open(upload, "rb") as file:
        assert hashlib.sha256(fetched).digest() == hashlib.sha256(file.read()).digest()


def test_the_access_log_says_http_2(topology, servers, manifests, sluiced, folder):
    log = os.path.join(folder, "access.log")
    edge = Edge(topology, servers, manifests, sluiced, "--access-log", log)
    edge.curl("--http2-prior-knowledge", edge.url("/green"))
    edge.curl("--http2", edge.url("/blue", tls=True), tls=True)

    def lines():
        if not os.path.exists(log):
            return None
        with open(log) as file:
            read = file.read().splitlines()
        return [json.loads(line) for line in read] if len(read) == 2 else None

    first, second = sorted(wait_until(lines, "two lines"), key=lambda line: line.get("tls", False))
    assert (first["protocol"], first["status"], first["reason"]) == ("HTTP/2", 200, "forwarded")
    assert (second["protocol"], second["tls"], second["backend"]) == ("HTTP/2", True, "default/blue:80/tcp")


def test_explain_says_what_is_spoken_to_the_backend(edge, manifests):
    said = edge.topology.gateway.run(os.path.join(os.environ["SLUICE_BIN"], "sluicectl"), "explain", "--http", "GET",
                                     f"http://{edge.topology.VIP}/green", "-f", manifests.path)
    assert "by HTTP/2" in said


@pytest.mark.parametrize("backend", ["blue", "green"])
def test_what_has_begun_is_finished_when_sluiced_stops(topology, servers, manifests, sluiced, folder, backend):
    os.makedirs(os.path.join(folder, "www", backend))
    with open(os.path.join(folder, "www", backend, "file"), "wb") as file:
        file.write(os.urandom(200_000))
    edge = Edge(topology, servers, manifests, sluiced, location=f"root {folder}/www; limit_rate 100k; }} location /no {{")
    got = os.path.join(folder, "got")
    asked = subprocess.Popen(topology.client.command("curl", "-sS", "--no-buffer", "--http2-prior-knowledge", "--max-time",
                                                     "10", "-o", got, f"http://{topology.VIP}/{backend}/file"))
    try:
        wait_until(lambda: os.path.exists(got) and os.path.getsize(got) > 0, "the response has begun")
        assert edge.sluiced.stop() == 0
        assert asked.wait(10) == 0
    finally:
        asked.kill()
        asked.wait()
    assert os.path.getsize(got) == 200_000
