#!/usr/bin/python3 -B
"""The first process of a node. Usage: node_process.py (enter|run) CLUSTER INDEX

`enter` takes the node's cgroup and namespaces and becomes `run`, which starts containerd, imports the images, starts
kubelet and kube-proxy, and from then on does what a machine's init does: it reaps orphans and starts again what ended.
"""
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import addresses
import cgroups
import node_mounts
from layout import BIN, CNI, IMAGES, Cluster

SOCKET = Path("/run/containerd/containerd.sock")
RESTART_PAUSE = 1.0


def enter(cluster, node):
    cgroups.enter([Path(folder) for folder in json.loads((node.state / "cgroups.json").read_text())])
    os.execvp("unshare", ["unshare", "--mount", "--pid", "--uts", "--fork", "--kill-child", "--propagation", "slave",
                          *sys.orig_argv[:sys.orig_argv.index("enter")], "run", cluster.name, str(node.index)])


def run(_, node):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # the kernel ends the rest of the namespace
    os.environ["PATH"] = f"{BIN}:{CNI}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    node_mounts.mount_all(node)
    subprocess.run(["hostname", node.name], check=True)
    daemons = {}
    _start(daemons, "containerd", node)
    _import_images()
    _start(daemons, "kubelet", node)
    _start(daemons, "kube-proxy", node)
    while True:
        pid, status = os.wait()
        if pid in daemons:
            name = daemons.pop(pid)
            _say(f"{name} ended with {os.waitstatus_to_exitcode(status)}; starting it again")
            time.sleep(RESTART_PAUSE)
            _start(daemons, name, node)


def _command(name, node):
    if name == "containerd":
        return [BIN / "containerd", "--config", node.containerd_config]
    if name == "kubelet":
        return [BIN / "kubelet", f"--config={node.kubelet_config}", f"--kubeconfig={node.kubeconfig}",
                f"--hostname-override={node.name}", "--v=2",
                "--node-ip=" + addresses.both(lambda family: addresses.node(node.index, family))]
    return [BIN / "kube-proxy", f"--config={node.proxy_config}", f"--hostname-override={node.name}", "--v=2"]


def _start(daemons, name, node):
    with open(node.state / f"{name}.log", "ab") as log:
        popen = subprocess.Popen(_command(name, node), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
    daemons[popen.pid] = name
    _say(f"{name} started")


def _import_images(timeout=60.0):
    end = time.monotonic() + timeout
    while not SOCKET.exists() or subprocess.run(["ctr", "version"], capture_output=True).returncode:
        if time.monotonic() > end:
            sys.exit(f"containerd did not answer within {timeout:.0f} s")
        time.sleep(0.1)
    _say("containerd answers")
    for archive in sorted(IMAGES.glob("*.tar")):
        subprocess.run(["ctr", "--namespace", "k8s.io", "images", "import", archive], check=True,
                       stdout=subprocess.DEVNULL)
    _say("images imported")


def _say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


if __name__ == "__main__":
    step, cluster_name, index = sys.argv[1:]
    chosen = Cluster(cluster_name)
    {"enter": enter, "run": run}[step](chosen, chosen.node(int(index)))
