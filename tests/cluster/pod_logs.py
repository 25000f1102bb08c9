"""What Sluice's pods said, from the nodes' files: those of containers that ended are there as well.

A line there is "2026-11-25T13:00:00.123456789Z stderr F text" (Kubernetes' CRI logging format; P: the line goes on).
"""
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

NAMESPACE = "sluice-system"
LINE = re.compile(r"^(\S+) (?:stdout|stderr) ([FP]) (.*)$")


@dataclass(frozen=True)
class Line:
    time: float  # seconds since the epoch
    source: str  # pod@node
    text: str


def files(cluster, namespace=NAMESPACE):
    """(source, file) of each container that ran; a container that was started again has a file a start."""
    found = []
    for node in cluster.nodes():
        for folder in sorted((node.state / "log/pods").glob(f"{namespace}_*")):
            pod = folder.name.split("_")[1]
            found += [(f"{pod}@{node.name}", file) for file in sorted(folder.glob("*/*.log*"))]
    return found


def between(cluster, begin, end, namespace=NAMESPACE):
    """Lines of that time (seconds since the epoch), in order."""
    lines = [line for source, file in files(cluster, namespace) for line in read(source, file)
             if begin <= line.time <= end]
    return sorted(lines, key=lambda line: line.time)


def read(source, file):
    """Lines of a file; parts of one line are put together, and what is not of that form is passed over."""
    found, part = [], ""
    try:
        text = Path(file).read_text(errors="replace")
    except FileNotFoundError:  # rotated away just now
        return []
    for match in map(LINE.match, text.splitlines()):
        if not match:
            continue
        time, kind, said = match.groups()
        part += said
        if kind == "F":
            found.append(Line(seconds(time), source, part))
            part = ""
    return found


def seconds(time):
    """Of RFC 3339 with any number of decimals, to microseconds."""
    whole, _, rest = time.partition(".")
    decimals, zone = re.match(r"(\d*)(.*)", rest).groups() if rest else ("", time[19:])
    moment = datetime.fromisoformat(whole[:19] + (zone.replace("Z", "+00:00") or "+00:00"))
    return moment.astimezone(UTC).timestamp() + float(f"0.{decimals or 0}")


def show(lines, most=None):
    """As text, a line each; of more than `most` lines the last, as what failed is told at the end."""
    left_out = len(lines) - most if most and len(lines) > most else 0
    head = [f"    … {left_out} earlier lines"] if left_out else []
    return head + [f"    {clock(line.time)} {line.source}  {line.text}" for line in lines[left_out:]]


def clock(time):
    return datetime.fromtimestamp(time, UTC).strftime("%H:%M:%S.%f")[:-3]
