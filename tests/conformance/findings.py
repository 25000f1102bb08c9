"""What there is to say about a test that failed: its own words, and what Sluice's pods logged in its time."""
import re
import shutil

import pod_logs

BEFORE, AFTER = 1.0, 1.0  # seconds around a test whose log lines belong to it
SAID, LOGGED = 30, 30  # lines of each on the terminal; the file has all
# What a test repeats while it waits.
POLLING = re.compile(r"not ready yet|Sleeping for|expected .* to be", re.IGNORECASE)


def clear(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def write(cluster, test, folder):
    """Writes FOLDER/NAME.log; returns its lines for a terminal. test: timeline.SuiteTest."""
    lines = pod_logs.between(cluster, test.begin - BEFORE, test.end + AFTER)
    file = folder / f"{test.name}.log"
    span = f"{pod_logs.clock(test.begin)} to {pod_logs.clock(test.end)} UTC"
    file.write_text("\n".join([f"{test.name} failed, {span}", "", *test.said, "",
                               "Logs of controller and nodes in that time:", *pod_logs.show(lines)]) + "\n")
    said = [line for line in test.said if not POLLING.search(line)]
    return [f"---- {test.name}, {span}: what it says", *said[-SAID:],
            f"---- {test.name}: logs of controller and nodes in that time ({len(lines)} lines; all: {file})", *_ends(lines)]


def of_pods(cluster, begin, end):
    """Lines for a terminal of a suite that ran no test."""
    lines = pod_logs.between(cluster, begin, end)
    return [f"---- logs of controller and nodes in that time ({len(lines)} lines)", *_ends(lines)]


def _ends(lines):
    return pod_logs.show(lines, LOGGED) or ["    none: no pod of Sluice said anything"]
