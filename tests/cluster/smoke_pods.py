"""The smoke test's pods: who they are, and requests from the clients' namespace and from inside a pod."""
import json
import string
import subprocess
import time

import api
import images
import nodes
from failure import Failure
from layout import MANIFESTS

NAMESPACE = "smoke"
# Not a bind of the pod's own file: mount(8) would resolve /proc/PID/root to this root.
FROM_A_POD = ("cat /proc/{pid}/root/etc/resolv.conf >/run/smoke.conf && mount --bind /run/smoke.conf /etc/resolv.conf"
              " && curl --silent --show-error --fail --max-time 5 {url}")


def deploy(cluster):
    manifest = string.Template((MANIFESTS / "smoke.yaml").read_text()).substitute(echo_image=images.ECHO)
    api.kubectl(cluster, "apply", "-f", "-", given=manifest)
    api.kubectl(cluster, "-n", NAMESPACE, "rollout", "status", "deployment/echo", "--timeout=60s",
                logs=[log for node in cluster.nodes() for log in nodes.logs(node)])


def remove(cluster):
    api.kubectl(cluster, "delete", "namespace", NAMESPACE, "--ignore-not-found", "--timeout=60s")


def pods(cluster):
    return api.objects(cluster, "pods", "-n", NAMESPACE, "-l", "app=echo")


def service(cluster):
    return api.objects(cluster, "services", "-n", NAMESPACE)[0]


def answering_pod(cluster, url):
    """Name of the pod that answers a client of the clients' namespace."""
    return _pod(["nsenter", f"--net=/run/netns/{cluster.namespace}",
                 "curl", "--silent", "--show-error", "--fail", "--max-time", "5", url])


def pod_answering_pod(cluster, pod, url):
    """Name of the pod that answers `pod`, from whose network and by whose resolv.conf `url` is asked for."""
    node = next(node for node in cluster.nodes() if node.name == pod["spec"]["nodeName"])
    pid = _pid(cluster, node, pod)
    return _pod(nodes.command(cluster, node, ["nsenter", "--net", "--target", pid, "unshare", "--mount", "sh", "-c",
                                              FROM_A_POD.format(pid=pid, url=url)]))


def wait_for_name(cluster, pod, name, timeout=30.0):
    """Until `name` resolves in `pod`: CoreDNS caches that it did not for 5 s, and may be joining its watches anew."""
    end = time.monotonic() + timeout
    while True:
        try:
            return pod_answering_pod(cluster, pod, f"http://{name}/")
        except Failure:
            if time.monotonic() > end:
                raise
            time.sleep(0.5)


def _pid(cluster, node, pod):
    """The container's process, as the node numbers it."""
    container = pod["status"]["containerStatuses"][0]["containerID"].removeprefix("containerd://")
    tasks = subprocess.run(nodes.command(cluster, node, ["ctr", "--namespace", "k8s.io", "tasks", "ls"]),
                           capture_output=True, text=True, check=True).stdout
    return next(line.split()[1] for line in tasks.splitlines() if line.startswith(container))


def _pod(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise Failure(f"{command[-1]}: {done.stderr.strip()}")
    return json.loads(done.stdout)["pod"]
