"""TLS passthrough by real clients and servers: names, families, fragmentation, ends, and the mix with termination."""
import collections
import os
import socket
import ssl
import threading
import time

import pytest
from client import Connection, fetch, trusting
from manifests import listener, rule
from sluiced import TOP

HELLO = os.path.join(TOP, "tests/fuzz/corpus/client_hello_fuzz/chrome131.bin")  # www.example.com, 1.7 KB


@pytest.fixture
def certificates(servers):
    return {name: servers.certificate(f"{name}.example") for name in ("blue", "green")}


@pytest.fixture
def backends(topology, servers, manifests, certificates):
    for backend, address, _address6 in ((topology.blue, topology.BLUE, topology.BLUE6),
                                       (topology.green, topology.GREEN, topology.GREEN6)):
        servers.nginx(backend, address, 8080, 8443, certificates[backend.role])
        manifests.service(backend.role, 8443, [address])


def reset_by(namespace, address, name, port=443):
    """Whether a hello with this name is answered by a RST."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with namespace.connect(address, port) as raw:
        try:
            context.wrap_socket(raw, server_hostname=name)
        except ConnectionResetError:
            return True
        except OSError:
            return False
    return False


def test_names_reach_their_backends_over_both_families(topology, backends, certificates, manifests, sluiced):
    manifests.gateway(listener("tls", 443, "TLS", mode="Passthrough"), addresses=[topology.VIP, topology.FAR_VIP6])
    manifests.tls_route("blue", "tls", ["blue.example"], ("blue", 8443))
    manifests.tls_route("green", "tls", ["*.example"], ("green", 8443))
    node = sluiced(topology.gateway)
    for address in (topology.VIP, topology.FAR_VIP6):
        for name in ("blue", "green"):
            answer = fetch(topology.client, address, "/", f"{name}.example", 443, tls=trusting(certificates[name]),
                           server_name=f"{name}.example")
            assert answer.body == f"{name} GET / {name}.example\n"
        assert reset_by(topology.client, address, "example.org")
        assert reset_by(topology.client, address, None)
    metrics = node.metrics()
    assert metrics.value("sluice_passthrough_connections_total", reason="unknown_name") == 2
    assert metrics.value("sluice_passthrough_connections_total", reason="no_sni") == 2


def test_weights_are_shares_and_a_missing_backends_share_is_reset(topology, backends, manifests, sluiced):
    manifests.gateway(listener("tls", 443, "TLS", mode="Passthrough"), addresses=[topology.VIP])
    manifests.tls_route("mixed", "tls", ["mixed.example"], ("blue", 8443, 2), ("green", 8443, 1), ("missing", 8443, 1))
    sluiced(topology.gateway)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    seen = collections.Counter()
    for _ in range(80):
        try:
            with Connection(topology.client, topology.VIP, 443, tls=context, server_name="mixed.example") as connection:
                seen[connection.request(host="mixed.example").body.split()[0]] += 1
        except ConnectionResetError:
            seen["reset"] += 1
    assert abs(seen["blue"] - 40) <= 3 and abs(seen["green"] - 20) <= 3 and abs(seen["reset"] - 20) <= 3, seen


def test_one_port_passes_through_and_terminates(topology, servers, backends, certificates, manifests, sluiced):
    ours = servers.certificate("ours.example")
    manifests.tls_secret("ours", ours)
    manifests.gateway(listener("through", 443, "TLS", hostname="blue.example", mode="Passthrough"),
                      listener("ours", 443, "HTTPS", hostname="ours.example", secrets=["ours"]),
                      addresses=[topology.VIP])
    manifests.tls_route("through", "through", ["blue.example"], ("blue", 8443))
    manifests.service("green-clear", 8080, [topology.GREEN])
    manifests.http_route("ours", "ours", rule(("green-clear", 8080)))
    sluiced(topology.gateway)
    through = fetch(topology.client, topology.VIP, "/", "blue.example", 443, tls=trusting(certificates["blue"]),
                    server_name="blue.example")
    terminated = fetch(topology.client, topology.VIP, "/", "ours.example", 443, tls=trusting(ours),
                       server_name="ours.example")
    assert through.body == "blue GET / blue.example\n"
    assert terminated.body == "green GET / ours.example\n"


class RawBackend:
    """Accepts connections in a namespace and hands them out: what no TLS server would let a test do."""

    def __init__(self, namespace, address, port):
        self.listener = namespace.socket(socket.AF_INET, timeout=5)
        self.listener.bind((address, port))
        self.listener.listen(8)

    def accept(self):
        connection, _ = self.listener.accept()
        connection.settimeout(5)
        return connection

    def close(self):
        self.listener.close()


@pytest.fixture
def raw(topology, manifests, sluiced):
    backend = RawBackend(topology.blue, topology.BLUE, 9443)
    manifests.gateway(listener("tls", 443, "TLS", mode="Passthrough"), addresses=[topology.VIP])
    manifests.service("raw", 9443, [topology.BLUE])
    manifests.tls_route("raw", "tls", ["www.example.com"], ("raw", 9443))
    backend.sluiced = sluiced(topology.gateway)
    yield backend
    backend.close()


def read_exactly(flow, size):
    got = b""
    while len(got) < size:
        part = flow.recv(1 << 20)
        assert part, f"ended after {len(got)} of {size}"
        got += part
    return got


def read_hello():
    with open(HELLO, "rb") as file:
        return file.read()


@pytest.mark.parametrize("step", [1, 100, 1000])
def test_a_browsers_hello_in_segments_arrives_as_it_was(topology, raw, step):
    hello = read_hello()
    with topology.client.connect(topology.VIP, 443) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(hello), step):
            client.sendall(hello[at:at + step])
            if step > 1:
                time.sleep(0.002)
        with raw.accept() as server:
            assert read_exactly(server, len(hello)) == hello
            server.sendall(b"answer")
            assert read_exactly(client, 6) == b"answer"


def test_each_side_may_end_first_and_still_receive(topology, raw):
    hello, much = read_hello(), os.urandom(4 << 20)
    for first in ("client", "server"):
        with topology.client.connect(topology.VIP, 443) as client:
            client.settimeout(5)
            client.sendall(hello)
            with raw.accept() as server:
                read_exactly(server, len(hello))
                done, other = (client, server) if first == "client" else (server, client)
                done.shutdown(socket.SHUT_WR)
                assert other.recv(1) == b""
                sender = threading.Thread(target=other.sendall, args=(much,))
                sender.start()
                assert read_exactly(done, len(much)) == much
                sender.join()
                other.close()
                assert done.recv(1) == b""


def test_a_reset_goes_on_as_a_reset(topology, raw):
    hello = read_hello()
    linger = b"\x01\0\0\0\0\0\0\0"
    for first in ("client", "server"):
        client = topology.client.connect(topology.VIP, 443)
        client.settimeout(5)
        client.sendall(hello)
        server = raw.accept()
        read_exactly(server, len(hello))
        done, other = (client, server) if first == "client" else (server, client)
        done.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        done.close()
        with pytest.raises(ConnectionResetError):
            other.recv(1)
        other.close()


def test_an_open_connection_outlives_a_change_of_routes(topology, raw, manifests):
    hello = read_hello()
    with topology.client.connect(topology.VIP, 443) as client:
        client.settimeout(5)
        client.sendall(hello)
        with raw.accept() as server:
            read_exactly(server, len(hello))
            before = raw.sluiced.generation()
            manifests.remove("route-raw")
            raw.sluiced.wait_generation(before)
            client.sendall(b"still here")
            assert read_exactly(server, 10) == b"still here"
    assert reset_by(topology.client, topology.VIP, "www.example.com")
