"""Networks of a test cluster: a namespace with a bridge, a namespace a node, and a veth pair and routes between them.

No namespace has a way out of the machine.
"""
import subprocess

import addresses

DEFAULT_ROUTE = {4: "0.0.0.0/0", 6: "::/0"}


def make(cluster, nodes):
    _make_bridge(cluster)
    for node in nodes:
        _make_node(cluster, node)
    for node in nodes:
        others = [other for other in nodes if other != node]
        _ip(node.name, [_pod_route(other, family) for other in others for family in addresses.FAMILIES])
    # The clients' way to ClusterIPs: kube-proxy of the first node translates them.
    _ip(cluster.namespace, [f"route add {addresses.SERVICES[family]} via {addresses.node(nodes[0].index, family)}"
                            for family in addresses.FAMILIES])


def remove(cluster, nodes):
    """Those that are left; devices and routes go with their namespace."""
    for namespace in [node.name for node in nodes] + [cluster.namespace]:
        subprocess.run(["ip", "netns", "del", namespace], stderr=subprocess.DEVNULL)


def _make_bridge(cluster):
    _make_router(cluster.namespace)
    lines = ["link set lo up", "link add br0 type bridge forward_delay 0", "link set br0 up"]
    lines += [f"addr add {addresses.BRIDGE[family]}/{addresses.BRIDGE_PREFIX[family]} dev br0"
              for family in addresses.FAMILIES]
    _ip(cluster.namespace, lines)


def _make_node(cluster, node):
    _make_router(node.name)
    _ip(cluster.namespace, [f"link add n{node.index} type veth peer name eth0 netns {node.name}",
                            f"link set n{node.index} master br0 up",
                            *(_pod_route(node, family) for family in addresses.FAMILIES)])
    lines = ["link set lo up", "link set eth0 up"]
    for family in addresses.FAMILIES:
        lines.append(f"addr add {addresses.node(node.index, family)}/{addresses.BRIDGE_PREFIX[family]} dev eth0")
        lines.append(f"route add {DEFAULT_ROUTE[family]} via {addresses.BRIDGE[family]}")
    _ip(node.name, lines)


def _make_router(namespace):
    """A namespace that forwards both families; its addresses are usable at once, as nobody else could have them."""
    subprocess.run(["ip", "netns", "add", namespace], check=True)
    subprocess.run(["nsenter", f"--net=/run/netns/{namespace}", "sysctl", "-qw", "net.ipv4.ip_forward=1",
                    "net.ipv6.conf.all.forwarding=1", "net.ipv6.conf.default.accept_dad=0"], check=True)


def _pod_route(node, family):
    return f"route add {addresses.pods(node.index, family)} via {addresses.node(node.index, family)}"


def _ip(namespace, lines):
    """Lines of ip(8), by one process."""
    subprocess.run(["ip", "-n", namespace, "-batch", "-"], input="\n".join(lines) + "\n", text=True, check=True)
