"""The Go modules that a test cluster is built from, by the ordinary client and with the toolchain that go.mod pins."""
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from failure import Failure
from layout import TOP


def environment(folder, cgo=False):
    """The machine's settings (proxy, caches) stay; the toolchain is go.mod's, fetched as a module where missing."""
    toolchain = re.search(r"^toolchain (\S+)$", (folder / "go.mod").read_text(), re.MULTILINE).group(1)
    return os.environ | {"GOTOOLCHAIN": toolchain, "GOFLAGS": "-mod=readonly -buildvcs=false", "GOWORK": "off",
                         "CGO_ENABLED": "1" if cgo else "0"}


def go(folder, *words, cgo=False):
    """Runs the client in module `folder` and returns its output; what it complains about goes to our stderr."""
    client = _client()
    if not client:
        raise Failure("no `go` of 1.21 or later: tools/setup brings one")
    done = subprocess.run([client, *map(str, words)], cwd=folder, env=environment(folder, cgo), stdout=subprocess.PIPE,
                          text=True)
    if done.returncode:
        raise Failure(f"go {' '.join(map(str, words[:2]))} ended with {done.returncode} in {folder}")
    return done.stdout


def _client():
    """What tools/setup brought where the machine has none, or one that is too old; else the machine's."""
    ours = TOP / "build/deps/go/bin/go"
    return str(ours) if ours.exists() else shutil.which("go")


def download(folder):
    go(folder, "mod", "download")


def programs(folder):
    """Packages of the tool block of go.mod."""
    return [tool["Path"] for tool in json.loads(go(folder, "mod", "edit", "-json"))["Tool"]]


def version(folder, module):
    return go(folder, "list", "-m", "-f", "{{.Version}}", module).strip()


def sources(folder, module):
    """Folder that holds the module's files in the client's cache; not to be written to."""
    return Path(go(folder, "list", "-m", "-f", "{{.Dir}}", module).strip())
