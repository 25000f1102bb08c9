"""HTTP through the engine as clients and backends on a network see it: who the client is, exact shares, bodies, refusals,
changes under load, and the line that the log has for each."""
import collections
import hashlib
import json
import os
import subprocess
import threading
import time

import pytest
from client import Connection, fetch
from manifests import listener, rule
from netns import at
from process import wait_until

ECHO_HEADERS = ('return 200 "for=$http_x_forwarded_for proto=$http_x_forwarded_proto '
                'host=$http_x_forwarded_host real=$http_x_real_ip via=$http_connection\\n"; #')


class Edge:
    """A Gateway with one HTTP listener on the VIP; blue and green answer with their names."""

    def __init__(self, topology, manifests, sluiced, *rules, flags=()):
        self.topology, self.manifests = topology, manifests
        manifests.gateway(listener("http", 80, "HTTP"), addresses=[topology.VIP, topology.FAR_VIP6])
        for name, address in (("blue", topology.BLUE), ("green", topology.GREEN)):
            manifests.service(name, 80, [address], target=8080)
        manifests.http_route("web", "http", *rules)
        self.sluiced = sluiced(topology.gateway, *flags)

    def fetch(self, target="/", **options):
        return fetch(self.topology.client, options.pop("address", self.topology.VIP), target, **options)


def test_the_backend_learns_the_client_and_no_lie_of_his(topology, servers, manifests, sluiced):
    servers.nginx(topology.blue, topology.BLUE, location=ECHO_HEADERS)
    edge = Edge(topology, manifests, sluiced, rule(("blue", 80)))
    forged = {"X-Forwarded-For": "192.0.2.99", "X-Real-IP": "192.0.2.99", "X-Forwarded-Host": "evil.example"}
    for address, client in ((topology.VIP, topology.CLIENT), (topology.FAR_VIP6, topology.CLIENT6)):
        answer = edge.fetch(address=address, host="shop.example", headers=forged)
        assert answer.body == f"for={client} proto=http host=shop.example real= via=\n"


def test_shares_are_exact_and_what_is_missing_keeps_its_own(topology, servers, manifests, sluiced):
    servers.nginx(topology.blue, topology.BLUE)
    servers.nginx(topology.green, topology.GREEN)
    manifests.service("empty", 80)
    edge = Edge(topology, manifests, sluiced,
                rule(("blue", 80, 50), ("green", 80, 20), ("missing", 80, 20), ("empty", 80, 10)),
                flags=("--workers", "1"))
    count = collections.Counter()
    with Connection(topology.client, topology.VIP) as connection:
        for _ in range(1000):
            answer = connection.request()
            count[answer.body.split()[0] if answer.status == 200 else answer.status] += 1
    assert count == {"blue": 500, "green": 200, 500: 200, 503: 100}
    metrics = edge.sluiced.metrics()
    assert metrics.value("sluice_http_requests_total", route="HTTPRoute/default/web", code_class="2xx") == 700
    assert metrics.value("sluice_l7_requests_ended_total", reason="invalid_backend") == 200
    assert metrics.value("sluice_l7_requests_ended_total", reason="no_endpoints") == 100


def test_bodies_come_whole_both_ways(topology, servers, manifests, sluiced, folder):
    upload, stored = os.path.join(folder, "upload"), os.path.join(folder, "stored")
    os.mkdir(stored)
    os.chmod(stored, 0o777)
    with open(upload, "wb") as file:
        file.write(os.urandom(20_000_000))
    servers.nginx(topology.blue, topology.BLUE,
                  location=f"root {stored}; dav_methods PUT; client_max_body_size 0; }} location /unused {{")
    Edge(topology, manifests, sluiced, rule(("blue", 80)))
    url = f"http://{topology.VIP}/file"
    for chunked in ((), ("-H", "Transfer-Encoding: chunked")):
        topology.client.run("curl", "-sSf", "--max-time", 20, *chunked, "-T", upload, url)
        fetched = subprocess.run(topology.client.command("curl", "-sSf", "--max-time", "20", url), capture_output=True,
                                 timeout=30, check=True).stdout
        with open(upload, "rb") as file:
            assert hashlib.sha256(fetched).digest() == hashlib.sha256(file.read()).digest()


def test_refusals_say_why_to_the_client_and_in_the_log(topology, manifests, sluiced, folder):
    log = os.path.join(folder, "access.log")
    manifests.service("gone", 80, [topology.BLUE], target=9)  # nobody listens there
    edge = Edge(topology, manifests, sluiced, rule(("gone", 80), path="/gone", name="dead"), flags=("--access-log", log))
    asked = {"/gone": (503, "connect_failed"), "/elsewhere": (404, "no_rule"), "/a/../b": (400, "bad_target")}
    for target, (status, reason) in asked.items():
        answer = edge.fetch(target)
        assert (answer.status, answer.body.split(":")[0]) == (status, reason)
    answer = edge.fetch("/gone", headers={"Connection": "Upgrade", "Upgrade": "websocket"})
    assert answer.status == 501

    def lines():
        with open(log) as file:
            return [json.loads(line) for line in file]

    wait_until(lambda: len(lines()) == 4, lambda: f"four lines, not {lines()}")
    assert {(line["target"], line["status"], line["reason"]) for line in lines()} == {
        ("/gone", 501, "upgrade_refused"), *((target, *answer) for target, answer in asked.items())}
    dead = next(line for line in lines() if line["status"] == 503)
    assert (dead["route"], dead["rule"]) == ("HTTPRoute/default/web", "dead")
    assert (dead["backend"], dead["endpoint"]) == ("default/gone:80/tcp", at(topology.BLUE, 9))
    assert dead["client"].startswith(topology.CLIENT + ":")


def test_timeouts_of_a_route_are_kept(topology, servers, manifests, sluiced, folder):
    script = os.path.join(folder, "silent.py")
    with open(script, "w") as file:
        file.write("import socket, sys, time\ns = socket.create_server((sys.argv[1], 8080))\ntime.sleep(60)\n")
    servers.python(topology.blue, script, topology.BLUE, wait=(topology.BLUE, 8080))
    edge = Edge(topology, manifests, sluiced, rule(("blue", 80), timeouts={"request": "300ms"}))
    begun = time.monotonic()
    assert edge.fetch().status == 504
    assert 0.25 < time.monotonic() - begun < 10


def test_no_request_is_lost_while_endpoints_change(topology, servers, manifests, sluiced):
    servers.nginx(topology.blue, topology.BLUE)
    servers.nginx(topology.green, topology.GREEN)
    edge = Edge(topology, manifests, sluiced, rule(("blue", 80)))
    statuses, stop = collections.Counter(), threading.Event()

    def ask():
        with Connection(topology.client, topology.VIP) as connection:
            while not stop.is_set():
                statuses[connection.request().status] += 1

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    generation = edge.sluiced.generation()
    for address in (topology.GREEN, topology.BLUE, topology.GREEN):
        manifests.service("blue", 80, [address], target=8080)
        generation = edge.sluiced.wait_generation(generation)
        time.sleep(0.1)
    stop.set()
    for thread in threads:
        thread.join(10)
    assert set(statuses) == {200} and statuses[200] > 50
    assert edge.fetch().body.startswith("green ")


@pytest.mark.parametrize("version", ["--http1.0", "--http1.1"])
def test_a_real_client_of_either_version_is_served(topology, servers, manifests, sluiced, version):
    servers.nginx(topology.blue, topology.BLUE)
    Edge(topology, manifests, sluiced, rule(("blue", 80)))
    url = f"http://{topology.VIP}/x"
    answers = topology.client.run("curl", "-sS", "--max-time", 10, version, url, url)
    assert answers == f"blue GET /x {topology.VIP}\n" * 2
