"""A node as the machine sees it: its configuration, its start, commands inside it, and its removal."""
import json
import signal
import string
import subprocess
import sys

import addresses
import cgroups
import images
import processes
from failure import Failure
from layout import BIN, CNI, CONFIG, HERE


def prepare(cluster, node):
    """Folders and configuration; the kubelet's certificate is made with the others."""
    for folder in ("lib", "log", "cni"):
        (node.state / folder).mkdir(parents=True)
    for folder in ("kubelet", "sluice"):
        (node.state / "lib" / folder).mkdir()
    values = {"ca": cluster.pki / "ca.crt", "dns": addresses.DNS_SERVICE, "pause_image": images.PAUSE,
              "runc": BIN / "runc", "cni_bin": CNI, "cni_config": node.state / "cni",
              "kubeconfig": cluster.kubeconfig("kube-proxy"), "pods": addresses.both(addresses.PODS),
              "pods4": addresses.pods(node.index, 4), "pods6": addresses.pods(node.index, 6)}
    for template, path in (("containerd.toml", node.containerd_config), ("kubelet.yaml", node.kubelet_config),
                           ("kube-proxy.yaml", node.proxy_config),
                           ("bridge.conflist", node.state / "cni" / "10-bridge.conflist")):
        path.write_text(string.Template((CONFIG / template).read_text()).substitute(values))


def start(cluster, node):
    folders = cgroups.make(node.name)
    (node.state / "cgroups.json").write_text(json.dumps([str(folder) for folder in folders]) + "\n")
    command = [sys.executable, "-B", HERE / "node_process.py", "enter", cluster.name, node.index]
    processes.start(cluster, node.name, command, node.name, node.state / "node.log")


def logs(node):
    return [node.state / f"{name}.log" for name in ("node", "containerd", "kubelet", "kube-proxy")]


def command(cluster, node, words):
    """`words` as a command line that runs inside the node, as its root; None while the node does not run."""
    process = processes.find(cluster, node.name)
    first = process.child() if process and process.running() else None
    if first is None:
        return None
    return ["nsenter", "--target", str(first), "--mount", "--net", "--pid", "--uts", "--cgroup",
            "env", f"PATH={BIN}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", *map(str, words)]


def run(cluster, node, words, check=True):
    """What `words` print inside the node; with check, a Failure with what they say where they fail."""
    line = command(cluster, node, words)
    if line is None:
        raise Failure(f"{node.name} does not run", logs(node))
    done = subprocess.run(line, capture_output=True, text=True)
    if check and done.returncode:
        raise Failure(f"{node.name}: {' '.join(map(str, words))}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def load(cluster, node, archive):
    """Imports an OCI image archive, as a pull would bring it."""
    line = command(cluster, node, ["ctr", "--namespace", "k8s.io", "images", "import", "-"])
    if line is None:
        raise Failure(f"{node.name} does not run", logs(node))
    with archive.open("rb") as file:
        done = subprocess.run(line, stdin=file, capture_output=True, text=True)
    if done.returncode:
        raise Failure(f"{node.name}: {archive}: {done.stderr.strip()}", logs(node))


def remove(cluster, node):
    """Ends the node at once: with its first process the kernel ends all others, pods' too, and drops the mounts."""
    process = processes.find(cluster, node.name)
    if process:
        process.stop(first=signal.SIGKILL)
    record = node.state / "cgroups.json"
    if record.exists():
        cgroups.remove(json.loads(record.read_text()))
