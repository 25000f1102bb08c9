"""Filters of HTTPRoutes, from the manifest to the wire: what the backend is asked for, and where a redirect leads."""
import os

import pytest
from client import Connection, fetch
from manifests import Manifests, listener, rule

HOST = "shop.example"


def rewrite(**path):
    return [{"type": "URLRewrite", "urlRewrite": {"path": path}}]


def prefix(value):
    return rewrite(type="ReplacePrefixMatch", replacePrefixMatch=value)


def redirect(**fields):
    return [{"type": "RequestRedirect", "requestRedirect": fields}]


RULES = [
    rule(("blue", 80), path="/strip", filters=prefix("/")),
    rule(("blue", 80), path="/slashed/", filters=prefix("/new/")),
    rule(("blue", 80), path="/swap", filters=prefix("/two words")),
    rule(("blue", 80), path="/full", filters=rewrite(type="ReplaceFullPath", replaceFullPath="/other?x")),
    rule(("blue", 80), path="/host", filters=[{"type": "URLRewrite", "urlRewrite": {"hostname": "b.example"}}]),
    rule(path="/secure", filters=redirect(scheme="https", statusCode=301)),
    rule(path="/port", filters=redirect(port=8443)),
    rule(path="/away", filters=redirect(hostname="away.example", statusCode=303)),
    rule(path="/plain", filters=redirect(scheme="http", port=80, statusCode=307)),
    rule(path="/old", filters=redirect(path={"type": "ReplacePrefixMatch", "replacePrefixMatch": "/"}, statusCode=308)),
    rule(path="/gone", filters=redirect(path={"type": "ReplaceFullPath", "replaceFullPath": "/a b"})),
    rule(("blue", 80), path="/as-it-is"),
]


@pytest.fixture(scope="module")
def edge(shared_topology, shared_servers, shared_folder, shared_sluiced):
    topology, manifests = shared_topology, Manifests(os.path.join(shared_folder, "manifests"))
    shared_servers.nginx(topology.blue, topology.BLUE, 8080)
    manifests.gateway(listener("http", 80, "HTTP"), listener("alt", 8080, "HTTP"), addresses=[topology.VIP])
    manifests.service("blue", 80, [topology.BLUE], target=8080)
    manifests.http_route("web", "http", *RULES, hostnames=[HOST])
    manifests.http_route("alt", "alt", *RULES, hostnames=[HOST])
    shared_sluiced(topology.gateway, manifests=manifests)
    return topology


def asked(edge, target, host=HOST):
    """What nginx was asked for: (target, host), or the status of what was not given to it."""
    answer = fetch(edge.client, edge.VIP, target, host)
    return tuple(answer.body.split()[2:]) if answer.status == 200 else answer.status


@pytest.mark.parametrize("target, reaches", [
    ("/strip", "/"), ("/strip/", "/"), ("/strip/a", "/a"), ("/strip/a/", "/a/"), ("/strip//a", "//a"),
    ("/strip?q=1", "/?q=1"), ("/strip/a?q=%2F", "/a?q=%2F"), ("/%73trip/b", "/b"), ("/stripped", 404),
    ("/slashed", "/new/"), ("/slashed/", "/new/"), ("/slashed/a", "/new/a"),
    ("/swap/a", "/two%20words/a"), ("/full/of/it?q", "/other%3Fx?q"), ("/as-it-is/%7E//b?", "/as-it-is/%7E//b?"),
])
def test_a_path_is_rewritten(edge, target, reaches):
    assert asked(edge, target) == (reaches if reaches == 404 else (reaches, HOST))


def test_a_hostname_is_rewritten_and_nothing_else(edge):
    assert asked(edge, "/host/a?b") == ("/host/a?b", "b.example")


@pytest.mark.parametrize("host", ["SHOP.Example", "shop.example:80", "shop.example.", "shop.example.:8080"])
def test_case_port_and_final_dot_of_host_do_not_count(edge, host):
    assert asked(edge, "/as-it-is", host)[0] == "/as-it-is"


@pytest.mark.parametrize("target, port, status, location", [
    ("/secure/a?b=c", 80, 301, "https://shop.example/secure/a?b=c"),
    ("/secure", 8080, 301, "https://shop.example/secure"),
    ("/port", 80, 302, "http://shop.example:8443/port"),
    ("/away/a", 80, 303, "http://away.example/away/a"),
    ("/away/a", 8080, 303, "http://away.example:8080/away/a"),
    ("/plain", 8080, 307, "http://shop.example/plain"),
    ("/old/a?b", 80, 308, "http://shop.example/a?b"),
    ("/old", 80, 308, "http://shop.example/"),
    ("/old/a", 8080, 308, "http://shop.example:8080/a"),
    ("/gone/b?c", 80, 302, "http://shop.example/a%20b?c"),
])
def test_a_redirect_names_scheme_host_port_and_path(edge, target, port, status, location):
    for method in ("GET", "HEAD"):
        # What Host says of the port is the client's; the listener's counts (HTTPRequestRedirectFilter.port).
        answer = fetch(edge.client, edge.VIP, target, HOST + ":99", port=port, method=method)
        assert (answer.status, answer.headers["location"], answer.body) == (status, location, "")


def test_a_redirect_keeps_the_connection_of_a_post_whose_body_is_small(edge):
    with Connection(edge.client, edge.VIP) as connection:
        for _ in range(3):
            assert connection.request("POST", "/secure", HOST, body="x" * 1000).status == 301


@pytest.mark.parametrize("target", ["/as-it-is/../strip", "/as-it-is/..;/strip", "/as-it-is/%2e%2e/strip",
                                    "/as-it-is/..%2fstrip", "/as-it-is/..%5Cstrip"])
def test_curl_path_as_is_gets_no_dot_segment_through(edge, target):
    said = edge.client.run("curl", "-sS", "--max-time", 5, "--path-as-is", "-o", "/dev/null", "-w", "%{http_code}", "-H",
                           f"Host: {HOST}", f"http://{edge.VIP}{target}")
    assert said == "400"
