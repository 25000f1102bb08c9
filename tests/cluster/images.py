"""The images of a test cluster's pods, made from what tests/cluster/build has built."""
import re
import sys
from pathlib import Path

from layout import BIN, IMAGES, TOP

sys.path.insert(0, str(TOP / "tools/image"))

import oci_archive  # noqa: E402

PAUSE = "sluice.test/pause:1"
COREDNS = "sluice.test/coredns:1"
ECHO = "sluice.test/echo-basic:1"
NONROOT = "65532:65532"


def write_all(suite, mesh=None):
    """Writes an archive an image. suite: folder of the conformance suite's module; mesh: of Istio's, when built."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    programs = {
        "pause": oci_archive.Image([PAUSE], ["/pause"], "65535:65535", {"/pause": BIN / "pause"}),
        "coredns": oci_archive.Image([COREDNS], ["/coredns"], NONROOT, {"/coredns": BIN / "coredns"}),
        "echo-basic": oci_archive.Image([ECHO, *names_in_manifests(suite, "echo-basic")], ["/echo-basic"], NONROOT,
                                        {"/echo-basic": BIN / "echo-basic"})}
    if mesh:
        certificates = mesh / "tests/testdata/certs/dns"
        programs["echo-advanced"] = oci_archive.Image(
            names_in_manifests(suite, "echo-advanced"), ["/usr/local/bin/server"], "1338",
            {"/usr/local/bin/server": BIN / "echo-server", "/usr/local/bin/client": BIN / "echo-client",
             "/cert.crt": certificates / "cert-chain.pem", "/cert.key": certificates / "key.pem"})
    return {name: oci_archive.write(image, IMAGES / f"{name}.tar") for name, image in programs.items()}


def names_in_manifests(suite, program):
    """All the names, tags included, under which the suite's manifests ask for `program`'s image."""
    pattern = re.compile(rf"image: (\S+/{program}:\S+)")
    found = {name for file in sorted(Path(suite).rglob("*.yaml")) for name in pattern.findall(file.read_text())}
    if not found:
        raise LookupError(f"no manifest below {suite} names an image of {program}")
    return sorted(found)
