"""The smoke test's questions about the Gateway API: the right CRDs, and an API server that holds to their rules."""
import json

import api
from layout import CRDS

BUNDLE = "v1.7.0"
CHANNEL = "experimental"
ANNOTATION = "gateway.networking.k8s.io/"


def the_crds_are_one_bundle_of_one_channel(cluster):
    found = {crd["metadata"]["name"]: crd["metadata"].get("annotations", {})
             for crd in api.objects(cluster, "crd") if "gateway.networking" in crd["spec"]["group"]}
    expected = {file.stem.partition("_")[2] + "." + file.stem.partition("_")[0]
                for file in (CRDS / CHANNEL).glob("*.yaml") if "vap" not in file.stem}
    assert set(found) == expected and len(expected) == 14, f"{sorted(found)}, expected {sorted(expected)}"
    for name, annotations in found.items():
        pair = annotations[ANNOTATION + "bundle-version"], annotations[ANNOTATION + "channel"]
        assert pair == (BUNDLE, CHANNEL), f"{name}: {pair}"


def an_older_bundle_is_refused_by_the_safe_upgrades_policy(cluster):
    crd = json.loads(api.kubectl(cluster, "get", "crd", "httproutes.gateway.networking.k8s.io", "-o", "json"))
    assert _refusal(cluster, "replace", crd) is None, "the CRD as it is must be taken"
    crd["metadata"]["annotations"][ANNOTATION + "bundle-version"] = "v1.2.0"
    refusal = _refusal(cluster, "replace", crd)
    assert refusal and "safe-upgrades.gateway.networking.k8s.io" in refusal, refusal


def a_valid_route_is_taken(cluster):
    assert _refusal(cluster, "create", _route()) is None


def a_route_against_the_schema_is_refused(cluster):
    refusal = _refusal(cluster, "create", _route(matches=[{"method": "FETCH"}]))
    assert refusal and "Unsupported value" in refusal, refusal


def a_route_against_a_rule_of_the_crd_is_refused(cluster):
    refusal = _refusal(cluster, "create", _route(matches=[{"path": {"type": "PathPrefix", "value": "shop"}}]))
    assert refusal and "value must be an absolute path and start with '/'" in refusal, refusal


def _route(**rule):
    return {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
            "metadata": {"name": "smoke", "namespace": "default"}, "spec": {"rules": [rule]}}


def _refusal(cluster, verb, thing):
    """What the API server says against it; None when it would take it. Nothing is stored."""
    done = api.kubectl(cluster, verb, "--dry-run=server", "-f", "-", given=json.dumps(thing), check=False)
    return done.stderr if done.returncode else None


CHECKS = [the_crds_are_one_bundle_of_one_channel, an_older_bundle_is_refused_by_the_safe_upgrades_policy,
          a_valid_route_is_taken, a_route_against_the_schema_is_refused, a_route_against_a_rule_of_the_crd_is_refused]
