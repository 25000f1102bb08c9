"""A flood of SYNs of clients that do not exist, as fast as one thread can send: batches of frames lie ready in memory and
differ by the source port alone, sendmmsg hands a thousand at a time to a packet socket."""
import ctypes
import errno
import os
import socket
import struct
import time

from l4_kernel import checksum

_libc = ctypes.CDLL(None, use_errno=True)
_FRAME = 60  # the shortest that Ethernet has
_PORT_AT, _SEQUENCE_AT = 34, 40  # of the TCP header; the low half of the sequence number
_AT_ONCE = 1024  # UIO_MAXIOV


class _Iovec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


class _Message(ctypes.Structure):  # struct mmsghdr
    _fields_ = [("name", ctypes.c_void_p), ("name_length", ctypes.c_uint32), ("iov", ctypes.POINTER(_Iovec)),
                ("iov_length", ctypes.c_size_t), ("control", ctypes.c_void_p), ("control_length", ctypes.c_size_t),
                ("flags", ctypes.c_int), ("sent", ctypes.c_uint32)]


def _syn(source_mac, target_mac, source, target, port):
    """Of source port 0 and sequence number 0xffff, which add up to as much as any port and 0xffff less it."""
    addresses = source + socket.inet_aton(target)
    head = b"\x45\x00\x00\x28\x00\x00\x40\x00\x40\x06"
    head += struct.pack("!H", checksum(head + addresses)) + addresses
    tcp = struct.pack("!HHIIBBH", 0, port, 0xffff, 0, 0x50, 0x02, 0xfaf0)
    tcp += struct.pack("!H", checksum(addresses + b"\x00\x06\x00\x14" + tcp)) + b"\x00\x00"
    return bytes.fromhex((target_mac + source_mac).replace(":", "")) + b"\x08\x00" + head + tcp


class SynFlood:
    """From `clients` addresses of `network` (the block for benchmarks, RFC 2544), out of a namespace's device."""

    def __init__(self, namespace, device, target_mac, target, port, clients=8192, network="198.18.0.0"):
        first, = struct.unpack("!I", socket.inet_aton(network))
        source_mac = namespace.mac(device)
        frames = b"".join(_syn(source_mac, target_mac, struct.pack("!I", first + number), target, port)
                          .ljust(_FRAME, b"\x00") for number in range(clients))
        self.clients = clients
        self._port = 1024
        self._frames = bytearray(frames)
        self._memory = (ctypes.c_char * len(frames)).from_buffer(self._frames)
        base = ctypes.addressof(self._memory)
        self._parts = (_Iovec * clients)(*((base + _FRAME * number, _FRAME) for number in range(clients)))
        self._messages = (_Message * clients)()
        for message, part in zip(self._messages, self._parts):
            message.iov, message.iov_length = ctypes.pointer(part), 1
        with namespace.entered():
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self._socket.bind((device, 0))

    def send(self):
        """One SYN of each client, from a port that none has used; as fast as they are taken on the other end."""
        self._use_port(self._port)
        self._port += 1
        sent, end = 0, time.monotonic() + 20
        while sent < self.clients:
            count = _libc.sendmmsg(self._socket.fileno(), ctypes.byref(self._messages, sent * ctypes.sizeof(_Message)),
                                   min(_AT_ONCE, self.clients - sent), 0)
            if count < 0 and (ctypes.get_errno() != errno.ENOBUFS or time.monotonic() > end):
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
            if count < 0:  # a veth says so when its peer's backlog is full
                time.sleep(0.001)
            sent += max(count, 0)

    def _use_port(self, port):
        """Checksums stay right: what the port gains the sequence number loses."""
        for at, number in ((_PORT_AT, port), (_SEQUENCE_AT, 0xffff - port)):
            self._frames[at::_FRAME] = bytes([number >> 8]) * self.clients
            self._frames[at + 1::_FRAME] = bytes([number & 0xff]) * self.clients

    def close(self):
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
