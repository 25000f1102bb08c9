"""Whether both nodes served: how much client traffic each one's counters saw during a run."""
import re

import nodes
from failure import Failure

# Traffic that a node took from clients; {} stands for any labels.
COUNTERS = ("sluice_l4_connections_total", "sluice_engine_accepted_total", "sluice_http_requests_total")
SAMPLE = re.compile(r"^(\w+)(?:\{.*\})? (\S+)$", re.MULTILINE)
METRICS = "http://127.0.0.1:9464/metrics"


def counts(cluster):
    """{node: sum of COUNTERS}; a node that does not answer is not there."""
    found = {}
    for node in cluster.nodes():
        try:
            found[node.name] = total(nodes.run(cluster, node, ["curl", "--silent", "--fail", "--max-time", "5", METRICS]))
        except Failure:
            continue
    return found


def total(text):
    return sum(float(value) for name, value in SAMPLE.findall(text) if name in COUNTERS)


def between(before, after):
    """{node: traffic of the run}. A sluiced that was started anew counts from 0."""
    return {node: count - before.get(node, 0) if count >= before.get(node, 0) else count for node, count in after.items()}


def idle(cluster, traffic):
    """Nodes that served nothing, those that do not answer included."""
    return [node.name for node in cluster.nodes() if traffic.get(node.name, 0) == 0]
