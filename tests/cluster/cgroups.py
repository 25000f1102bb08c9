"""A node's own cgroup, in every hierarchy of version 1 or in the one of version 2.

Inside a cgroup namespace the node sees it as the root, so the kubelet's and runc's paths are those of a machine.
"""
import contextlib
import ctypes
import os
import time
from pathlib import Path

CLONE_NEWCGROUP = 0x02000000  # sched.h


def unified():
    """True on a host whose controllers are in version 2's hierarchy."""
    return Path("/sys/fs/cgroup/cgroup.controllers").exists()


def folders(name):
    """The node's cgroup in each hierarchy, as the host sees it, below the cgroup that we are in.

    Version 2 lets no cgroup but the root have both processes and children with controllers: there it is below that.
    """
    if unified():
        return [Path("/sys/fs/cgroup") / name]
    return [Path("/sys/fs/cgroup", controllers.removeprefix("name="), path.lstrip("/"), name)
            for controllers, path in _memberships()]


def _memberships():
    """Version 1: (controllers, our path) of each hierarchy, such as ("cpu,cpuacct", "/") and ("name=systemd", "/")."""
    fields = [line.split(":", 2)[1:] for line in Path("/proc/self/cgroup").read_text().splitlines()]
    return [(controllers, path) for controllers, path in fields if controllers]  # empty: version 2, without controllers


def make(name):
    """Creates them; returns their folders for `remove`."""
    made = folders(name)
    for folder in made:
        folder.mkdir(exist_ok=True)
        for file in ("cpuset.cpus", "cpuset.mems"):  # version 1 starts them empty, and then lets nobody in
            if (folder / file).exists() and not (folder / file).read_text().strip():
                (folder / file).write_text((folder.parent / file).read_text())
    if unified():
        _delegate(Path("/sys/fs/cgroup"))
    return made


def enter(made):
    """Moves this process there and makes it the root of a new cgroup namespace."""
    for folder in made:
        (folder / "cgroup.procs").write_text(str(os.getpid()))
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWCGROUP) != 0:
        raise OSError(ctypes.get_errno(), "unshare(CLONE_NEWCGROUP)")
    if unified():  # the node's own processes in a leaf, so that the root can have children
        leaf = made[0] / "init"
        leaf.mkdir(exist_ok=True)
        (leaf / "cgroup.procs").write_text(str(os.getpid()))
        _delegate(made[0])


def _delegate(folder):
    available = (folder / "cgroup.controllers").read_text().split()
    for controller in available:
        (folder / "cgroup.subtree_control").write_text(f"+{controller}")


def mounts():
    """What a node mounts below /sys/fs/cgroup: (folder, type, options), in order."""
    if unified():
        return [("", "cgroup2", "")]
    hierarchies = [controllers for controllers, _ in _memberships()]
    return [("", "tmpfs", "mode=755")] + [
        (controllers.removeprefix("name="), "cgroup", f"none,{controllers}" if "=" in controllers else controllers)
        for controllers in hierarchies]


def remove(made, timeout=10.0):
    """Removes them with what is below; the kernel lets go of a killed process's cgroup only after a while."""
    end = time.monotonic() + timeout
    for folder in map(Path, made):
        while folder.exists():
            for path, _, _ in os.walk(folder, topdown=False):
                with contextlib.suppress(OSError):
                    os.rmdir(path)
            if time.monotonic() > end:
                raise OSError(f"{folder} has processes still: {_processes(folder)}")
            if folder.exists():
                time.sleep(0.05)


def _processes(folder):
    return [pid for file in folder.rglob("cgroup.procs") for pid in file.read_text().split()]
