"""What a test cluster is built from, and how each program is built.

Programs are those of the tool blocks of components/go.mod and components/mesh/go.mod, and two packages beside it.
All but runc are static and without C, and all share one set of compiler flags, so that nothing is compiled twice.
"""
import hashlib
import resource
import time
from dataclasses import dataclass
from pathlib import Path

import go_modules
from layout import BIN, CNI, COMPONENTS

MESH = COMPONENTS / "mesh"
KUBERNETES = "k8s.io/kubernetes"
CONTAINERD = "github.com/containerd/containerd/v2"
HELM = "helm.sh/helm/v3"

# No debug information: an eighth less to compile, a fifth less to keep.
COMPILE = ("-trimpath", "-gcflags=all=-dwarf=false")


@dataclass(frozen=True)
class Component:
    name: str
    package: str
    output: Path
    module: Path = COMPONENTS
    verb: tuple = ("build",)
    tags: str = ""
    link: str = ""
    cgo: bool = False

    def command(self, jobs=None):
        words = [*self.verb, *COMPILE, "-tags", self.tags, "-ldflags", f"-s -w {self.link}".strip(), "-o", self.output]
        return words + (["-p", jobs] if jobs else []) + [self.package]

    def key(self):
        """Of all that decides the program: the module's pins, our own sources, the command."""
        digest = hashlib.sha256(repr(list(map(str, self.command()))).encode())
        folders = [self.module, self.module / self.package] if self.package.startswith("./") else [self.module]
        for file in sorted(file for folder in folders for file in folder.iterdir() if file.is_file()):
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
        return digest.hexdigest()


def components():
    """Of a cluster, the slowest first."""
    found = [_component(package) for package in go_modules.programs(COMPONENTS)]
    found.append(Component("coredns", "./coredns", BIN / "coredns"))
    found.append(Component("conformance.test", "./conformance", BIN / "conformance.test", verb=("test", "-c")))
    return sorted(found, key=lambda component: not component.name.startswith("kube-apiserver"))


def mesh_components():
    """echo-advanced of the suite's mesh tests, which is Istio's echo server and client."""
    names = {package: f"echo-{Path(package).name}" for package in go_modules.programs(MESH)}
    return [Component(name, package, BIN / name, module=MESH) for package, name in names.items()]


def _component(package):
    path = Path(package)
    name = {"go.etcd.io/etcd/server/v3": "etcd"}.get(package, path.name)
    folder = CNI if "containernetworking/plugins" in package else BIN
    return Component(name, package, folder / name, **_options(name, package))


def _options(name, package):
    if package.startswith(KUBERNETES):
        number = go_modules.version(COMPONENTS, KUBERNETES)
        major, minor = number.removeprefix("v").split(".")[:2]
        stamps = {"gitVersion": number, "gitMajor": major, "gitMinor": minor, "gitTreeState": "clean"}
        return {"link": " ".join(f"-X k8s.io/component-base/version.{key}={value}" for key, value in stamps.items())}
    if package.startswith(CONTAINERD):
        number = go_modules.version(COMPONENTS, CONTAINERD)
        return {"link": f"-X {CONTAINERD}/version.Version={number}", "tags": "no_btrfs no_devmapper no_zfs"}
    if package.startswith(HELM):
        return {"link": f"-X {HELM}/internal/version.version={go_modules.version(COMPONENTS, HELM)}"}
    if name == "runc":  # it enters namespaces in C, and containerd gives every pod a seccomp profile
        return {"cgo": True, "tags": "seccomp netgo osusergo", "link": "-linkmode external -extldflags -static"}
    return {}


def build(component, jobs=None):
    """Builds it unless it is there already; returns seconds and seconds of CPU, None when it was there."""
    stamp = component.output.with_name(f".{component.name}.key")
    key = component.key()
    if component.output.exists() and stamp.exists() and stamp.read_text() == key:
        return None
    begin, used = time.monotonic(), cpu_seconds()
    component.output.parent.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    go_modules.go(component.module, *component.command(jobs), cgo=component.cgo)
    stamp.write_text(key)
    return time.monotonic() - begin, cpu_seconds() - used


def cpu_seconds():
    """Of all processes that we have started and that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
