"""Tests of served.py."""
import served

TEXT = """# TYPE sluice_l4_connections_total counter
sluice_l4_connections_total{route="a/b",result="opened"} 3
sluice_l4_connections_total{route="c/d",result="opened"} 4
sluice_engine_accepted_total 5
sluice_l4_connections_active{protocol="tcp"} 100
"""


class Cluster:
    def nodes(self):
        return [type("Node", (), {"name": name}) for name in ("n1", "n2")]


def test_traffic_is_the_sum_of_what_counts_clients_over_all_labels():
    assert served.total(TEXT) == 12


def test_a_node_that_was_started_anew_counts_from_zero():
    assert served.between({"n1": 10, "n2": 10}, {"n1": 15, "n2": 3}) == {"n1": 5, "n2": 3}


def test_a_node_without_traffic_or_without_an_answer_served_nothing():
    assert served.idle(Cluster(), {"n1": 0}) == ["n1", "n2"]
    assert served.idle(Cluster(), {"n1": 1, "n2": 1}) == []
