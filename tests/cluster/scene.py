"""The scene of faults: a Gateway in the cluster, traffic through it, and questions about both."""
import contextlib
import json
import signal
import string
import subprocess
import sys
import time

import api
import images
from failure import Failure
from layout import HERE, MANIFESTS

NAMESPACE = "faults"
HOST = "web.example"
FLOW_PORT = 5000


def deploy(cluster):
    manifest = string.Template((MANIFESTS / "faults.yaml").read_text()).substitute(echo_image=images.ECHO)
    api.kubectl(cluster, "apply", "-f", "-", given=manifest)
    api.kubectl(cluster, "-n", NAMESPACE, "rollout", "status", "deployment/echo", "--timeout=60s")
    api.kubectl(cluster, "-n", NAMESPACE, "wait", "gateway/edge", "--for=condition=Programmed", "--timeout=30s")
    eventually(lambda: status(cluster) == 200, 15, f"{HOST} answers with 200")


def remove(cluster):
    api.kubectl(cluster, "delete", "namespace", NAMESPACE, "--ignore-not-found", "--timeout=180s")


def address(cluster, gateway="edge"):
    return api.kubectl(cluster, "-n", NAMESPACE, "get", "gateway", gateway, "-o", "jsonpath={.status.addresses[0].value}")


def status(cluster, host=HOST, at=None, path="/"):
    """HTTP status of a request from the clients' network; 0: no answer."""
    done = subprocess.run(["nsenter", f"--net=/run/netns/{cluster.namespace}", "curl", "--silent", "--output", "/dev/null",
                           "--max-time", "5", "--write-out", "%{http_code}", "--header", f"Host: {host}",
                           f"http://{at or address(cluster)}{path}"], capture_output=True, text=True)
    return int(done.stdout or 0)


def apply(cluster, *things, **options):
    manifest = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(things)})
    return api.kubectl(cluster, "apply", "-f", "-", given=manifest, **options)


def route(name, host, service="echo", namespace=NAMESPACE, service_namespace=None):
    backend = {"name": service, "port": 80} | ({"namespace": service_namespace} if service_namespace else {})
    return {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {"parentRefs": [{"name": "edge", "namespace": NAMESPACE, "sectionName": "http"}], "hostnames": [host],
                     "rules": [{"backendRefs": [backend]}]}}


def route_condition(cluster, name, kind, namespace=NAMESPACE):
    """(status, reason) of a condition of a route under its first parent; None while there is none."""
    found = api.objects(cluster, "httproutes", "-n", namespace, "--field-selector", f"metadata.name={name}")
    parents = found[0].get("status", {}).get("parents", []) if found else []
    return _condition(parents[0]["conditions"] if parents else [], kind)


def listener_condition(cluster, gateway, listener, kind):
    found = json.loads(api.kubectl(cluster, "-n", NAMESPACE, "get", "gateway", gateway, "-o", "json"))
    listeners = [entry for entry in found.get("status", {}).get("listeners", []) if entry["name"] == listener]
    return _condition(listeners[0]["conditions"] if listeners else [], kind)


def _condition(conditions, kind):
    return next(((entry["status"], entry["reason"]) for entry in conditions if entry["type"] == kind), None)


def takes_effect(cluster, name, timeout=15):
    """That a new route serves: the way from the API server to the nodes works."""
    host = f"{name}.example"
    apply(cluster, route(name, host))
    try:
        eventually(lambda: status(cluster, host) == 200, timeout, f"a new route for {host} serves")
    finally:
        api.kubectl(cluster, "-n", NAMESPACE, "delete", "httproute", name, "--wait=false", check=False)


def eventually(holds, timeout, what):
    """Until `holds()` is true; returns the seconds that it took. What fails meanwhile counts as false."""
    begin, last = time.monotonic(), "it was not so"
    while True:
        try:
            if holds():
                return time.monotonic() - begin
        except Failure as failure:
            last = str(failure)
        if time.monotonic() - begin > timeout:
            raise AssertionError(f"not within {timeout} s: {what}; {last}")
        time.sleep(0.1)


@contextlib.contextmanager
def traffic(cluster, rate=50, flow=True):
    """Runs load_client.py meanwhile. Yields a dict that has its result when the block is left without an error."""
    at = address(cluster)
    words = ["--http", f"http://{at}/", "--host", HOST, "--rate", str(rate)]
    words += ["--flow", f"{at}:{FLOW_PORT}"] if flow else []
    client = subprocess.Popen(["nsenter", f"--net=/run/netns/{cluster.namespace}", sys.executable, "-B",
                               str(HERE / "load_client.py"), *words], stdout=subprocess.PIPE, text=True)
    result = {}
    try:
        assert client.stdout.readline() == "ready\n", "the client of tests could not connect"
        time.sleep(1)
        yield result
        time.sleep(1)
        client.send_signal(signal.SIGTERM)
        result |= json.loads(client.communicate(timeout=30)[0])
    finally:
        client.kill()
        client.wait()
    assert result["requests"] >= rate, f"no traffic to speak of: {result['requests']} requests"


def lost(result):
    """Failures of requests, for a message: how many, from when to when, and the first."""
    failures = result["failures"]
    if not failures:
        return ""
    span = failures[-1][0] - failures[0][0]
    return f"{len(failures)} of {result['requests']} requests lost within {span:.2f} s, the first: {failures[0][1]}"


def outage(result):
    """Seconds from the first failed request to the last, 0 without any."""
    return result["failures"][-1][0] - result["failures"][0][0] if result["failures"] else 0.0
