"""What the dynamic loader reads of an ELF file: which loader, which libraries, where to look for them.

Read from the file alone: nothing is executed, so a program of another machine can be read as well.
Source: System V ABI, chapter 5; elf(5).
"""
import struct
from dataclasses import dataclass

PT_LOAD, PT_DYNAMIC, PT_INTERP = 1, 2, 3
DT_NULL, DT_NEEDED, DT_STRTAB, DT_SONAME, DT_RPATH, DT_RUNPATH = 0, 1, 5, 14, 15, 29
# e_machine -> the name that Go, and so OCI, has for it.
ARCHITECTURES = {62: "amd64", 183: "arm64"}


class NotElf(ValueError):
    """No ELF file, or none of a machine that Sluice is built for."""


@dataclass(frozen=True)
class Elf:
    architecture: str
    interpreter: str  # path of the loader; "" for a library or a static program
    soname: str
    needed: tuple
    rpath: tuple  # as written: $ORIGIN stands for the file's own folder
    runpath: tuple


def read(path):
    """Raises NotElf; little-endian 64-bit files alone."""
    data = path.read_bytes()
    if data[:6] != b"\x7fELF\x02\x01":
        raise NotElf(f"{path}: no 64-bit little-endian ELF file")
    machine = struct.unpack_from("<H", data, 18)[0]
    if machine not in ARCHITECTURES:
        raise NotElf(f"{path}: machine {machine}; Sluice is built for {', '.join(ARCHITECTURES.values())}")
    segments = _segments(data)
    interpreter = next((data[offset:offset + size].rstrip(b"\0").decode()
                        for kind, offset, _, size in segments if kind == PT_INTERP), "")
    entries = [entry for kind, offset, _, size in segments if kind == PT_DYNAMIC for entry in _dynamic(data, offset, size)]
    strings = next((_file_offset(segments, value) for tag, value in entries if tag == DT_STRTAB), 0)

    def texts(wanted):
        return [data[strings + value:data.index(b"\0", strings + value)].decode() for tag, value in entries if tag == wanted]

    def folders(wanted):
        return tuple(folder for text in texts(wanted) for folder in text.split(":") if folder)

    return Elf(ARCHITECTURES[machine], interpreter, "".join(texts(DT_SONAME)), tuple(texts(DT_NEEDED)),
               folders(DT_RPATH), folders(DT_RUNPATH))


def _segments(data):
    """(type, offset in the file, address, size in the file) of each program header."""
    begin = struct.unpack_from("<Q", data, 32)[0]
    size, count = struct.unpack_from("<HH", data, 54)
    headers = (struct.unpack_from("<IIQQQQ", data, begin + index * size) for index in range(count))
    return [(kind, offset, address, length) for kind, _, offset, address, _, length in headers]


def _dynamic(data, offset, size):
    for tag, value in struct.iter_unpack("<qQ", data[offset:offset + size]):
        if tag == DT_NULL:
            return
        yield tag, value


def _file_offset(segments, address):
    for kind, offset, begin, size in segments:
        if kind == PT_LOAD and begin <= address < begin + size:
            return offset + address - begin
    raise NotElf(f"no segment holds address {address:#x}")
