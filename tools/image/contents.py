"""What Sluice's image holds: the programs, what they need to run, and under which terms it may be passed on.

One image for all programs: they share nearly all their libraries, and one digest is pulled, scanned and signed.
"""
import re
from pathlib import Path

import elf
import libraries
import oci_archive
import packages

TOP = Path(__file__).resolve().parents[2]
PROGRAMS = ("sluice-controller", "sluiced", "sluicectl")
NAME = "sluice.dev/sluice"
NONROOT = "65532:65532"  # the controller's; the node's pod asks for user 0, with four capabilities

# Their code is in our programs, not beside them: headers, and C sources.
COMPILED_IN = ("libboost1.81-dev", "libcli11-dev", "libspdlog-dev")
LLHTTP = TOP / "build/deps/llhttp"

# Debian's own list, not the machine's, which may trust more: whoever runs the image chooses whom to trust besides.
AUTHORITIES = Path("/usr/share/ca-certificates/mozilla")
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"


def version():
    return re.search(r"project\(sluice VERSION (\S+)", (TOP / "CMakeLists.txt").read_text()).group(1)


def image(programs, names):
    """programs: files here, each with the name that it has in the image."""
    needed = libraries.closure(programs, libraries.configured())
    files = {f"/usr/bin/{program.name}": program for program in programs} | needed
    files |= {BUNDLE: _bundle(), "/etc/os-release": Path("/etc/os-release").read_bytes()}
    files |= _licences(needed)
    return oci_archive.Image(
        names, [], NONROOT, files, architecture=elf.read(programs[0]).architecture,
        environment=["PATH=/usr/bin", f"SSL_CERT_FILE={BUNDLE}"],
        labels={"org.opencontainers.image.title": "sluice", "org.opencontainers.image.version": version(),
                "org.opencontainers.image.url": "https://sluice.dev", "org.opencontainers.image.licenses": "Apache-2.0"})


def _bundle():
    return b"".join(file.read_bytes().rstrip(b"\n") + b"\n" for file in sorted(AUTHORITIES.glob("*.crt")))


def _licences(needed):
    owners = packages.owners(list(needed.values()))
    documents = packages.documents(sorted({*owners, *COMPILED_IN, "base-files", "ca-certificates"}))
    texts = documents | packages.common_licenses(documents)
    ours = {"LICENSE": TOP / "LICENSE", "llhttp/LICENSE": LLHTTP / "LICENSE", "llhttp/LICENSE-MIT": LLHTTP / "LICENSE-MIT"}
    return texts | {f"/usr/share/doc/sluice/{name}": file.read_bytes() for name, file in ours.items()}
