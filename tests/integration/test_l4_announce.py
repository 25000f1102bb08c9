"""What a node tells the neighbours of a VIP's link when it takes the VIP up, as a sniffer on the link sees it."""
import collections
import contextlib
import dataclasses
import errno
import socket
import struct
import time

import pytest
from client import exchange
from l4_kernel import checksum
from manifests import listener
from netns import family_of
from process import wait_until

ETH_P_ALL, ETH_P_ARP, ETH_P_IPV6 = 0x0003, 0x0806, 0x86DD
_SOL_PACKET, _PACKET_IGNORE_OUTGOING = 263, 23
OTHER_NODE = "02:00:00:00:00:99"
TAKEOVER = 6  # announcements of one, the first included, a second apart; a refresh is one in 30 s


@dataclasses.dataclass(frozen=True)
class Announcement:
    """ARP (RFC 5227, 3): sender and target. NA (RFC 4861, 4.4): source and target, the link-layer option's address."""
    address: str
    mac: str
    frame_from: str
    frame_to: str


def _mac(octets):
    return octets.hex(":")


def gratuitous_arp(frame):
    """The Announcement of a frame, None where it is none; one that is wrong in other fields fails."""
    kind, operation = struct.unpack_from("!H", frame, 12)[0], struct.unpack_from("!H", frame, 20)[0]
    sender, target = frame[28:32], frame[38:42]
    if kind != ETH_P_ARP or sender != target:
        return None
    assert frame[14:20] == b"\x00\x01\x08\x00\x06\x04" and operation == 1, frame.hex()
    return Announcement(socket.inet_ntoa(sender), _mac(frame[22:28]), _mac(frame[6:12]), _mac(frame[0:6]))


def unsolicited_na(frame):
    if len(frame) < 86 or struct.unpack_from("!H", frame, 12)[0] != ETH_P_IPV6 or frame[20] != 58 or frame[54] != 136:
        return None
    flags = frame[58]
    if flags & 0x40:  # solicited
        return None
    length, = struct.unpack_from("!H", frame, 18)
    message = frame[54:54 + length]
    assert checksum(frame[22:54] + struct.pack("!II", length, 58) + message) == 0, frame.hex()
    assert frame[21] == 255 and flags & 0x20, "hop limit 255, and to override what caches hold"
    assert socket.inet_ntop(socket.AF_INET6, frame[38:54]) == "ff02::1" and message[24:26] == b"\x02\x01", frame.hex()
    source, target = (socket.inet_ntop(socket.AF_INET6, octets) for octets in (frame[22:38], message[8:24]))
    assert source == target
    return Announcement(target, _mac(message[26:32]), _mac(frame[6:12]), _mac(frame[0:6]))


@contextlib.contextmanager
def sniffed(namespace, device):
    """A function that returns the announcements that have come in so far. The device may be set down meanwhile."""
    with namespace.entered():
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    seen = []

    def read():
        with contextlib.suppress(BlockingIOError):
            while True:
                try:
                    frame = wire.recv(2048)
                except OSError as error:
                    if error.errno != errno.ENETDOWN:
                        raise
                    continue
                found = gratuitous_arp(frame) or unsolicited_na(frame) if len(frame) >= 42 else None
                seen.extend([found] if found else [])
        return seen

    with wire:
        wire.setsockopt(_SOL_PACKET, _PACKET_IGNORE_OUTGOING, 1)
        wire.bind((device, 0))
        wire.setblocking(False)
        yield read


def serve(topology, servers, manifests, addresses):
    topology.gateway.sysctl(ipv6__conf__all__forwarding=1)
    for address in (topology.BLUE, topology.BLUE6):
        servers.echo(topology.blue, address, 7000)
    manifests.gateway(listener("echo", 7000, "TCP"), addresses=addresses)
    manifests.service("echo", 7000, [topology.BLUE, topology.BLUE6])
    manifests.tcp_route("echo", "echo", ("echo", 7000))


def counts(announcements):
    """How often each address was announced."""
    return collections.Counter(each.address for each in announcements)


def wait_takeovers(announcements, *addresses):
    wait_until(lambda: all(counts(announcements())[each] >= TAKEOVER for each in addresses),
               lambda: f"announcements: {counts(announcements())}", timeout=20)


def test_a_vip_is_announced_on_its_link_by_the_device_s_own_mac(topology, servers, manifests, sluiced):
    serve(topology, servers, manifests, [topology.VIP, topology.VIP6, topology.FAR_VIP, topology.FAR_VIP6])
    mac = topology.gateway.mac("wan")
    wanted = {Announcement(topology.VIP, mac, mac, "ff:ff:ff:ff:ff:ff"),
              Announcement(topology.VIP6, mac, mac, "33:33:00:00:00:01")}
    vips = {topology.VIP, topology.VIP6, topology.FAR_VIP, topology.FAR_VIP6}
    with sniffed(topology.client, "eth0") as on_its_link, sniffed(topology.blue, "eth0") as elsewhere:
        node = sluiced(topology.gateway)
        wait_takeovers(on_its_link, topology.VIP, topology.VIP6)
        assert set(on_its_link()) == wanted, "each by what its family has for it, and nothing of other addresses"
        node.kill()
        before = counts(on_its_link())
        node.start()  # it never ceased to hold them: neighbours need not be told
        time.sleep(2)
        after = counts(on_its_link())
        assert all(after[vip] - before[vip] <= 1 for vip in (topology.VIP, topology.VIP6)), "a refresh at the most"
        # Far VIPs are reached by a route to the node; on the backends' link there is nobody to tell.
        assert not [each for each in elsewhere() if each.address in vips]


@pytest.mark.parametrize("family", ["v4", "v6"])
def test_a_neighbour_that_still_knows_another_node_as_the_vip_s_comes_here(topology, servers, manifests, sluiced, family):
    vip = topology.VIP if family == "v4" else topology.VIP6
    serve(topology, servers, manifests, [vip])
    topology.client.ip(f"neigh replace {vip} lladdr {OTHER_NODE} dev eth0 nud reachable")
    flow = topology.client.socket(family_of(vip), timeout=2)
    sluiced(topology.gateway)
    wait_until(lambda: topology.gateway.mac("wan") in topology.client.run("ip", "neigh", "show", vip, "dev", "eth0"),
               lambda: topology.client.run("ip", "neigh", "show", vip))
    flow.connect((vip, 7000))
    flow.close()
    assert exchange(topology.client, vip, 7000).startswith("blue ")


def test_a_vip_that_comes_later_is_announced_then(topology, servers, manifests, sluiced):
    serve(topology, servers, manifests, [topology.VIP])
    with sniffed(topology.client, "eth0") as announcements:
        node = sluiced(topology.gateway)
        before = node.generation()
        manifests.gateway(listener("echo", 7000, "TCP"), addresses=[topology.VIP, "203.0.113.20", "2001:db8:1::20"])
        node.wait_generation(before)
        wait_takeovers(announcements, topology.VIP, "203.0.113.20", "2001:db8:1::20")
        assert set(counts(announcements())) == {topology.VIP, "203.0.113.20", "2001:db8:1::20"}


def test_what_was_lost_while_the_link_had_no_carrier_is_said_again(topology, servers, manifests, sluiced):
    serve(topology, servers, manifests, [topology.VIP, topology.VIP6])
    with sniffed(topology.client, "eth0") as announcements:
        sluiced(topology.gateway)
        wait_takeovers(announcements, topology.VIP, topology.VIP6)
        before = counts(announcements())
        topology.client.ip("link set eth0 down")
        # The kernel tells nobody of a carrier that is back before it was said to be gone.
        wait_until(lambda: "NO-CARRIER" in topology.gateway.run("ip", "link", "show", "wan"), "no carrier",
                   timeout=20)
        topology.client.ip("link set eth0 up")
        # A refresh alone would be one in that time.
        wait_until(lambda: all(counts(announcements())[vip] >= before[vip] + 2 for vip in (topology.VIP, topology.VIP6)),
                   lambda: f"announcements: {before}, then {counts(announcements())}", timeout=20)
