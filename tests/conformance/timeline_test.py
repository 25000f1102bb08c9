"""Tests of timeline.py on output of the form that Go's package testing gives."""
from timeline import Timeline

OUTPUT = """\x16=== RUN   TestConformance
    conformance.go:91: Running conformance tests with:
\x16=== RUN   TestConformance/A
    helpers.go:1: applying A
\x16=== RUN   TestConformance/A/one_case
    helpers.go:2: it was 503
\x16--- FAIL: TestConformance/A/one_case (1.00s)
\x16=== NAME  TestConformance/A
    helpers.go:3: deleting A
\x16--- FAIL: TestConformance/A (2.00s)
\x16=== RUN   TestConformance/P
\x16=== PAUSE TestConformance/P
\x16=== RUN   TestConformance/S
    conformance.go:56: Skipping S
\x16--- SKIP: TestConformance/S (0.00s)
\x16=== CONT  TestConformance/P
    helpers.go:4: in parallel
\x16--- PASS: TestConformance/P (3.00s)
\x16--- FAIL: TestConformance (9.00s)
"""


def ended():
    timeline = Timeline()
    return [test for now, line in enumerate(OUTPUT.splitlines(keepends=True)) if (test := timeline.hear(line, float(now)))]


def test_each_test_ends_once_with_its_verdict_and_its_cases_do_not_count():
    assert [(test.name, test.verdict, test.seconds) for test in ended()] == [
        ("A", "FAIL", 2.0), ("S", "SKIP", 0.0), ("P", "PASS", 3.0)]


def test_a_test_has_the_time_from_its_first_line_to_its_verdict():
    first = ended()[0]
    assert (first.begin, first.end) == (2.0, 9.0)


def test_a_parallel_test_begins_when_it_goes_on():
    parallel = ended()[2]
    assert (parallel.begin, parallel.end) == (15.0, 17.0)


def test_what_a_case_says_its_test_says_and_no_other():
    assert [line.strip() for line in ended()[0].said] == [
        "helpers.go:1: applying A", "helpers.go:2: it was 503",
        "--- FAIL: TestConformance/A/one_case (1.00s)", "helpers.go:3: deleting A"]
