"""Faults of processes and links: the API server, etcd's history, the leading controller, sluiced, a node's network."""
import json
import signal
import socket
import subprocess
import sys
import time

import api
import control_plane
import nodes
import processes
import scene
import sluice

CONTROLLER = "sluice-controll"  # as the kernel cuts a process's name
LONG = 120  # seconds without an API server


def leader(cluster):
    """Who holds the Lease sluice-controller: pod_process, so that a pod's next process is another; "" for nobody."""
    return api.kubectl(cluster, "-n", sluice.NAMESPACE, "get", "lease", "sluice-controller", "-o",
                       "jsonpath={.spec.holderIdentity}")


def owner(cluster):
    """Node that answers for the scene's address, by its link-layer address as a client sees it."""
    return owner_of(cluster, scene.address(cluster))


def owner_of(cluster, at):
    clients = ["nsenter", f"--net=/run/netns/{cluster.namespace}"]
    subprocess.run([*clients, "ip", "neigh", "flush", "to", at], check=True)
    scene.status(cluster, at=at)
    neighbour = subprocess.run([*clients, "ip", "neigh", "show", "to", at], capture_output=True, text=True, check=True).stdout
    for node in cluster.nodes():
        if nodes.run(cluster, node, ["cat", "/sys/class/net/eth0/address"]).strip() in neighbour:
            return node
    raise AssertionError(f"no node answers for {at}: {neighbour.strip() or 'no neighbour entry'}")


def running(cluster, node, program):
    """Of a program, as the node numbers its processes; none where it does not run."""
    return nodes.run(cluster, node, ["pgrep", "-x", program], check=False).split()


def pids(cluster, node, program):
    found = running(cluster, node, program)
    assert found, f"{program} does not run on {node.name}"
    return found


def the_leader_is_killed_under_load_and_another_one_takes_over(cluster):
    first = leader(cluster)
    pod = next(pod for pod in sluice.pods(cluster, "controller") if first.startswith(pod["metadata"]["name"]))
    node = next(node for node in cluster.nodes() if node.name == pod["spec"]["nodeName"])
    found = pids(cluster, node, CONTROLLER)
    assert len(found) == 1, f"controllers on {node.name}: {found}"
    with scene.traffic(cluster) as result:
        nodes.run(cluster, node, ["kill", "-KILL", *found])
        took = scene.eventually(lambda: leader(cluster) not in ("", first), 25, "another process leads")
        scene.takes_effect(cluster, "after-leader")
    assert not scene.lost(result), scene.lost(result)
    assert result["flow"]["broken"] is None, result["flow"]
    print(f"        another one led after {took:.1f} s")
    sluice.wait_until_ready(cluster, 60)


def sluiced_is_killed_under_load_the_kernels_flows_go_on_and_requests_succeed_within_a_second(cluster):
    node = owner(cluster)
    with scene.traffic(cluster) as result:
        nodes.run(cluster, node, ["kill", "-KILL", pids(cluster, node, "sluiced")[-1]])  # not the parent that watches it
        time.sleep(5)
    assert result["flow"]["broken"] is None, f"a flow of the kernel: {result['flow']}"
    assert result["flow"]["exchanges"] >= 50, result["flow"]
    assert scene.outage(result) <= 1.0, scene.lost(result)
    print(f"        requests failed for {scene.outage(result):.2f} s; {len(result['failures'])} of {result['requests']}")
    sluice.wait_until_ready(cluster, 60)


def a_node_that_starts_without_an_api_server_and_controllers_serves_what_it_saved(cluster):
    node, at = owner(cluster), scene.address(cluster)
    asleep = [(each, pid) for each in cluster.nodes() for pid in pids(cluster, each, CONTROLLER)]
    before = set(pids(cluster, node, "sluiced"))
    processes.find(cluster, "apiserver").stop(first=signal.SIGKILL)
    try:
        for each, pid in asleep:
            nodes.run(cluster, each, ["kill", "-STOP", pid])
        # The parent that watches it, too: the kubelet starts the container anew.
        nodes.run(cluster, node, ["kill", "-KILL", *before])
        scene.eventually(lambda: set(running(cluster, node, "sluiced")) - before, 40, f"sluiced starts anew on {node.name}")
        took = scene.eventually(lambda: scene.status(cluster, at=at) == 200, 15, f"{node.name} serves what it saved")
        assert owner_of(cluster, at) == node, f"{node.name} does not answer for {at}"
    finally:
        for each, pid in asleep:
            nodes.run(cluster, each, ["kill", "-CONT", pid], check=False)
        processes.start_again(cluster, "apiserver")
        api.wait_until_ready(cluster)
    print(f"        a request was answered {took:.1f} s after its start")
    sluice.wait_until_ready(cluster, 90)
    scene.takes_effect(cluster, "after-start", timeout=30)


def a_node_that_gives_its_addresses_up_and_comes_back_leaves_them_to_whoever_serves_them(cluster):
    args = json.dumps([{"op": "add", "path": "/spec/template/spec/containers/0/args/-", "value": "--release-vips"}])
    api.kubectl(cluster, "-n", sluice.NAMESPACE, "patch", "daemonset", "sluiced", "--type=json", "-p", args)
    sluice.wait_until_ready(cluster, 60)
    node = owner(cluster)
    other = next(each for each in cluster.nodes() if each != node)
    pod = next(pod for pod in sluice.pods(cluster, "node") if pod["spec"]["nodeName"] == node.name)["metadata"]["name"]
    try:
        with scene.traffic(cluster, flow=False) as result:
            api.kubectl(cluster, "-n", sluice.NAMESPACE, "delete", "pod", pod)
            sluice.wait_until_ready(cluster, 60)
            time.sleep(10)
        assert owner(cluster) == other, f"{node.name} took the address back from a node that lives"
        assert scene.outage(result) <= 3.0, scene.lost(result)
        print(f"        requests failed for {scene.outage(result):.2f} s; {len(result['failures'])} of {result['requests']}")
    finally:
        api.kubectl(cluster, "-n", sluice.NAMESPACE, "rollout", "undo", "daemonset/sluiced")
        sluice.wait_until_ready(cluster, 60)


def a_host_that_claims_an_address_of_ours_is_answered_and_does_not_get_it(cluster):
    """By gratuitous ARP, as a machine does that was given the address by mistake."""
    at, node = scene.address(cluster), owner(cluster)
    stranger = bytes.fromhex("020000000bad")
    claim = (b"\xff" * 6 + stranger + bytes.fromhex("0806" "0001" "0800" "06" "04" "0001")
             + stranger + socket.inet_aton(at) + bytes(6) + socket.inet_aton(at))
    code = (f"import socket; s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); s.bind(('br0', 0));"
            f"s.send(bytes.fromhex({claim.hex()!r}))")
    for _ in range(3):
        subprocess.run(["nsenter", f"--net=/run/netns/{cluster.namespace}", sys.executable, "-c", code], check=True)
        time.sleep(1.5)
        assert owner(cluster) == node, f"{node.name} has given {at} up"
        assert scene.status(cluster) == 200


def history_is_compacted_away_while_controllers_sleep_and_they_list_again(cluster):
    before = _gone(cluster)
    asleep = [(node, pid) for node in cluster.nodes() for pid in pids(cluster, node, CONTROLLER)]
    assert len(asleep) == 2, f"controllers that run: {asleep}"
    try:
        for node, pid in asleep:
            nodes.run(cluster, node, ["kill", "-STOP", pid])
        scene.apply(cluster, scene.route("slept", "slept.example"))
        _compact(cluster)
        # Its cache of changes begins anew: a watch from before it is answered with 410.
        processes.find(cluster, "apiserver").stop()
        processes.start_again(cluster, "apiserver")
        api.wait_until_ready(cluster)
    finally:
        for node, pid in asleep:
            nodes.run(cluster, node, ["kill", "-CONT", pid], check=False)
    try:
        scene.eventually(lambda: scene.status(cluster, "slept.example") == 200, 30, "what changed meanwhile serves")
        scene.eventually(lambda: _gone(cluster) > before, 10, "a list was begun because of 410")
    finally:
        api.kubectl(cluster, "-n", scene.NAMESPACE, "delete", "httproute", "slept")
    sluice.wait_until_ready(cluster, 60)


def the_api_server_is_away_for_two_minutes_under_load_and_no_request_is_lost(cluster):
    with scene.traffic(cluster) as result:
        processes.find(cluster, "apiserver").stop(first=signal.SIGKILL)
        time.sleep(LONG)
        processes.start_again(cluster, "apiserver")
        api.wait_until_ready(cluster)
        scene.takes_effect(cluster, "after-api-server", timeout=60)
    assert not scene.lost(result), scene.lost(result)
    assert result["flow"]["broken"] is None, result["flow"]


def a_node_that_is_cut_off_loses_its_address_to_another_and_does_not_take_it_back(cluster):
    node = owner(cluster)
    other = next(each for each in cluster.nodes() if each != node)
    _pin_backends(cluster, other)
    try:
        _link(cluster, node, "down")
        took = scene.eventually(lambda: scene.status(cluster) == 200, 60, f"{other.name} serves the address")
        assert owner(cluster) == other
        _link(cluster, node, "up")
        with scene.traffic(cluster, flow=False) as result:
            time.sleep(15)
        assert owner(cluster) == other, f"{node.name} took the address back from a node that lives"
        assert not scene.lost(result), scene.lost(result)
        print(f"        the other node served after {took:.1f} s")
    finally:
        _link(cluster, node, "up")
        _pin_backends(cluster, None)
    sluice.wait_until_ready(cluster, 90)


def _link(cluster, node, state):
    subprocess.run(["ip", "-n", cluster.namespace, "link", "set", f"n{node.index}", state], check=True)


def _pin_backends(cluster, node):
    """Both pods of the scene to one node; None: one on each again."""
    apart = {"requiredDuringSchedulingIgnoredDuringExecution": [
        {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "echo"}}}]}
    there = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
        {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node.name]}]}]}} if node else None
    affinity = {"nodeAffinity": there, "podAntiAffinity": None if node else apart}
    api.kubectl(cluster, "-n", scene.NAMESPACE, "patch", "deployment", "echo", "--type=merge", "-p",
                json.dumps({"spec": {"template": {"spec": {"affinity": affinity}}}}))
    api.kubectl(cluster, "-n", scene.NAMESPACE, "rollout", "status", "deployment/echo", "--timeout=90s")


def _compact(cluster):
    """All of etcd's history but the present, by etcd's JSON gateway."""
    def etcd(path, body):
        done = subprocess.run(["nsenter", f"--net=/run/netns/{cluster.namespace}", "curl", "--silent", "--fail", "--data",
                               json.dumps(body), f"http://{control_plane.ETCD}/v3/{path}"], capture_output=True, text=True)
        assert done.returncode == 0, f"etcd: {path}: {done.stdout}{done.stderr}"
        return json.loads(done.stdout)

    revision = etcd("maintenance/status", {})["header"]["revision"]
    etcd("kv/compaction", {"revision": revision, "physical": True})


def _gone(cluster):
    """Lists that controllers began because the server no longer had the version that they were at."""
    count = 0
    for pod in sluice.pods(cluster, "controller"):
        at = pod["status"].get("podIP")
        done = subprocess.run(["nsenter", f"--net=/run/netns/{cluster.namespace}", "curl", "--silent", "--max-time", "5",
                               f"http://{at}:9464/metrics"], capture_output=True, text=True)
        count += sum(float(line.rpartition(" ")[2]) for line in done.stdout.splitlines()
                     if line.startswith("sluice_kubernetes_lists_total{") and 'reason="gone"' in line)
    return count


SHORT = [the_leader_is_killed_under_load_and_another_one_takes_over,
         sluiced_is_killed_under_load_the_kernels_flows_go_on_and_requests_succeed_within_a_second,
         a_node_that_starts_without_an_api_server_and_controllers_serves_what_it_saved,
         a_node_that_gives_its_addresses_up_and_comes_back_leaves_them_to_whoever_serves_them,
         a_host_that_claims_an_address_of_ours_is_answered_and_does_not_get_it,
         history_is_compacted_away_while_controllers_sleep_and_they_list_again]
LONG_ONES = [a_node_that_is_cut_off_loses_its_address_to_another_and_does_not_take_it_back,
             the_api_server_is_away_for_two_minutes_under_load_and_no_request_is_lost]
