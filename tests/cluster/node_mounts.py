"""What a node mounts in its own mount namespace, so that it finds a machine of its own and leaves ours as it is.

Nodes share one kernel. Each gets its own bpffs, or a second node would adopt the first one's pinned maps, and its own
/var/lib and /run, so that state on disk (sluiced's saved model, the kubelet's pods) and sockets are apart.
"""
import subprocess
from pathlib import Path

import cgroups

# The kubelet sets these where they differ, and they belong to the machine: it finds the values that it wants.
KUBELET_SYSCTLS = {"vm/overcommit_memory": "1", "vm/panic_on_oom": "0", "kernel/panic": "10",
                   "kernel/panic_on_oops": "1", "kernel/keys/root_maxkeys": "1000000",
                   "kernel/keys/root_maxbytes": "25000000"}


def mount_all(node):
    _mount("--make-rslave", "/")
    _mount("--make-rshared", "/")  # the kubelet's volumes reach containers; nothing reaches the host
    _mount("-t", "proc", "proc", "/proc")
    _mount_sys()
    resolver = Path("/etc/resolv.conf").resolve()
    _mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
    Path("/run/netns").mkdir()
    for folder, target in (("lib", "/var/lib"), ("log", "/var/log")):
        _mount("--bind", node.state / folder, target)
    _hide_resolver(node, resolver)
    for name, value in KUBELET_SYSCTLS.items():
        file = node.state / "sysctl" / name.replace("/", ".")
        file.parent.mkdir(exist_ok=True)
        file.write_text(value + "\n")
        _mount("--bind", file, f"/proc/sys/{name}")


def _mount_sys():
    """A sysfs that shows the node's network devices, its own bpffs, and cgroups with the node's as root."""
    subprocess.run(["umount", "--recursive", "--lazy", "/sys"], check=True)
    _mount("-t", "sysfs", "sysfs", "/sys")
    _mount("-t", "bpf", "-o", "mode=700", "bpf", "/sys/fs/bpf")
    for folder, kind, options in cgroups.mounts():
        target = Path("/sys/fs/cgroup") / folder
        target.mkdir(exist_ok=True)
        _mount("-t", kind, *(["-o", options] if options else []), "cgroup", target)


def _hide_resolver(node, resolver):
    """An empty resolv.conf: what asks for a name outside the cluster fails at once instead of waiting."""
    empty = node.state / "resolv.conf"
    empty.touch()
    if resolver.is_relative_to("/run"):  # a link into what is hidden now
        resolver.parent.mkdir(parents=True, exist_ok=True)
        resolver.touch()
    elif resolver.exists():
        _mount("--bind", empty, resolver)


def _mount(*words):
    subprocess.run(["mount", *map(str, words)], check=True)
