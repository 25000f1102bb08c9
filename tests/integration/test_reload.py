"""Live reload: a change is taken whole or refused whole, and traffic does not notice."""
import threading
import time

import pytest
from client import Connection, exchange, fetch, ping
from manifests import listener, rule


@pytest.fixture
def shop(topology, servers, manifests, sluiced):
    """HTTP, TCP and UDP through one Gateway to blue."""
    for backend, address in ((topology.blue, topology.BLUE), (topology.green, topology.GREEN)):
        servers.nginx(backend, address, 8080)
        servers.echo(backend, address, 7000)
    manifests.gateway(listener("http", 80, "HTTP"), listener("tcp", 7000, "TCP"), listener("udp", 7000, "UDP"),
                      addresses=[topology.VIP])
    manifests.service("web", 80, [topology.BLUE], target=8080)
    manifests.service("echo", 7000, [topology.BLUE])
    manifests.service("datagrams", 7000, [topology.BLUE], protocol="UDP")
    manifests.http_route("web", "http", rule(("web", 80)))
    manifests.tcp_route("echo", "tcp", ("echo", 7000))
    manifests.udp_route("datagrams", "udp", ("datagrams", 7000))
    return sluiced(topology.gateway)


class Load:
    """Requests and echoes without a pause, on kept and on new connections, until stopped; counts what failed."""

    def __init__(self, topology, port=80):
        self.topology, self.port = topology, port
        self.done, self.failures, self.bodies = 0, [], set()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(step,)) for step in (self._kept, self._fresh)]

    def __enter__(self):
        self.connection = Connection(self.topology.client, self.topology.VIP, self.port)
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self.connection.close()

    def _run(self, step):
        while not self._stop.is_set():
            try:
                answer = step()
                self.bodies.add(answer.body.split()[0] if answer.status == 200 else answer.status)
                if answer.status != 200:
                    self.failures.append(answer)
                self.done += 1
            except OSError as error:
                self.failures.append(error)
            time.sleep(0.001)

    def _kept(self):
        return self.connection.request(host="shop.example")

    def _fresh(self):
        return fetch(self.topology.client, self.topology.VIP, host="shop.example", port=self.port)


@pytest.mark.parametrize("broken", [
    "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: x\n",  # no YAML
    "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: x}\nspec: {hostname: shop.example}\n",
    "apiVersion: gateway.networking.k8s.io/v2\nkind: HTTPRoute\nmetadata: {name: x}\nspec: {}\n",
], ids=["syntax", "unknown field", "unknown version"])
def test_a_bad_file_refuses_the_change_and_traffic_goes_on(shop, topology, manifests, broken):
    before = shop.generation()
    with Load(topology) as load:
        # A good edit in the same change must not slip through.
        manifests.service("web", 80, [topology.GREEN], target=8080)
        manifests.write("broken", broken)
        shop.wait_event("manifests refused")
        time.sleep(0.2)
    assert load.failures == []
    assert load.done > 20
    assert shop.generation() in (before, before + 1)  # the good file may have come to rest before the bad one
    assert shop.metrics().value("sluice_config_last_reload_successful") == 0
    assert "broken.yaml" in str(shop.events("manifest error"))


def test_a_repaired_folder_takes_effect(shop, topology, manifests):
    manifests.write("broken", "kind: [")
    shop.wait_event("manifests refused")
    manifests.service("web", 80, [topology.GREEN], target=8080)
    time.sleep(0.7)
    assert fetch(topology.client, topology.VIP, host="shop.example").body.startswith("blue ")
    before = shop.generation()
    manifests.remove("broken")
    shop.wait_generation(before)
    assert fetch(topology.client, topology.VIP, host="shop.example").body.startswith("green ")
    assert shop.metrics().value("sluice_config_last_reload_successful") == 1


def test_edits_and_endpoint_churn_fail_no_request(shop, topology, manifests):
    with Load(topology) as load:
        for turn in range(10):
            before = shop.generation()
            both = [topology.BLUE, topology.GREEN]
            manifests.service("web", 80, both if turn % 2 else [both[turn // 2 % 2]], target=8080)
            manifests.http_route("web", "http", rule(("web", 80), name=f"turn-{turn}"))
            shop.wait_generation(before)
    assert load.failures == []
    assert load.bodies == {"blue", "green"}
    assert load.done > 50


def test_new_flows_follow_an_edit_and_open_ones_stay(shop, topology, manifests):
    flow = topology.client.connect(topology.VIP, 7000)
    assert ping(flow)
    before = shop.generation()
    # blue drains, as a terminating pod does: it keeps what it has.
    manifests.service("echo", 7000, [topology.GREEN, (topology.BLUE, {"ready": False, "serving": True,
                                                                      "terminating": True})])
    shop.wait_generation(before)
    for _ in range(5):
        assert exchange(topology.client, topology.VIP, 7000).startswith("green ")
    assert ping(flow)
    flow.close()


def test_a_listener_that_is_added_serves_and_one_that_is_removed_refuses(shop, topology, manifests):
    before = shop.generation()
    manifests.gateway(listener("http", 8080, "HTTP"), listener("tcp", 7001, "TCP"), addresses=[topology.VIP])
    shop.wait_generation(before)
    assert fetch(topology.client, topology.VIP, host="shop.example", port=8080).status == 200
    assert exchange(topology.client, topology.VIP, 7001).startswith("blue ")
    for port in (80, 7000):
        with pytest.raises(OSError):
            fetch(topology.client, topology.VIP, port=port, timeout=1)


def test_an_edit_of_a_comment_changes_no_generation(shop, manifests):
    before = shop.generation()
    with open(f"{manifests}/service-web.yaml") as file:
        text = file.read()
    manifests.write("service-web", "# the shop\n" + text)
    shop.wait_event("manifests read")
    assert shop.generation() == before


def test_an_unresolved_reference_is_a_condition_and_the_rest_serves(shop, topology, manifests):
    before = shop.generation()
    manifests.http_route("web", "http", rule(("web", 80)), rule(("nowhere", 80), path="/pay"))
    shop.wait_generation(before)
    assert fetch(topology.client, topology.VIP, host="shop.example").status == 200
    assert fetch(topology.client, topology.VIP, "/pay", host="shop.example").status == 500
    said = shop.wait_event("condition")
    assert (said["type"], said["reason"]) == ("ResolvedRefs", "BackendNotFound")
