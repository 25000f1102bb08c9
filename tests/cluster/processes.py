"""Processes of a test cluster: started in a network namespace, recorded, and ended by their pid alone.

A record is $STATE/processes/NAME.json. It holds the start time beside the pid, so that a pid that the kernel gave to
somebody else since is never signalled, and the command, so that a test can start again what it stopped.
"""
import json
import os
import signal
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    name: str
    command: list  # as run inside the namespace
    namespace: str
    log: str
    pid: int
    started: int  # clock ticks since boot: proc(5), stat, field 22

    def running(self):
        return _start_time(self.pid) == self.started

    def stop(self, timeout=5.0, first=signal.SIGTERM):
        """Sends `first`, SIGKILL after `timeout` seconds, and waits for the end."""
        for number in (first, signal.SIGKILL):
            if not self.running():
                return
            os.kill(self.pid, number)
            end = time.monotonic() + timeout
            while self.running() and time.monotonic() < end:
                time.sleep(0.02)

    def child(self):
        """Pid of its only child; None while there is none."""
        try:
            children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        except OSError:
            return None
        return int(children[0]) if children else None


def _start_time(pid):
    """None when there is no such process, or only its zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[19])


def _records(cluster):
    return cluster.state / "processes"


def start(cluster, name, command, namespace, log):
    """Runs `command` in network namespace `namespace`, both streams appended to `log`.

    Not by `ip netns exec`, which mounts /sys anew and so hides the cgroups.
    """
    command = [str(word) for word in command]
    with open(log, "ab") as out:
        popen = subprocess.Popen(["nsenter", f"--net=/run/netns/{namespace}", *command], cwd=cluster.state,
                                 stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                 start_new_session=True)
    process = Process(name, command, namespace, str(log), popen.pid, _start_time(popen.pid) or 0)
    folder = _records(cluster)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(asdict(process), indent=1) + "\n")
    return process


def find(cluster, name):
    """The process of that name as last started; None if it never was."""
    record = _records(cluster) / f"{name}.json"
    return Process(**json.loads(record.read_text())) if record.exists() else None


def recorded(cluster):
    """All, the latest first."""
    records = sorted(_records(cluster).glob("*.json"), key=lambda record: record.stat().st_mtime_ns, reverse=True)
    return [Process(**json.loads(record.read_text())) for record in records]


def start_again(cluster, name):
    """Starts anew a process that was stopped or died, with the command it had."""
    past = find(cluster, name)
    return start(cluster, name, past.command, past.namespace, past.log)
