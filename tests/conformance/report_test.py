"""Tests of report.py. Usage: /usr/bin/python3 -B -m unittest discover -s tests/conformance -p '*_test.py'"""
import tempfile
import unittest
from pathlib import Path

import report

REPORT = """
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
"""
LOG = """=== RUN   TestConformance/A
--- FAIL: TestConformance (9.00s)
    --- FAIL: TestConformance/A (1.50s)
        --- FAIL: TestConformance/A/one_case (1.50s)
    --- PASS: TestConformance/C (0.50s)
    --- SKIP: TestConformance/D (0.00s)
"""
STOPPED = """    conformance.go:120:
        \tError Trace:\tconformance.go:120
        \tError:      \tReceived unexpected error:
        \t            \tcannot infer supported features
        \tTest:       \tTestConformance
--- FAIL: TestConformance (0.02s)
"""


class Summary(unittest.TestCase):
    def lines(self, document, log):
        with tempfile.TemporaryDirectory() as folder:
            written, text = Path(folder, "report.yaml"), Path(folder, "report.log")
            if document:
                written.write_text(document)
            text.write_text(log)
            return report.summary(written, text)

    def test_counts_each_profile_by_level_and_names_what_failed_or_was_skipped(self):
        self.assertEqual(self.lines(REPORT, LOG)[1:7], [
            "GATEWAY-HTTP  core     failure  38 passed, 1 failed, 1 skipped", "    failed: A", "    skipped: B",
            "GATEWAY-HTTP  extended success  2 passed, 0 failed, 0 skipped", "    unsupported: X, Y",
            "GATEWAY-TCP   core     success  20 passed, 0 failed, 0 skipped"])

    def test_counts_tests_and_not_their_cases_by_the_log(self):
        self.assertEqual(self.lines(REPORT, LOG)[7:], [
            "all tests, by the log  1 passed, 1 failed, 1 skipped", "FAILED  A  1.50 s"])

    def test_says_why_a_suite_without_tests_stopped(self):
        self.assertEqual(self.lines(None, STOPPED), [
            "no report was written",
            "no test was run; the suite stopped: Received unexpected error: cannot infer supported features"])


if __name__ == "__main__":
    unittest.main()
