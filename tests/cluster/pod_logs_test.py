"""Tests of pod_logs.py."""
from datetime import UTC, datetime

import pod_logs

TEXT = """2026-11-25T13:00:00.5Z stderr F {"message":"starts"}
2026-11-25T13:00:01.250000001Z stderr P a line that is
2026-11-25T13:00:01.250000002Z stderr F  long
garbage
2026-11-25T15:00:02.000000000+02:00 stdout F ends
"""
START = datetime(2026, 11, 25, 13, tzinfo=UTC).timestamp()


def test_reads_lines_with_their_times_and_joins_parts(tmp_path):
    (tmp_path / "0.log").write_text(TEXT)
    lines = pod_logs.read("pod@node", tmp_path / "0.log")
    assert [(round(line.time - START, 3), line.text) for line in lines] == [
        (0.5, '{"message":"starts"}'), (1.25, "a line that is long"), (2.0, "ends")]


def test_a_file_that_was_rotated_away_has_no_lines(tmp_path):
    assert pod_logs.read("pod@node", tmp_path / "gone.log") == []


class Node:
    def __init__(self, folder, name):
        self.name, self.state = name, folder


class Cluster:
    def __init__(self, folder):
        self._folder = folder

    def nodes(self):
        return [Node(self._folder / name, name) for name in ("n1", "n2")]


def test_a_span_has_the_lines_of_all_pods_of_the_namespace_and_their_earlier_starts_in_order(tmp_path):
    def put(node, pod, file, *times):
        path = tmp_path / node / "log/pods" / pod / "c" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"2026-11-25T13:00:0{time}Z stderr F {node} {file} {time}\n" for time in times))

    put("n1", "sluice-system_sluiced-a_1", "0.log", 1, 5)
    put("n1", "sluice-system_sluiced-a_1", "1.log", 6)
    put("n2", "sluice-system_sluiced-b_2", "0.log", 4, 9)
    put("n2", "default_other_3", "0.log", 5)
    lines = pod_logs.between(Cluster(tmp_path), START + 4, START + 6)
    assert [line.text for line in lines] == ["n2 0.log 4", "n1 0.log 5", "n1 1.log 6"]
    assert lines[0].source == "sluiced-b@n2"


def test_of_many_lines_the_last_are_shown_and_the_rest_counted():
    lines = [pod_logs.Line(START + number, "p@n", str(number)) for number in range(5)]
    shown = pod_logs.show(lines, most=2)
    assert shown == ["    … 3 earlier lines", "    13:00:03.000 p@n  3", "    13:00:04.000 p@n  4"]
