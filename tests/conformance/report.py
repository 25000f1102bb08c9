"""What a run of the conformance suite came to, in lines for a person: its report, and what only its log shows."""
import re

import yaml

# A test of the suite, not one of its cases: indented once.
VERDICT = re.compile(r"^ {4}--- (PASS|FAIL|SKIP): TestConformance/([^/ ]+) \((\S+)s\)", re.MULTILINE)
# What testify or the runtime says before the suite ends: "Error:" and the lines below it, up to "Test:".
STOPPED = re.compile(r"^\s+Error:\s+(.*?)^\s+Test:|^panic: (.*?)$", re.MULTILINE | re.DOTALL)
UNSUPPORTED_A_LINE = 6


def summary(report, log):
    """Lines: a profile each, and the tests by the log, as ten of them belong to no profile."""
    text = log.read_text(errors="replace")
    lines = _profiles(yaml.safe_load(report.read_text())) if report.exists() else ["no report was written"]
    verdicts = VERDICT.findall(text)
    if not verdicts:
        return [*lines, f"no test was run; the suite stopped: {_why(text)}"]
    count = {verdict: sum(found == verdict for found, _, _ in verdicts) for verdict in ("PASS", "FAIL", "SKIP")}
    lines.append(f"all tests, by the log  {count['PASS']} passed, {count['FAIL']} failed, {count['SKIP']} skipped")
    lines += [f"FAILED  {name}  {seconds} s" for verdict, name, seconds in verdicts if verdict == "FAIL"]
    return lines


def _profiles(document):
    ours = document["implementation"]
    lines = [f"{ours['project']} {ours['version']}, Gateway API {document['gatewayAPIVersion']}, "
             f"{document['gatewayAPIChannel']} channel, {document['date']}"]
    for profile in sorted(document.get("profiles") or [], key=lambda profile: profile["name"]):
        for level in ("core", "extended"):
            if level in profile:
                lines += _level(profile["name"], level, profile[level])
    if provisional := document.get("succeededProvisionalTests"):
        lines.append(f"provisional, passed: {', '.join(provisional)}")
    return lines


def _level(name, level, found):
    count = found["statistics"]
    lines = [f"{name:<13} {level:<8} {found['result']:<8} {count['Passed']} passed, {count['Failed']} failed, "
             f"{count['Skipped']} skipped"]
    lines += [f"    {what}: {', '.join(found[key])}"
              for key, what in (("failedTests", "failed"), ("skippedTests", "skipped")) if found.get(key)]
    missing = found.get("unsupportedFeatures") or []
    for begin in range(0, len(missing), UNSUPPORTED_A_LINE):
        lines.append(f"    unsupported: {', '.join(missing[begin:begin + UNSUPPORTED_A_LINE])}")
    return lines


def _why(text):
    """What the suite said last before it ended."""
    found = [" ".join("".join(groups).split()) for groups in STOPPED.findall(text)]
    return found[-1] if found else (text.strip().splitlines() or ["it said nothing"])[-1]
