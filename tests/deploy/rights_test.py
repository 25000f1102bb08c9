"""Tests of the rights that the chart asks for: enough for what the controller reads, no wildcard, each with its reason."""
import re

import chart

KINDS = chart.TOP / "controller/source/kubernetes/watched_kind.cpp"
TEMPLATES = ("controller-rbac.yaml", "node-rbac.yaml")
WRITES = {"create", "update", "patch", "delete", "deletecollection"}


def rules(kind, name):
    return chart.render()[kind, name]["rules"]


def allowed(group, resource):
    """Verbs of the controller on all objects of a resource, in every namespace."""
    return {verb for rule in rules("ClusterRole", "sluice-controller")
            if group in rule["apiGroups"] and resource in rule["resources"] for verb in rule["verbs"]}


def watched():
    """(group, resource, True when contents are read by name) of each kind that the controller follows."""
    text = KINDS.read_text()
    found = [("gateway.networking.k8s.io", plural, False) for plural in re.findall(r'gateway_kind\("\w+", "(\w+)"', text)]
    for entry in re.findall(r"WatchedKind\{(\.group = .*?)\}", text, re.DOTALL):
        group, plural = (re.search(rf"\.{field} = (\S+?),?\s", entry + " ").group(1) for field in ("group", "plural"))
        group = {"kOwnGroup": "sluice.dev", "kSluiceGroup": "sluice.dev"}.get(group, group).strip('"')
        found.append((group, plural.strip('"'), "kContents" in entry))
    assert len(found) >= 15, f"{KINDS.name} reads differently now: {found}"
    return found


def test_every_kind_that_the_controller_follows_can_be_listed_and_watched():
    for group, resource, has_contents in watched():
        needed = {"list", "watch"} | ({"get"} if has_contents else set())
        assert needed <= allowed(group, resource), f"{resource} of {group or 'core'}: {allowed(group, resource)}"


def test_nothing_else_can_be_read():
    known = {(group, resource) for group, resource, _ in watched()} | {
        ("apiextensions.k8s.io", "customresourcedefinitions")}
    for rule in rules("ClusterRole", "sluice-controller"):
        if set(rule["verbs"]) & {"get", "list", "watch"}:
            assert {(group, resource) for group in rule["apiGroups"] for resource in rule["resources"]} <= known


def test_what_is_written_is_statuses_events_token_reviews_and_a_finalizer():
    written = {(resource, verb) for rule in rules("ClusterRole", "sluice-controller") for resource in rule["resources"]
               for verb in rule["verbs"] if verb in WRITES and not resource.endswith("/status")}
    assert written == {("events", "create"), ("events", "patch"), ("tokenreviews", "create"), ("gatewayclasses", "patch")}
    for rule in rules("ClusterRole", "sluice-controller"):
        if any(resource.endswith("/status") for resource in rule["resources"]):
            assert rule["verbs"] == ["patch"]


def test_no_rule_has_a_wildcard():
    for (kind, name), thing in chart.render().items():
        if kind in ("Role", "ClusterRole"):
            assert not [rule for rule in thing["rules"] if "*" in str(rule)], name


def test_secrets_and_leases_that_are_changed_are_named():
    for rule in rules("Role", "sluice-controller"):
        if set(rule["verbs"]) & {"update", "patch", "delete", "get"}:
            assert rule.get("resourceNames"), rule


def test_every_verb_has_its_reason_beside_it():
    for name in TEMPLATES:
        lines = (chart.CHART / "templates" / name).read_text().splitlines()
        verbs = [line for line in lines if re.match(r"\s+- (get|list|watch|create|update|patch|delete)\b", line)]
        assert verbs and all(re.search(r"  # \w", line) for line in verbs), name
        assert not [line for line in lines if re.match(r"\s+verbs: \[", line)], name
