"""Tests of report.py."""
import report
import yaml
from timeline import SuiteTest

REPORT = yaml.safe_load("""
implementation: {project: sluice, version: v0.1.0}
gatewayAPIVersion: v1.7.0
gatewayAPIChannel: experimental
date: "2026-01-02T03:04:05Z"
profiles:
- name: GATEWAY-TCP
  core: {result: success, statistics: {Failed: 0, Passed: 20, Skipped: 0}}
- name: GATEWAY-HTTP
  core: {result: failure, statistics: {Failed: 1, Passed: 38, Skipped: 1}, failedTests: [A], skippedTests: [B]}
  extended: {result: success, statistics: {Failed: 0, Passed: 2, Skipped: 0}, unsupportedFeatures: [X, Y]}
""")
TESTS = [SuiteTest("A", 0, 1.5, "FAIL", 1.5), SuiteTest("C", 0, 1, "PASS", 0.5), SuiteTest("D", 0, 1, "SKIP", 0)]
STOPPED = """    conformance.go:120:
        \tError Trace:\tconformance.go:120
        \tError:      \tReceived unexpected error:
        \t            \tcannot infer supported features
        \tTest:       \tTestConformance
--- FAIL: TestConformance (0.02s)
"""


def test_counts_each_profile_by_level_and_names_what_failed_or_was_skipped():
    assert report.summary(REPORT, TESTS, "")[1:7] == [
        "GATEWAY-HTTP  core     failure  38 passed, 1 failed, 1 skipped", "    failed: A", "    skipped: B",
        "GATEWAY-HTTP  extended success  2 passed, 0 failed, 0 skipped", "    unsupported: X, Y",
        "GATEWAY-TCP   core     success  20 passed, 0 failed, 0 skipped"]


def test_counts_tests_by_the_log_too_as_some_belong_to_no_profile():
    assert report.summary(REPORT, TESTS, "")[7:] == [
        "all tests, by the log  1 passed, 1 failed, 1 skipped", "FAILED  A  1.5 s"]


def test_says_why_a_suite_without_tests_stopped(tmp_path):
    assert report.summary(report.read(tmp_path / "none.yaml"), [], STOPPED) == [
        "no report was written",
        "no test was run; the suite stopped: Received unexpected error: cannot infer supported features"]


def test_a_run_falls_short_by_a_missing_profile_a_failure_or_a_skipped_core_test():
    assert report.shortfalls(REPORT, ["GATEWAY-HTTP", "GATEWAY-TCP", "GATEWAY-UDP"]) == [
        "profile GATEWAY-UDP is not in the report", "GATEWAY-HTTP core: failure, 1 failed, 1 skipped"]
    assert report.shortfalls(REPORT, ["GATEWAY-TCP"])[-1].startswith("GATEWAY-HTTP core")
    good = {"profiles": [REPORT["profiles"][0]]}
    assert report.shortfalls(good, ["GATEWAY-TCP"]) == []
    assert report.shortfalls(None, ["GATEWAY-TCP"]) == ["profile GATEWAY-TCP is not in the report"]
