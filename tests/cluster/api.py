"""Requests to a test cluster's API server, by its own kubectl, from the namespace of the clients."""
import json
import subprocess
import time

import control_plane
import processes
from failure import Failure
from layout import BIN


def command(cluster, words, program="kubectl"):
    """kubectl or helm with `words`, as the cluster's administrator."""
    return ["nsenter", f"--net=/run/netns/{cluster.namespace}", str(BIN / program), f"--kubeconfig={cluster.admin}",
            *map(str, words)]


def kubectl(cluster, *words, given=None, logs=(), check=True):
    """Its output; fails with what it said, and with `logs`. given: text for its standard input."""
    done = subprocess.run(command(cluster, words), input=given, capture_output=True, text=True)
    if check and done.returncode:
        raise Failure(f"kubectl {' '.join(map(str, words))}: {done.stderr.strip()}", logs)
    return done.stdout if check else done


def objects(cluster, kind, *words):
    return json.loads(kubectl(cluster, "get", kind, "-o", "json", *words))["items"]


def wait_until_ready(cluster, timeout=60.0):
    """Until the API server says that it is ready, its post-start hooks (RBAC's own roles) included."""
    names = ("etcd", "apiserver")
    logs = [control_plane.log(cluster, name) for name in names]
    end = time.monotonic() + timeout
    while kubectl(cluster, "get", "--raw", "/readyz", "--request-timeout=2s", check=False).returncode:
        for name in names:
            if not processes.find(cluster, name).running():
                raise Failure(f"{name} ended before the API server was ready", logs)
        if time.monotonic() > end:
            raise Failure(f"the API server is not ready after {timeout:.0f} s", logs)
        time.sleep(0.2)


def wait_until_exists(cluster, kind, name, logs, timeout=60.0):
    end = time.monotonic() + timeout
    while kubectl(cluster, "get", kind, name, check=False).returncode:
        if time.monotonic() > end:
            raise Failure(f"no {kind} {name} after {timeout:.0f} s", logs)
        time.sleep(0.2)
