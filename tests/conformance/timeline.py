"""Which test of the suite runs when, and what it says: read from the suite's output line by line, as it comes.

With -test.v=test2json each line about a test begins with ^V, and a test's verdict comes when it ends and not with the
suite's end (the source of Go's package testing, type chattyPrinter).
"""
import re
from dataclasses import dataclass, field

MARK = "\x16"
STEP = re.compile(r"^=== (RUN|PAUSE|CONT|NAME)\s+TestConformance(?:/([^/ ]+))?")
VERDICT = re.compile(r"^ *--- (PASS|FAIL|SKIP): TestConformance/([^/ ]+) \((\S+)s\)$")


@dataclass
class SuiteTest:
    name: str
    begin: float  # seconds since the epoch, as for all times here
    end: float = 0
    verdict: str = ""  # PASS, FAIL, SKIP
    seconds: float = 0
    said: list = field(default_factory=list)


class Timeline:
    """Of tests, not of their cases: what a case says, its test says."""

    def __init__(self):
        self._tests = {}
        self._speaker = None

    def hear(self, line, now):
        """Returns the SuiteTest that the line ends; None for any other line."""
        line = line.rstrip("\n").replace(MARK, "")
        if step := STEP.match(line):
            self._step(*step.groups(), now)
            return None
        if verdict := VERDICT.match(line):
            return self._end(*verdict.groups(), now)
        if self._speaker in self._tests:
            self._tests[self._speaker].said.append(line)
        return None

    def _step(self, what, name, now):
        self._speaker = name
        if name and name not in self._tests:
            self._tests[name] = SuiteTest(name, now)
        elif name and what == "CONT" and not self._tests[name].verdict and len(self._tests[name].said) == 0:
            self._tests[name].begin = now  # a parallel test waits for its turn before it does anything

    def _end(self, verdict, name, seconds, now):
        test = self._tests.setdefault(name, SuiteTest(name, now - float(seconds)))
        test.end, test.verdict, test.seconds = now, verdict, float(seconds)
        self._speaker = None
        return test
