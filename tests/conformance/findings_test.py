"""Tests of findings.py."""
import findings
import pod_logs
import pytest
from timeline import SuiteTest


@pytest.fixture
def shown(tmp_path, monkeypatch):
    asked = []

    def between(cluster, begin, end):
        asked.append((begin, end))
        return [pod_logs.Line(begin + number, "sluiced-a@n1", f"line {number}") for number in range(100)]

    monkeypatch.setattr(pod_logs, "between", between)
    test = SuiteTest("A", 100.0, 120.0, "FAIL", 20.0, [f"said {number}" for number in range(50)])
    return findings.write(None, test, tmp_path), (tmp_path / "A.log").read_text(), asked


def test_the_file_has_all_that_was_said_and_logged_in_the_tests_time(shown):
    _, text, asked = shown
    assert asked == [(99.0, 121.0)]
    assert all(f"said {number}\n" in text for number in range(50)) and all(f"line {number}\n" in text for number in range(100))


def test_the_terminal_has_the_ends_of_both_and_names_the_file(shown):
    lines, _, _ = shown
    assert "said 49" in lines and "said 19" not in lines
    assert lines[-1].endswith("line 99") and any("A.log" in line for line in lines)
