"""Where a test cluster keeps what it is made of and what it runs, and under which names."""
import os
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[1]
COMPONENTS = HERE / "components"
CONFIG = HERE / "config"
MANIFESTS = HERE / "manifests"


def _cache():
    """$SLUICE_CLUSTER_CACHE, else in the user's cache: it outlives checkouts, as building takes long."""
    if chosen := os.environ.get("SLUICE_CLUSTER_CACHE"):
        return Path(chosen).resolve()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").resolve() / "sluice-cluster"


CACHE = _cache()
BIN = CACHE / "bin"
CNI = CACHE / "cni"  # the folder that containerd looks for CNI plugins in
IMAGES = CACHE / "images"  # OCI archives; each node imports all of them
CRDS = CACHE / "crds"  # a folder a channel of the Gateway API


@dataclass(frozen=True)
class Node:
    index: int  # 1, 2, …: the last part of its addresses
    name: str  # of the Kubernetes Node, its network namespace and its cgroup
    state: Path

    @property
    def containerd_config(self):
        return self.state / "containerd.toml"

    @property
    def kubelet_config(self):
        return self.state / "kubelet.yaml"

    @property
    def proxy_config(self):
        return self.state / "kube-proxy.yaml"

    @property
    def kubeconfig(self):
        return self.state / "kubelet.conf"


@dataclass(frozen=True)
class Cluster:
    name: str

    @property
    def state(self):
        return CACHE / "run" / self.name

    @property
    def namespace(self):
        """Network namespace of the control plane, the bridge and the clients."""
        return self.name

    @property
    def pki(self):
        return self.state / "pki"

    @property
    def admin(self):
        return self.kubeconfig("admin")

    def kubeconfig(self, user):
        return self.state / f"{user}.conf"

    def node(self, index):
        name = f"{self.name}-n{index}"
        return Node(index, name, self.state / f"n{index}")

    def nodes(self):
        """The nodes that `up` has begun to make."""
        folders = (self.state / f"n{index}" for index in range(1, 10))
        return [self.node(int(folder.name[1:])) for folder in folders if folder.is_dir()]


def cluster():
    """The cluster that $SLUICE_CLUSTER names; several may run side by side."""
    return Cluster(os.environ.get("SLUICE_CLUSTER", "sluice"))
