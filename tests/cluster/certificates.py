"""Certificates of a test cluster and the kubeconfigs that carry them: one authority, valid for a month."""
import base64
import json
import subprocess

import addresses

DAYS = "30"


def make(cluster, nodes):
    cluster.pki.mkdir()
    _make_authority(cluster.pki)
    names = ["DNS:kubernetes", "DNS:kubernetes.default", "DNS:kubernetes.default.svc", "IP:127.0.0.1",
             f"IP:{addresses.API_SERVICE}", *(f"IP:{addresses.BRIDGE[family]}" for family in addresses.FAMILIES)]
    _sign(cluster.pki, "apiserver", "/CN=kube-apiserver", names)
    users = {"admin": "/O=system:masters/CN=admin",
             "controller-manager": "/CN=system:kube-controller-manager",
             "scheduler": "/CN=system:kube-scheduler",
             "kube-proxy": "/CN=system:kube-proxy"}
    for user, subject in users.items():
        _sign(cluster.pki, user, subject)
        _write_kubeconfig(cluster, user, cluster.kubeconfig(user))
    for node in nodes:
        _sign(cluster.pki, node.name, f"/O=system:nodes/CN=system:node:{node.name}")
        _write_kubeconfig(cluster, node.name, node.kubeconfig)
    _openssl(cluster.pki, "genrsa", "-out", "service-account.key", "2048")


def _openssl(folder, *words):
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def _make_authority(folder):
    _openssl(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-keyout", "ca.key", "-out", "ca.crt", "-days", DAYS, "-subj", "/CN=test-cluster-ca")


def _sign(folder, name, subject, names=()):
    """NAME.key and NAME.crt, for both ends of TLS."""
    extensions = ["keyUsage=digitalSignature", "extendedKeyUsage=clientAuth,serverAuth"]
    if names:
        extensions.append("subjectAltName=" + ",".join(names))
    (folder / f"{name}.ext").write_text("\n".join(extensions) + "\n")
    _openssl(folder, "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", subject)
    _openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial",
             "-days", DAYS, "-extfile", f"{name}.ext", "-out", f"{name}.crt")


def _write_kubeconfig(cluster, name, path):
    def data(file):
        return base64.b64encode((cluster.pki / file).read_bytes()).decode()

    path.write_text(json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": cluster.name,
        "contexts": [{"name": cluster.name, "context": {"cluster": cluster.name, "user": name}}],
        "clusters": [{"name": cluster.name, "cluster": {"server": f"https://{addresses.BRIDGE[4]}:6443",
                                                        "certificate-authority-data": data("ca.crt")}}],
        "users": [{"name": name, "user": {"client-certificate-data": data(f"{name}.crt"),
                                          "client-key-data": data(f"{name}.key")}}]}, indent=1) + "\n")
    path.chmod(0o600)
