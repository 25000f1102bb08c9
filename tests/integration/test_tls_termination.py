"""Terminated TLS by openssl s_client, curl and Python's ssl: names, certificates, versions, tickets, renewal."""
import re
import ssl

import pytest
from client import Connection, fetch, trusting, unverified
from manifests import listener, rule


@pytest.fixture
def site(topology, servers, manifests, sluiced):
    return Site(topology, servers, manifests, sluiced)


class Site:
    """Two names on one HTTPS listener, each with a certificate of its own, before nginx."""

    def __init__(self, topology, servers, manifests, sluiced):
        self.topology, self.servers, self.manifests = topology, servers, manifests
        servers.nginx(topology.blue, topology.BLUE, 8080, location="client_max_body_size 0;")
        self.certificates = {name: servers.certificate(name) for name in ("one.example", "*.two.example")}
        manifests.tls_secret("one", self.certificates["one.example"])
        manifests.tls_secret("two", self.certificates["*.two.example"])
        manifests.gateway(listener("web", 443, "HTTPS", secrets=["one", "two"]),
                          addresses=[topology.VIP, topology.FAR_VIP6])
        manifests.service("blue", 8080, [topology.BLUE])
        manifests.http_route("all", "web", rule(("blue", 8080)))
        self.sluiced = sluiced(topology.gateway)

    def s_client(self, *flags, server_name="one.example", check=True):
        return self.topology.client.run("timeout", 5, "openssl", "s_client", "-connect", f"{self.topology.VIP}:443",
                                        "-servername", server_name, *flags, check=check)

    def connect(self, name, certificate=None, **options):
        context = trusting(self.certificates[certificate or name])
        return Connection(self.topology.client, self.topology.VIP, 443, tls=context, server_name=name, **options)


def test_each_name_gets_its_certificate_and_is_routed(site):
    for address in (site.topology.VIP, site.topology.FAR_VIP6):
        for name, certificate in (("one.example", "one.example"), ("a.two.example", "*.two.example")):
            answer = fetch(site.topology.client, address, "/path", name, 443,
                           tls=trusting(site.certificates[certificate]), server_name=name)
            assert (answer.status, answer.body) == (200, f"blue GET /path {name}\n")


def test_curl_verifies_the_certificate(site):
    answer = site.topology.client.run("curl", "-sS", "--max-time", 5, "--cacert", site.certificates["one.example"].file,
                                      "--resolve", f"one.example:443:{site.topology.VIP}", "https://one.example/x")
    assert answer == "blue GET /x one.example\n"


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_tls_1_2_and_1_3_are_spoken(site, version):
    context = unverified()
    context.minimum_version = context.maximum_version = getattr(ssl.TLSVersion, version)
    with Connection(site.topology.client, site.topology.VIP, 443, tls=context, server_name="one.example") as connection:
        assert connection.request(host="one.example").status == 200
        assert connection.socket.version() == version.replace("_", ".")


def test_tls_1_1_is_refused_by_an_alert(site):
    output = site.s_client("-tls1_1", "-cipher", "ALL:@SECLEVEL=0", check=False)
    assert "no peer certificate available" in output
    assert site.sluiced.metrics().value("sluice_tls_handshakes_total", result="refused") == 1


def test_alpn_prefers_http_2_or_refuses(site):
    assert "ALPN protocol: h2" in site.s_client("-alpn", "http/1.1,h2")
    assert "ALPN protocol: http/1.1" in site.s_client("-alpn", "http/1.1")
    context = unverified()
    context.set_alpn_protocols(["h3"])
    with pytest.raises(ssl.SSLError, match="no application protocol|NO_APPLICATION_PROTOCOL"):
        Connection(site.topology.client, site.topology.VIP, 443, tls=context, server_name="one.example")


def test_a_session_is_resumed_by_ticket(site, folder):
    session = f"{folder}/session"
    assert re.search(r"^New, TLSv1\.2", site.s_client("-tls1_2", "-sess_out", session), re.M)
    for _ in range(6):  # whichever worker
        assert re.search(r"^Reused, TLSv1\.2", site.s_client("-tls1_2", "-sess_in", session), re.M)
    assert site.sluiced.metrics().value("sluice_tls_handshakes_total", result="resumed") == 6


def test_a_renewed_certificate_serves_new_connections_and_ends_no_old_one(site):
    with site.connect("one.example") as old:
        assert old.request(host="one.example").status == 200
        renewed = site.servers.certificate("one.example", "renewed.example")
        before = site.sluiced.generation()
        site.manifests.tls_secret("one", renewed)
        site.sluiced.wait_generation(before)
        answer = fetch(site.topology.client, site.topology.VIP, "/", "renewed.example", 443, tls=trusting(renewed),
                       server_name="renewed.example")
        assert answer.status == 200
        assert old.request(host="one.example").status == 200


def test_an_address_in_the_place_of_a_server_name_is_none(site):
    """wrk sends one; RFC 6066 allows none."""
    said = site.s_client(server_name=site.topology.VIP)
    assert "subject=CN = one.example" in said


def test_clear_text_on_the_port_is_reset(site):
    with Connection(site.topology.client, site.topology.VIP, 443) as raw:
        raw.socket.sendall(b"GET / HTTP/1.1\r\nHost: one.example\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            raw.socket.recv(1)
    assert site.sluiced.metrics().value("sluice_passthrough_connections_total", reason="not_tls") == 1
