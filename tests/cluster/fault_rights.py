"""What somebody who has a node's token can do with it: its own Lease, and nothing else."""
import addresses
import api
import sluice

LEASE = "sluice-node-{}"


def a_nodes_token_writes_the_lease_of_its_own_node_alone(cluster):
    pod = sluice.pods(cluster, "node")[0]
    mine = pod["spec"]["nodeName"]
    other = next(node.name for node in cluster.nodes() if node.name != mine)
    token = _token(cluster, pod["metadata"]["name"])
    assert _refusal(cluster, token, LEASE.format(mine)) is None, "a node must be able to renew its own Lease"
    for name in (LEASE.format(other), "sluice-controller"):
        refusal = _refusal(cluster, token, name)
        assert refusal and "a node may write its own Lease alone" in refusal, f"{name}: {refusal or 'it was taken'}"


def a_nodes_token_reads_no_secret_no_route_and_no_pod(cluster):
    token = _token(cluster, sluice.pods(cluster, "node")[0]["metadata"]["name"])
    for kind in ("secrets", "httproutes", "pods", "configmaps", "nodes"):
        done = api.kubectl(cluster, "-n", sluice.NAMESPACE, "get", kind, *_as(token), check=False)
        assert done.returncode and "forbidden" in done.stderr, f"{kind}: {done.stdout or done.stderr}"


def _token(cluster, pod):
    """As the kubelet makes it for that pod: it names the pod's node."""
    return api.kubectl(cluster, "-n", sluice.NAMESPACE, "create", "token", "sluiced", "--bound-object-kind=Pod",
                       f"--bound-object-name={pod}").strip()


def _as(token):
    """Arguments of kubectl by which it is the bearer of `token`; the administrator's certificate would come first."""
    server = f"https://{addresses.BRIDGE[4]}:6443"
    return ["--kubeconfig=/dev/null", f"--server={server}", "--insecure-skip-tls-verify", f"--token={token}"]


def _refusal(cluster, token, name):
    """What the API server says against a renewal of a Lease; None when it would take it. Nothing is stored."""
    for _ in range(20):
        lease = api.kubectl(cluster, "-n", sluice.NAMESPACE, "get", "lease", name, "-o", "json")
        done = api.kubectl(cluster, "-n", sluice.NAMESPACE, "replace", "--dry-run=server", "-f", "-", *_as(token),
                           given=lease, check=False)
        if "Conflict" not in done.stderr:  # whoever holds the Lease renewed it between the two
            break
    return done.stderr if done.returncode else None


CHECKS = [a_nodes_token_writes_the_lease_of_its_own_node_alone, a_nodes_token_reads_no_secret_no_route_and_no_pod]
