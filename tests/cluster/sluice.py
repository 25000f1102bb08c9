"""Sluice in a test cluster: its image, its release, and what its nodes and controller say of themselves."""
import string
import subprocess
import sys
import time

import addresses
import api
import nodes
import pod_logs
from failure import Failure
from layout import MANIFESTS, TOP

NAMESPACE = pod_logs.NAMESPACE
ARCHIVE = TOP / "build/image/sluice.tar"
CHART = TOP / "deploy/helm/sluice"
LINES = 40  # of the pods' logs, in what is told of a failure


def build_image(programs):
    """Writes the image of the programs in a folder; returns its digest."""
    command = [TOP / "tools/image/build", "--programs", programs, "--output", ARCHIVE]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise Failure(done.stderr.strip())
    return done.stdout.splitlines()[1]


def load_image(cluster):
    for node in cluster.nodes():
        nodes.load(cluster, node, ARCHIVE)


def install(cluster, digest, settings=()):
    """As a user would; a release that is there is upgraded. The digest makes pods of another image start anew."""
    settings = [f"{component}.podAnnotations.image={digest}" for component in ("controller", "node")] + list(settings)
    words = ["upgrade", "--install", "sluice", CHART, "--namespace", NAMESPACE, "--create-namespace",
             *(word for setting in settings for word in ("--set-string" if "podAnnotations" in setting else "--set", setting))]
    done = subprocess.run(api.command(cluster, words, "helm"), capture_output=True, text=True)
    if done.returncode:
        raise Failure(f"helm {' '.join(map(str, words[:4]))}: {done.stderr.strip()}")


def apply_pools(cluster):
    values = {"pool": addresses.GATEWAY_POOL, "static": addresses.GATEWAY_STATIC, "sources6": addresses.SOURCES_6}
    manifest = string.Template((MANIFESTS / "address-pools.yaml").read_text()).substitute(values)
    api.kubectl(cluster, "wait", "--for=condition=Established", "--timeout=30s", "crd/addresspools.sluice.dev")
    api.kubectl(cluster, "apply", "-f", "-", given=manifest)


def wait_until_ready(cluster, timeout=120):
    """Until every pod of both components is ready and the GatewayClass is accepted."""
    end = time.monotonic() + timeout
    for what in ("deployment/sluice-controller", "daemonset/sluiced"):
        left = max(1, round(end - time.monotonic()))
        api.kubectl(cluster, "-n", NAMESPACE, "rollout", "status", what, f"--timeout={left}s")
    api.kubectl(cluster, "wait", "gatewayclass/sluice", "--for=condition=Accepted",
                f"--timeout={max(1, round(end - time.monotonic()))}s")


def pods(cluster, component=None):
    selector = "app.kubernetes.io/name=sluice" + (f",app.kubernetes.io/component={component}" if component else "")
    return api.objects(cluster, "pods", "-n", NAMESPACE, "-l", selector)


def explain(cluster, begin, to=sys.stderr):
    """What a person would look at first when Sluice does not come up: pods, their events, their logs since `begin`."""
    for words in (["get", "pods", "-o", "wide"], ["get", "events", "--sort-by=.lastTimestamp"]):
        done = api.kubectl(cluster, "-n", NAMESPACE, *words, check=False)
        print(f"---- kubectl {' '.join(words[:2])}\n{(done.stdout or done.stderr).rstrip()}", file=to)
    lines = pod_logs.between(cluster, begin, time.time())
    for source in sorted({line.source for line in lines}):
        print(f"---- {source}", file=to)
        print("\n".join(pod_logs.show([line for line in lines if line.source == source], LINES)), file=to)
