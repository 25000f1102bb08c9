"""What a cluster needs before anybody uses it: the Gateway API's CRDs, cluster DNS, and kube-proxy's rights."""
import string

import addresses
import api
import images
from failure import Failure
from layout import CRDS, MANIFESTS


def apply_crds(cluster, channel):
    """One channel's CRDs and the policy that keeps channels and versions apart; returns how many CRDs there are."""
    if not (CRDS / channel).is_dir():
        raise Failure(f"no CRDs of channel {channel}; tests/cluster/build first")
    # Server side: the larger ones do not fit the annotation that a client-side apply keeps.
    api.kubectl(cluster, "apply", "--server-side", "-f", CRDS / channel)
    api.kubectl(cluster, "wait", "--for=condition=Established", "--timeout=60s", "crd", "--all")
    return len(api.objects(cluster, "crd"))


def apply_system(cluster):
    values = {"coredns_image": images.COREDNS, "dns": addresses.DNS_SERVICE}
    for file in ("kube-proxy.yaml", "coredns.yaml"):
        manifest = string.Template((MANIFESTS / file).read_text()).substitute(values)
        api.kubectl(cluster, "apply", "-f", "-", given=manifest)


def wait_for_dns(cluster, logs):
    api.kubectl(cluster, "-n", "kube-system", "rollout", "status", "deployment/coredns", "--timeout=120s", logs=logs)
