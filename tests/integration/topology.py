"""The networks that tests run in, IPv4 and IPv6, with rp_filter=1, accept_local=0 and ip_forward=0 on the gateway."""
import os

from l4_kernel import pass_xdp
from netns import Namespace


class Network:
    """Namespaces that belong together; a context manager that removes them."""

    def __init__(self):
        self.namespaces = []
        self.descriptors = []  # links that last as long as the network

    def namespace(self, role):
        made = Namespace(role)
        self.namespaces.append(made)
        made.sysctl(ipv6__conf__default__accept_dad=0, ipv6__conf__all__accept_dad=0,
                    ipv6__conf__default__accept_ra=0)
        return made

    def join(self, one, device, other, peer):
        """A veth pair between two namespaces, up on both ends."""
        one.ip(f"link add {device} type veth peer name {peer} netns {other.name}", f"link set {device} up")
        other.ip(f"link set {peer} up")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.remove()

    def remove(self):
        for made in reversed(self.namespaces):
            made.remove()
        self.namespaces.clear()
        for descriptor in self.descriptors:
            os.close(descriptor)
        self.descriptors.clear()

    def _gateway(self):
        gateway = self.namespace("gateway")
        gateway.sysctl(ipv4__ip_forward=0, ipv6__conf__all__forwarding=0,
                       ipv4__conf__all__rp_filter=1, ipv4__conf__default__rp_filter=1,
                       ipv4__conf__all__accept_local=0, ipv4__conf__default__accept_local=0)
        return gateway

    def _client(self, gateway):
        """client eth0 -- wan gateway, on one link, the client's default route by the gateway."""
        client = self.namespace("client")
        self.join(client, "eth0", gateway, "wan")
        gateway.ip("addr add 203.0.113.1/24 dev wan", "addr add 2001:db8:1::1/64 dev wan nodad")
        client.ip("addr add 203.0.113.2/24 dev eth0", "addr add 2001:db8:1::2/64 dev eth0 nodad",
                  "route add default via 203.0.113.1", "route add default via 2001:db8:1::1")
        return client


class Topology(Network):
    """client (eth0) -- (wan) gateway (lan) -- (uplink) lan: a switch -- (eth0) blue, green.

    Backends have no route beyond their own link: they answer the gateway's own address or nobody.
    """

    VIP, VIP6 = "203.0.113.10", "2001:db8:1::10"  # on the client's link
    FAR_VIP, FAR_VIP6 = "192.0.2.10", "2001:db8:2::10"  # reached by the client's default route
    CLIENT, CLIENT6 = "203.0.113.2", "2001:db8:1::2"
    GATEWAY_WAN, GATEWAY_WAN6 = "203.0.113.1", "2001:db8:1::1"
    GATEWAY_LAN, GATEWAY_LAN6 = "198.51.100.1", "2001:db8:9::1"
    BLUE, BLUE6 = "198.51.100.11", "2001:db8:9::11"
    GREEN, GREEN6 = "198.51.100.12", "2001:db8:9::12"

    def __init__(self):
        super().__init__()
        try:
            self._make()
        except BaseException:
            self.remove()
            raise

    def _make(self):
        self.gateway = self._gateway()
        self.client = self._client(self.gateway)
        self.lan = self.namespace("lan")
        self.lan.ip("link add switch type bridge", "link set switch up")
        self.join(self.gateway, "lan", self.lan, "uplink")
        self.lan.ip("link set uplink master switch")
        self.gateway.ip(f"addr add {self.GATEWAY_LAN}/24 dev lan", f"addr add {self.GATEWAY_LAN6}/64 dev lan nodad")
        self.blue = self._backend("blue", self.BLUE, self.BLUE6)
        self.green = self._backend("green", self.GREEN, self.GREEN6)

    def _backend(self, role, address, address6):
        backend = self.namespace(role)
        self.join(backend, "eth0", self.lan, f"to-{role}")
        self.lan.ip(f"link set to-{role} master switch")
        backend.ip(f"addr add {address}/24 dev eth0", f"addr add {address6}/64 dev eth0 nodad")
        return backend

    def receive_xdp(self):
        """Makes veths behave as wires do for XDP: checksums are complete (XDP cannot see that one is not), and the peers
        that are redirected into receive by NAPI, which GRO turns on."""
        # XDP_TX is handed over only to a peer that has a program (redirects go to one with NAPI, too).
        self.descriptors += [pass_xdp(self.client, "eth0"), pass_xdp(self.lan, "uplink")]
        for sender in (self.client, self.blue, self.green):
            sender.run("ethtool", "-K", "eth0", "tx", "off")
        self.client.run("ethtool", "-K", "eth0", "gro", "on")
        self.lan.run("ethtool", "-K", "uplink", "gro", "on")


class PodsTopology(Network):
    """A node with its pods: client (eth0) -- (wan) gateway -- bridge cni0 -- bridged, other; and routed, by /32 and
    /128 routes over a veth each, as Calico has it."""

    VIP, VIP6 = Topology.VIP, Topology.VIP6
    BRIDGED, BRIDGED6 = "10.244.0.11", "fd00:244::11"
    OTHER, OTHER6 = "10.244.0.12", "fd00:244::12"
    ROUTED, ROUTED6 = "10.245.0.11", "fd00:245::11"

    def __init__(self):
        super().__init__()
        try:
            self._make()
        except BaseException:
            self.remove()
            raise

    def _make(self):
        self.gateway = self._gateway()
        # A node that hosts pods forwards; its CNI sees to that.
        self.gateway.sysctl(ipv4__ip_forward=1, ipv6__conf__all__forwarding=1)
        self.client = self._client(self.gateway)
        self.gateway.ip("link add cni0 type bridge", "link set cni0 up", "addr add 10.244.0.1/24 dev cni0",
                        "addr add fd00:244::1/64 dev cni0 nodad")
        self.bridged = self._bridged("bridged", self.BRIDGED, self.BRIDGED6)
        self.other = self._bridged("other", self.OTHER, self.OTHER6)
        self.routed = self._routed("routed", self.ROUTED, self.ROUTED6)

    def _bridged(self, role, address, address6):
        pod = self.namespace(role)
        self.join(pod, "eth0", self.gateway, f"veth-{role}")
        self.gateway.ip(f"link set veth-{role} master cni0")
        pod.ip(f"addr add {address}/24 dev eth0", f"addr add {address6}/64 dev eth0 nodad",
               "route add default via 10.244.0.1", "route add default via fd00:244::1")
        return pod

    def _routed(self, role, address, address6):
        pod = self.namespace(role)
        device = f"cali-{role}"
        self.join(pod, "eth0", self.gateway, device)
        mac = self.gateway.mac(device)
        self.gateway.ip(f"route add {address}/32 dev {device} scope link", f"route add {address6}/128 dev {device}")
        pod.ip(f"addr add {address}/32 dev eth0", f"addr add {address6}/128 dev eth0 nodad",
               "route add 169.254.1.1 dev eth0 scope link", "route add default via 169.254.1.1",
               "route add fe80::1 dev eth0", "route add default via fe80::1 dev eth0",
               f"neigh add 169.254.1.1 lladdr {mac} dev eth0 nud permanent",
               f"neigh add fe80::1 lladdr {mac} dev eth0 nud permanent")
        return pod
