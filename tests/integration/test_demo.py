"""tools/demo cleans up after itself, and after one that was killed in the middle."""
import os
import re
import subprocess
import time

from process import wait_until
from sluiced import BPFFS, TOP, binary

DEMO = os.path.join(TOP, "tools/demo")


def start(folder):
    return subprocess.Popen([DEMO], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            env={**os.environ, "SLUICE_BIN": os.path.dirname(binary("sluiced")), "TMPDIR": folder})


def left_of(pid, folder):
    """What a demo may leave: namespaces, pins, files, processes."""
    name = re.compile(rf"sl{pid}\b")
    found = [entry for place in ("/run/netns", f"{BPFFS}/sluice", folder) if os.path.isdir(place)
             for entry in os.listdir(place) if name.match(entry)]
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{process}/cmdline") as file:
                if re.search(rf"sl{pid}-", file.read()):
                    found.append(process)
        except OSError:
            pass  # it has ended
    return found


def test_a_demo_works_twice_and_removes_what_a_killed_one_left(folder):
    killed = start(folder)
    wait_until(lambda: os.path.isdir(f"{BPFFS}/sluice/sl{killed.pid}"), "the killed demo's datapath", 20)
    time.sleep(0.5)
    killed.kill()
    killed.communicate()
    assert left_of(killed.pid, folder) != []
    for _ in range(2):
        demo = start(folder)
        said, _ = demo.communicate(timeout=60)
        assert demo.returncode == 0, said
        assert "All of it worked" in said
        assert left_of(demo.pid, folder) == [] and left_of(killed.pid, folder) == []
