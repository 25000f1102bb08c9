"""GRPCRoute with real gRPC (grpcio): every kind of call, metadata, deadlines, weights, and what the gateway answers."""
import collections
import json
import os
import subprocess

import pytest
from manifests import listener, rule
from servers import grpc_program


def calls(topology, *asks, port=80, authority="shop.example"):
    """All on one channel, one after the other."""
    lines = "".join(json.dumps(ask) + "\n" for ask in asks)
    done = subprocess.run(topology.client.command(*grpc_program("grpc_client.py", f"{topology.VIP}:{port}", authority)),
                          input=lines, capture_output=True, text=True, timeout=60, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def unary(text="hello", **more):
    return {"method": "Unary", "send": [text], **more}


def match(service="test.Echo", method=None, kind="Exact", headers=()):
    wanted = {"type": kind, "service": service, **({"method": method} if method else {})}
    return {"method": wanted, **({"headers": [{"name": n, "value": v} for n, v in headers]} if headers else {})}


class Edge:
    def __init__(self, topology, servers, manifests, sluiced, *rules, flags=(), hostnames=("shop.example",)):
        self.topology, self.servers, self.manifests = topology, servers, manifests
        servers.grpc(topology.blue, topology.BLUE)
        servers.grpc(topology.green, topology.GREEN)
        manifests.gateway(listener("http", 80, "HTTP"), addresses=[topology.VIP])
        for name, address in (("blue", topology.BLUE), ("green", topology.GREEN)):
            manifests.service(name, 9000, [address])
        manifests.service("empty", 9000)
        manifests.grpc_route("calls", "http", *rules, hostnames=hostnames)
        self.sluiced = sluiced(topology.gateway, *flags)

    def calls(self, *asks, **options):
        return calls(self.topology, *asks, **options)


@pytest.fixture
def edge(topology, servers, manifests, sluiced):
    return Edge(topology, servers, manifests, sluiced, rule(("blue", 9000), matches=[match()]))


def test_every_kind_of_call_comes_through(edge):
    many = [str(i) for i in range(200)]
    answers = edge.calls(unary(), {"method": "Client", "send": many}, {"method": "Server", "send": ["200"]},
                         {"method": "Both", "send": many})
    assert [answer["code"] for answer in answers] == ["OK"] * 4
    assert answers[0]["got"] == ["hello"]
    assert answers[1]["got"] == [",".join(many)]
    assert answers[2]["got"] == many
    assert answers[3]["got"] == [f"blue {text}" for text in many]


def test_large_messages_and_empty_ones_come_through(edge):
    answers = edge.calls(unary("x" * 3_000_000), unary(""), unary("fail 5"), unary("fail 16"))
    assert [len(answer["got"][0]) for answer in answers[:2]] == [3_000_000, 0]
    assert [answer["code"] for answer in answers] == ["OK", "OK", "NOT_FOUND", "UNAUTHENTICATED"]
    assert answers[2]["details"] == "as asked"


def test_metadata_travels_both_ways(edge):
    (answer,) = edge.calls(unary(metadata={"x-a": "1", "x-b": "two"}))
    assert {key: answer["initial"].get(key) for key in ("x-server", "x-a", "x-b")} == \
        {"x-server": "blue", "x-a": "1", "x-b": "two"}
    assert (answer["trailing"]["x-a-end"], answer["trailing"]["x-b-end"]) == ("1", "two")


def test_a_deadline_ends_the_call_and_not_the_channel(edge):
    answers = edge.calls(unary("sleep", timeout=0.5), unary())
    assert [answer["code"] for answer in answers] == ["DEADLINE_EXCEEDED", "OK"]


def test_what_no_rule_takes_is_unimplemented(topology, servers, manifests, sluiced):
    edge = Edge(topology, servers, manifests, sluiced, rule(("blue", 9000), matches=[match(method="Unary")]))
    answers = edge.calls(unary(), {"method": "Both", "send": ["a"]}, unary(service="other.Echo"))
    assert [answer["code"] for answer in answers] == ["OK", "UNIMPLEMENTED", "UNIMPLEMENTED"]
    (other,) = edge.calls(unary(), authority="other.example")
    assert other["code"] == "UNIMPLEMENTED"


def test_methods_and_headers_choose_the_rule(topology, servers, manifests, sluiced):
    edge = Edge(topology, servers, manifests, sluiced,
                rule(("blue", 9000), matches=[match()]),
                rule(("green", 9000), matches=[match(headers=[("version", "2")])]),
                rule(("green", 9000), matches=[match("test\\..*", "Serv.*", "RegularExpression")]))
    answers = edge.calls(unary(), unary(metadata={"version": "2"}), {"method": "Server", "send": ["1"]})
    assert [answer["initial"]["x-server"] for answer in answers] == ["blue", "green", "blue"]


def test_filters_edit_metadata(topology, servers, manifests, sluiced):
    filters = [{"type": "RequestHeaderModifier",
                "requestHeaderModifier": {"set": [{"name": "x-set", "value": "by-rule"}], "remove": ["x-gone"]}},
               {"type": "ResponseHeaderModifier", "responseHeaderModifier": {"add": [{"name": "x-out", "value": "1"}]}}]
    edge = Edge(topology, servers, manifests, sluiced, rule(("blue", 9000), matches=[match()], filters=filters))
    (answer,) = edge.calls(unary(metadata={"x-gone": "1", "x-stays": "2"}))
    seen = {key: answer["initial"].get(key) for key in ("x-server", "x-set", "x-stays", "x-out", "x-gone")}
    assert seen == {"x-server": "blue", "x-set": "by-rule", "x-stays": "2", "x-out": "1", "x-gone": None}


def test_weights_hold_stream_by_stream_on_one_channel(topology, servers, manifests, sluiced):
    edge = Edge(topology, servers, manifests, sluiced, rule(("blue", 9000, 70), ("green", 9000, 30), matches=[match()]),
                flags=("--workers", "1"))
    answers = edge.calls(*[unary()] * 100)
    assert collections.Counter(answer["initial"]["x-server"] for answer in answers) == {"blue": 70, "green": 30}


def test_backends_that_are_none_are_unavailable(topology, servers, manifests, sluiced):
    edge = Edge(topology, servers, manifests, sluiced,
                rule(("empty", 9000), matches=[match(method="Unary")]),
                rule(("missing", 9000), matches=[match(method="Client")]))
    answers = edge.calls(unary(), {"method": "Client", "send": ["a"]})
    assert [answer["code"] for answer in answers] == ["UNAVAILABLE", "UNAVAILABLE"]
    assert answers[0]["details"].startswith("no_endpoints")
    assert answers[1]["details"].startswith("invalid_backend")


def test_an_http_route_shares_the_hostname_and_takes_what_is_no_call(topology, servers, manifests, sluiced):
    edge = Edge(topology, servers, manifests, sluiced, rule(("blue", 9000), matches=[match()]))
    servers.nginx(topology.green, topology.GREEN)
    manifests.service("web", 80, [topology.GREEN], target=8080)
    before = edge.sluiced.generation()
    manifests.http_route("web", "http", rule(("web", 80)), hostnames=["shop.example"])
    edge.sluiced.wait_generation(before)
    (answer,) = edge.calls(unary())
    assert answer["initial"]["x-server"] == "blue"
    for version in ("--http1.1", "--http2-prior-knowledge"):
        said = topology.client.run("curl", "-sS", "--max-time", 5, version, "-H", "Host: shop.example",
                                   f"http://{topology.VIP}/test.Echo/Unary")
        assert said == "green GET /test.Echo/Unary shop.example\n"


def test_explain_knows_calls(edge, manifests):
    def explain(call, authority):
        done = subprocess.run([os.path.join(os.environ["SLUICE_BIN"], "sluicectl"), "explain", "--grpc", call, authority,
                               "-f", manifests.path], capture_output=True, text=True, timeout=20)
        return done.returncode, done.stdout

    code, said = explain("test.Echo/Unary", "shop.example")
    assert code == 0
    assert "GRPCRoute default/calls" in said and "gRPC service test.Echo" in said
    code, said = explain("other.Echo/Unary", "shop.example")
    assert code == 1
    assert "grpc-status 12" in said
