"""Which Debian packages an image's files come from, so that it carries their licences and names their versions.

dpkg's database is read as files: /var/lib/dpkg/info/*.list and status. In the image each package's paragraph is in
var/lib/dpkg/status.d, where scanners for known vulnerabilities look in images that have no package manager.
"""
import re
from pathlib import Path

DATABASE = Path("/var/lib/dpkg")
DOCUMENTS = Path("/usr/share/doc")
COMMON_LICENSES = Path("/usr/share/common-licenses")


class Unpackaged(LookupError):
    """A file that no package owns: its licence and version are unknown."""


def owners(files, database=DATABASE):
    """Names of the packages that own `files`, sorted; each file under /usr may be listed without /usr and vice versa."""
    wanted = {name: file for file in files for name in _names(file)}
    found = {}
    for listing in sorted((database / "info").glob("*.list")):
        for line in listing.read_text().splitlines():
            if line in wanted:
                found[wanted[line]] = listing.stem.partition(":")[0]
    if missing := sorted(str(file) for file in files if file not in found):
        raise Unpackaged(f"no package owns {', '.join(missing)}")
    return sorted(set(found.values()))


def _names(file):
    """Under which a package may list it: the links to it, where /lib and /usr/lib are one folder, count as well."""
    paths = {str(file), str(file.resolve())}
    return paths | {path.removeprefix("/usr") for path in paths} | {"/usr" + path for path in paths}


def documents(names, database=DATABASE, folder=DOCUMENTS):
    """{path in the image: contents}: each package's copyright file and its paragraph of dpkg's status."""
    paragraphs = _paragraphs(database / "status")
    found = {}
    for name in names:
        found[f"/usr/share/doc/{name}/copyright"] = (folder / name / "copyright").read_bytes()
        found[f"/var/lib/dpkg/status.d/{name}"] = paragraphs[name].encode() + b"\n"
    return found


def _paragraphs(status):
    """{package: its paragraph}; of a package in two architectures the first, as its version is the same."""
    found = {}
    for paragraph in status.read_text().split("\n\n"):
        name = re.search(r"^Package: (\S+)$", paragraph, re.MULTILINE)
        if name and "Status: install ok installed" in paragraph:
            found.setdefault(name.group(1), paragraph)
    return found


def common_licenses(documents, folder=COMMON_LICENSES):
    """The licence texts that `documents` only refer to."""
    named = {match.decode().rstrip(".") for text in documents.values()
             for match in re.findall(rb"/usr/share/common-licenses/([\w.+-]+)", text)}
    return {f"/usr/share/common-licenses/{name}": (folder / name).read_bytes()
            for name in sorted(named) if (folder / name).is_file()}
