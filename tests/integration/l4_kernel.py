"""What L4 tests need of the kernel beside `ip`: pinned maps of an instance, half-made TCP connections."""
import contextlib
import ctypes
import errno
import os
import socket
import struct

_libc = ctypes.CDLL(None, use_errno=True)
_SYS_BPF = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
_LOOKUP, _UPDATE, _PROG_LOAD, _OBJ_GET, _LOOKUP_BATCH, _LINK_CREATE = 1, 2, 5, 7, 24, 28
_PROG_TYPE_XDP, _ATTACH_XDP = 6, 37
# include/sluice/bpf/config.h
_CONFIG_BYTES, _HZ_AT, _TIMEOUTS_AT = 128, 4, 32
TIMEOUT_DRAIN, TIMEOUT_UDP = 7, 6


def _bpf(command, attributes):
    buffer = ctypes.create_string_buffer(attributes, max(len(attributes), 128))
    result = _libc.syscall(_SYS_BPF, command, buffer, len(buffer))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


@contextlib.contextmanager
def pinned_map(instance, name):
    path = ctypes.create_string_buffer(f"/sys/fs/bpf/sluice/{instance}/v1/maps/{name}".encode())
    descriptor = _bpf(_OBJ_GET, struct.pack("<QII", ctypes.addressof(path), 0, 0))
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def count_entries(instance, name, room=1 << 17):
    """Of a hash of fewer than `room` entries. By batches, which go on where they were even if entries come and go."""
    keys, values = ctypes.create_string_buffer(64 * room), ctypes.create_string_buffer(256 * room)
    place = ctypes.create_string_buffer(8)
    count, begun = 0, 0
    with pinned_map(instance, name) as table:
        while True:
            batch = ctypes.create_string_buffer(struct.pack(
                "<QQQQIIQQ", begun, ctypes.addressof(place), ctypes.addressof(keys), ctypes.addressof(values), room,
                table, 0, 0), 128)
            result = _libc.syscall(_SYS_BPF, _LOOKUP_BATCH, batch, len(batch))
            if result < 0 and ctypes.get_errno() != errno.ENOENT:
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
            count += struct.unpack_from("<I", batch, 32)[0]
            if result < 0:  # that was the last
                return count
            begun = ctypes.addressof(place)


def set_timeout(instance, timeout, seconds):
    """Changes one of the kernel's timeouts (an enum flow_timeout), so that a test need not wait for the shipped one."""
    key = ctypes.create_string_buffer(4)
    value = ctypes.create_string_buffer(_CONFIG_BYTES)
    with pinned_map(instance, "config") as config:
        place = struct.pack("<I4xQQQ", config, ctypes.addressof(key), ctypes.addressof(value), 0)
        _bpf(_LOOKUP, place)
        hertz, = struct.unpack_from("<I", value, _HZ_AT)
        struct.pack_into("<I", value, _TIMEOUTS_AT + 4 * timeout, seconds * hertz)
        _bpf(_UPDATE, place)


def pass_xdp(namespace, device):
    """An XDP program that passes everything, attached to a device for as long as the returned descriptor is open. A veth
    hands over what its peer sends by XDP_TX only to a device that has one; for XDP_REDIRECT GRO is enough."""
    code = struct.pack("<BBhiBBhi", 0xb7, 0, 0, 2, 0x95, 0, 0, 0)  # r0 = XDP_PASS; exit
    program, licence = ctypes.create_string_buffer(code, len(code)), ctypes.create_string_buffer(b"GPL")
    loaded = _bpf(_PROG_LOAD, struct.pack("<IIQQ", _PROG_TYPE_XDP, 2, ctypes.addressof(program),
                                          ctypes.addressof(licence)))
    with namespace.entered():
        index = socket.if_nametoindex(device)
        link = _bpf(_LINK_CREATE, struct.pack("<IIII", loaded, index, _ATTACH_XDP, 0))
    os.close(loaded)
    return link


_TCP_REPAIR, _TCP_REPAIR_QUEUE, _TCP_QUEUE_SEQ = 19, 20, 21


def without_handshake(namespace, address, port, source):
    """A TCP socket that believes in a connection which the other side knows nothing of (TCP_REPAIR)."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    made = namespace.socket(family, timeout=2)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.IPPROTO_TCP, _TCP_REPAIR, 1)
    for queue, sequence in ((2, 100000), (1, 200000)):  # send, receive
        made.setsockopt(socket.IPPROTO_TCP, _TCP_REPAIR_QUEUE, queue)
        made.setsockopt(socket.IPPROTO_TCP, _TCP_QUEUE_SEQ, sequence)
    made.bind((source, 0))
    made.connect((address, port))
    made.setsockopt(socket.IPPROTO_TCP, _TCP_REPAIR, 0)
    return made


def checksum(data):
    words = struct.unpack(f"!{len(data) // 2}H", data)
    total = sum(words)
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def echo_answered(namespace, address, payload=b"sluice!!", timeout=2):
    """ICMP echo: true when the answer carries what was asked."""
    family, protocol, kind = (socket.AF_INET6, socket.IPPROTO_ICMPV6, 128) if ":" in address else (
        socket.AF_INET, socket.IPPROTO_ICMP, 8)
    with namespace.entered():
        raw = socket.socket(family, socket.SOCK_RAW, protocol)
    with raw:
        raw.settimeout(timeout)
        raw.connect((address, 0))
        body = struct.pack("!HH", os.getpid() & 0xffff, 1) + payload
        head = struct.pack("!BBH", kind, 0, 0)
        if family == socket.AF_INET:  # over IPv6 the kernel fills it in
            head = struct.pack("!BBH", kind, 0, checksum(head + body))
        raw.send(head + body)
        try:
            while True:
                got = raw.recv(2000)
                message = got[20:] if family == socket.AF_INET else got
                if message[0] == (0 if family == socket.AF_INET else 129) and message[4:] == body:
                    return True
        except TimeoutError:
            return False
