"""Services of type ExternalName: the node resolves the name and follows it."""
import os
import signal

import pytest
from client import exchange, fetch
from manifests import listener, rule
from process import wait_until
from servers import write_hosts


@pytest.fixture
def edge(topology, servers, manifests, sluiced, folder):
    for backend, address in ((topology.blue, topology.BLUE), (topology.green, topology.GREEN)):
        servers.nginx(backend, address, 8080)
        servers.echo(backend, address, 7000)
    dns = servers.dns(topology.gateway, "127.0.0.1", {"db.example": [topology.BLUE]})
    manifests.gateway(listener("http", 8080, "HTTP"), listener("echo", 7000, "TCP"), addresses=[topology.VIP])
    manifests.external_service("web", 8080, "db.example")
    manifests.external_service("echo", 7000, "db.example")
    manifests.http_route("web", "http", rule(("web", 8080)))
    manifests.tcp_route("echo", "echo", ("echo", 7000))
    resolv = os.path.join(folder, "resolv.conf")
    with open(resolv, "w") as file:
        file.write("nameserver 127.0.0.1\n")
    made = sluiced(topology.gateway, start=False)
    made.dns = dns
    # A mount namespace of its own, in which this node's resolver configuration is in place.
    made.wrapper = ["unshare", "--mount", "--propagation", "slave", "sh", "-c",
                    f'mount --bind {resolv} /etc/resolv.conf && exec "$0" "$@"']
    return made


def reaches(topology, name):
    try:
        return (exchange(topology.client, topology.VIP, 7000, timeout=1).startswith(f"{name} ")
                and fetch(topology.client, topology.VIP, host="a", port=8080).body.startswith(f"{name} "))
    except OSError:
        return False


def test_a_name_is_resolved_for_kernel_and_engine_and_followed(edge, topology):
    edge.start()
    wait_until(lambda: reaches(topology, "blue"), "blue by its name")
    told = edge.ctl("explain", "--tcp", f"{topology.VIP}:7000", "--from", f"{topology.CLIENT}:40000")
    assert f"{topology.BLUE}:7000 gets this flow" in told
    write_hosts(edge.dns.hosts, {"db.example": [topology.GREEN]})
    edge.dns.signal(signal.SIGHUP)
    wait_until(lambda: reaches(topology, "green"), "green after the name moved (TTL at least 5 s)", timeout=12)


def test_the_last_answer_stays_while_the_name_server_is_gone(edge, topology):
    edge.start()
    wait_until(lambda: reaches(topology, "blue"), "blue by its name")
    edge.dns.kill()
    edge.wait_event("name not resolved", timeout=25)
    assert reaches(topology, "blue")


def test_a_name_server_that_is_configured_later_is_asked(edge, topology, folder):
    resolv = os.path.join(folder, "resolv.conf")
    with open(resolv, "w") as file:
        file.write("nameserver 127.0.0.9\n")
    edge.start()
    edge.wait_event("name not resolved", timeout=25)
    assert not edge.events("name resolved")
    with open(resolv, "w") as file:
        file.write("nameserver 127.0.0.1\n")
    wait_until(lambda: reaches(topology, "blue"), "blue by the name server that came later", timeout=25)


def test_a_name_without_addresses_refuses_and_is_logged(edge, topology, manifests):
    manifests.external_service("web", 8080, "nowhere.example")
    manifests.external_service("echo", 7000, "nowhere.example")
    edge.start()
    edge.wait_event("name not resolved")
    assert fetch(topology.client, topology.VIP, host="a", port=8080).status == 503
    with pytest.raises(ConnectionRefusedError):
        exchange(topology.client, topology.VIP, 7000)
    assert "no backend of the route serves" in edge.ctl("explain", "--tcp", f"{topology.VIP}:7000", check=False)
