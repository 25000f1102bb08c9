"""etcd, the API server, the controller manager and the scheduler, in the cluster's own network namespace."""
import addresses
import processes
from layout import BIN

ETCD = "127.0.0.1:2379"


def log(cluster, name):
    return cluster.state / f"{name}.log"


def start_api(cluster):
    """etcd and the API server; `api.wait_until_ready` says when it answers."""
    _start(cluster, "etcd", _etcd(cluster))
    _start(cluster, "apiserver", _apiserver(cluster))


def start_controllers(cluster):
    _start(cluster, "controller-manager", _controller_manager(cluster))
    _start(cluster, "scheduler", _scheduler(cluster))


def _start(cluster, name, command):
    processes.start(cluster, name, command, cluster.namespace, log(cluster, name))


def _etcd(cluster):
    return [BIN / "etcd", "--data-dir", cluster.state / "etcd",
            "--unsafe-no-fsync",  # a machine that dies takes the cluster with it
            "--listen-client-urls", f"http://{ETCD}", "--advertise-client-urls", f"http://{ETCD}",
            "--listen-peer-urls", "http://127.0.0.1:2380"]


def _apiserver(cluster):
    pki = cluster.pki
    return [BIN / "kube-apiserver", f"--etcd-servers=http://{ETCD}",
            "--bind-address=::", "--secure-port=6443", f"--advertise-address={addresses.BRIDGE[4]}",
            f"--tls-cert-file={pki}/apiserver.crt", f"--tls-private-key-file={pki}/apiserver.key",
            f"--client-ca-file={pki}/ca.crt", f"--cert-dir={pki}",
            f"--kubelet-client-certificate={pki}/admin.crt", f"--kubelet-client-key={pki}/admin.key",
            "--kubelet-preferred-address-types=InternalIP",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-signing-key-file={pki}/service-account.key",
            f"--service-account-key-file={pki}/service-account.key",
            f"--service-cluster-ip-range={addresses.both(addresses.SERVICES)}",
            "--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction",
            "--allow-privileged=true", "--profiling=false"]


def _controller_manager(cluster):
    pki = cluster.pki
    config = cluster.kubeconfig("controller-manager")
    return [BIN / "kube-controller-manager", f"--kubeconfig={config}", f"--authentication-kubeconfig={config}",
            f"--authorization-kubeconfig={config}", "--bind-address=127.0.0.1", "--leader-elect=false",
            f"--service-account-private-key-file={pki}/service-account.key", f"--root-ca-file={pki}/ca.crt",
            "--use-service-account-credentials=true",
            f"--service-cluster-ip-range={addresses.both(addresses.SERVICES)}",
            f"--cluster-signing-cert-file={pki}/ca.crt", f"--cluster-signing-key-file={pki}/ca.key"]


def _scheduler(cluster):
    config = cluster.kubeconfig("scheduler")
    return [BIN / "kube-scheduler", f"--kubeconfig={config}", f"--authentication-kubeconfig={config}",
            f"--authorization-kubeconfig={config}", "--bind-address=127.0.0.1", "--leader-elect=false"]
