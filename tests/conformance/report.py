"""What a run of the conformance suite came to, in lines for a person: its report, and what only its log shows."""
import re

import yaml

# What testify or the runtime says before the suite ends: "Error:" and the lines below it, up to "Test:".
STOPPED = re.compile(r"^\s+Error:\s+(.*?)^\s+Test:|^panic: (.*?)$", re.MULTILINE | re.DOTALL)
UNSUPPORTED_A_LINE = 6


def read(file):
    """The report; None where the suite wrote none."""
    return yaml.safe_load(file.read_text()) if file.exists() else None


def summary(document, tests, log):
    """Lines: a profile each, and the tests (timeline.SuiteTest) as they ended, as ten of them belong to no profile.

    log: the suite's whole output, for why it ran no test.
    """
    lines = _profiles(document) if document else ["no report was written"]
    if not tests:
        return [*lines, f"no test was run; the suite stopped: {_why(log)}"]
    count = {verdict: sum(test.verdict == verdict for test in tests) for verdict in ("PASS", "FAIL", "SKIP")}
    lines.append(f"all tests, by the log  {count['PASS']} passed, {count['FAIL']} failed, {count['SKIP']} skipped")
    lines += [f"FAILED  {test.name}  {test.seconds:.1f} s" for test in tests if test.verdict == "FAIL"]
    return lines


def shortfalls(document, profiles):
    """What keeps a whole run from being a success, a line each: profiles that are missing, core tests not passed."""
    found = {profile["name"]: profile for profile in (document or {}).get("profiles") or []}
    lines = [f"profile {name} is not in the report" for name in profiles if name not in found]
    for name, profile in sorted(found.items()):
        count = profile["core"]["statistics"]
        if profile["core"]["result"] != "success" or count["Failed"] or count["Skipped"]:
            lines.append(f"{name} core: {profile['core']['result']}, {count['Failed']} failed, {count['Skipped']} skipped")
        extended = profile.get("extended")
        if extended and extended["result"] != "success":
            lines.append(f"{name} extended: {extended['result']}")
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
