"""deploy/examples/quickstart as a user runs it: every protocol at once, by the clients that a user has."""
import collections
import json
import os

import pytest
from sluiced import TOP

QUICKSTART = os.path.join(TOP, "deploy/examples/quickstart")


class Quickstart:
    def __init__(self, topology, servers, sluiced):
        self.topology, self.vip = topology, topology.VIP
        self.certificates = {}
        servers.redis(topology.blue, topology.BLUE)
        for backend, address in ((topology.blue, topology.BLUE), (topology.green, topology.GREEN)):
            certificate = servers.certificate(f"{backend.role}.example")
            self.certificates[backend.role] = certificate
            servers.nginx(backend, address, 8080, 8443, certificate)
            servers.dns(backend, address, {"who.example": [address]})
        self.sluiced = sluiced

    def client(self, *command, check=True):
        return self.topology.client.run("timeout", 5, *command, check=check)

    def curl(self, url, host, *more):
        port = 443 if url.startswith("https") else 80
        return self.client("curl", "-sS", "--resolve", f"{host}:{port}:{self.vip}", *more, url)


@pytest.fixture(scope="module", params=["auto", "tc", "xdp"])
def quickstart(request, shared_topology, shared_servers_of_each_run, shared_sluiced):
    run = Quickstart(shared_topology, shared_servers_of_each_run, None)
    if request.param == "xdp":
        shared_topology.receive_xdp()
    run.sluiced = shared_sluiced(shared_topology.gateway, "--datapath", request.param, manifests=QUICKSTART)
    run.datapath = request.param
    yield run
    run.sluiced.remove()


@pytest.fixture(scope="module")
def shared_servers_of_each_run(shared_servers):
    return _Once(shared_servers)


class _Once:
    """The servers of a module, started for its first run alone."""

    def __init__(self, servers):
        self.servers, self.made = servers, {}

    def __getattr__(self, kind):
        def start(*arguments, **options):
            key = (kind, str(arguments))
            if key not in self.made:
                self.made[key] = getattr(self.servers, kind)(*arguments, **options)
            return self.made[key]
        return start


def test_tcp_reaches_redis(quickstart):
    assert quickstart.client("redis-cli", "-h", quickstart.vip, "set", "greeting", quickstart.datapath) == "OK\n"
    assert quickstart.client("redis-cli", "-h", quickstart.vip, "get", "greeting") == quickstart.datapath + "\n"


def test_udp_is_spread_over_both_dns_servers(quickstart):
    answers = {quickstart.client("dig", "+short", "+time=2", "+tries=1", f"@{quickstart.vip}", "who.example").strip()
               for _ in range(24)}
    assert answers == {quickstart.topology.BLUE, quickstart.topology.GREEN}


@pytest.mark.parametrize("name", ["blue", "green"])
def test_passthrough_reaches_the_backend_of_the_name_with_its_own_certificate(quickstart, name):
    certificate = quickstart.certificates[name]
    answer = quickstart.curl(f"https://{name}.example/", f"{name}.example", "--cacert", certificate.file)
    assert answer == f"{name} GET / {name}.example\n"


def test_passthrough_of_an_unknown_name_is_reset(quickstart):
    said = quickstart.client("openssl", "s_client", "-connect", f"{quickstart.vip}:443", "-servername", "red.example",
                             check=False)
    assert "BEGIN CERTIFICATE" not in said


def test_http_prefix_is_rewritten_and_goes_to_its_backend(quickstart):
    assert quickstart.curl("http://shop.example/api/carts", "shop.example") == "green GET /carts shop.example\n"


def test_http_redirect_names_the_new_path(quickstart):
    answer = quickstart.curl("http://shop.example/old", "shop.example", "-o", "/dev/null", "-w",
                             "%{http_code} %{redirect_url}")
    assert answer == "301 http://shop.example/new"


def test_http_weights_share_three_to_one(quickstart):
    url = "http://shop.example/[1-80]"
    answers = quickstart.curl(url, "shop.example").splitlines()
    shares = collections.Counter(line.split()[0] for line in answers)
    assert shares.total() == 80
    assert 54 <= shares["blue"] <= 66, shares


def test_http_host_that_no_route_names_is_404(quickstart):
    answer = quickstart.curl("http://other.example/", "other.example", "-o", "/dev/null", "-w", "%{http_code}")
    assert answer == "404"


def conditions(value):
    """All conditions below `value`, as (type, status)."""
    if isinstance(value, dict):
        yield from ((one["type"], one["status"]) for one in value.get("conditions", []))
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from conditions(one)


def test_every_object_is_accepted_resolved_and_programmed(quickstart):
    said = set(conditions(json.loads(quickstart.sluiced.get("/status")[1])))
    assert {("Accepted", "True"), ("ResolvedRefs", "True"), ("Programmed", "True")} <= said
    assert {kind for kind, status in said if status != "True"} <= {"Conflicted"}
