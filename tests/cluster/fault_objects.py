"""Faults in what users write: objects without sense, secrets without certificates, things that go away."""
import base64
import contextlib
import copy
import json

import api
import scene
import sluice

OTHER = "faults-other"


def an_object_that_no_schema_would_let_through_harms_itself_alone(cluster):
    before = _restarts(cluster)
    with _no_schema(cluster, "httproutes.gateway.networking.k8s.io"):
        mad = scene.route("mad", "mad.example")
        mad["spec"]["rules"] = [{"matches": [{"path": {"type": "Sideways", "value": 7}}], "backendRefs": "everything"}, "no rule"]
        worse = scene.route("worse", "worse.example")
        worse["spec"] |= {"hostnames": {"a": 1}, "parentRefs": [{"name": 5}, None], "rules": -1}
        scene.apply(cluster, mad, worse)
        try:
            scene.takes_effect(cluster, "sane")
            assert scene.status(cluster) == 200, "the route beside it serves no more"
            for host in ("mad.example", "worse.example"):
                assert scene.status(cluster, host) in (404, 500), f"{host} is served"
        finally:
            api.kubectl(cluster, "-n", scene.NAMESPACE, "delete", "httproute", "mad", "worse", "--timeout=20s")
    assert _restarts(cluster) == before, "a pod of Sluice was started anew"


def a_secret_that_is_no_certificate_closes_its_listener_alone_and_a_good_one_opens_it(cluster):
    secret = {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
              "metadata": {"name": "shop", "namespace": scene.NAMESPACE}}
    garbage = base64.b64encode(b"no certificate").decode()
    gateway = json.loads(api.kubectl(cluster, "-n", scene.NAMESPACE, "get", "gateway", "edge", "-o", "json"))
    listeners = [*gateway["spec"]["listeners"],
                 {"name": "https", "protocol": "HTTPS", "port": 443, "tls": {"certificateRefs": [{"name": "shop"}]}}]
    scene.apply(cluster, secret | {"data": {"tls.crt": garbage, "tls.key": garbage}})
    api.kubectl(cluster, "-n", scene.NAMESPACE, "patch", "gateway", "edge", "--type=merge", "-p",
                json.dumps({"spec": {"listeners": listeners}}))
    try:
        scene.eventually(lambda: scene.listener_condition(cluster, "edge", "https", "ResolvedRefs")
                         == ("False", "InvalidCertificateRef"), 15, "the listener says InvalidCertificateRef")
        assert scene.status(cluster) == 200, "the listener beside it serves no more"
        scene.apply(cluster, secret | {"data": _certificate(cluster)})
        scene.eventually(lambda: scene.listener_condition(cluster, "edge", "https", "Programmed")
                         == ("True", "Programmed"), 15, "with a certificate the listener is programmed")
    finally:
        api.kubectl(cluster, "-n", scene.NAMESPACE, "patch", "gateway", "edge", "--type=merge", "-p",
                    json.dumps({"spec": {"listeners": gateway["spec"]["listeners"]}}))
        api.kubectl(cluster, "-n", scene.NAMESPACE, "delete", "secret", "shop")


def a_service_without_endpoints_answers_503_and_serves_again_when_it_has_some(cluster):
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "empty", "namespace": scene.NAMESPACE},
               "spec": {"selector": {"app": "nobody"}, "ports": [{"port": 80, "targetPort": 3000}]}}
    scene.apply(cluster, service, scene.route("empty", "empty.example", "empty"))
    try:
        scene.eventually(lambda: scene.status(cluster, "empty.example") == 503, 15, "a Service without endpoints answers 503")
        filled = copy.deepcopy(service)
        filled["spec"]["selector"] = {"app": "echo"}
        scene.apply(cluster, filled)
        scene.eventually(lambda: scene.status(cluster, "empty.example") == 200, 15, "with endpoints it answers 200")
        scene.apply(cluster, service)
        scene.eventually(lambda: scene.status(cluster, "empty.example") == 503, 15, "without them again 503")
    finally:
        api.kubectl(cluster, "-n", scene.NAMESPACE, "delete", "httproute/empty", "service/empty")


def a_deleted_namespace_takes_its_route_along_and_nothing_else(cluster):
    with _other_namespace(cluster), scene.traffic(cluster) as result:
        scene.apply(cluster, _grant(scene.NAMESPACE, OTHER),
                    scene.route("guest", "guest.example", namespace=OTHER, service_namespace=scene.NAMESPACE))
        try:
            scene.eventually(lambda: scene.status(cluster, "guest.example") == 200, 15, "the namespace's route serves")
            api.kubectl(cluster, "delete", "namespace", OTHER, "--timeout=60s")
            scene.eventually(lambda: scene.status(cluster, "guest.example") == 404, 15, "its route is gone with it")
        finally:
            api.kubectl(cluster, "-n", scene.NAMESPACE, "delete", "referencegrant", "guests", "--ignore-not-found")
    assert not scene.lost(result), scene.lost(result)


def a_grant_that_is_revoked_under_traffic_closes_the_way_and_given_again_opens_it(cluster):
    with _other_namespace(cluster), scene.traffic(cluster) as result:
        grant = _grant(scene.NAMESPACE, OTHER)
        scene.apply(cluster, grant, scene.route("guest", "guest.example", namespace=OTHER, service_namespace=scene.NAMESPACE))
        try:
            scene.eventually(lambda: scene.status(cluster, "guest.example") == 200, 15, "with a grant the route serves")
            api.kubectl(cluster, "-n", scene.NAMESPACE, "delete", "referencegrant", "guests")
            scene.eventually(lambda: scene.status(cluster, "guest.example") == 500, 5, "without it the route answers 500")
            scene.eventually(lambda: scene.route_condition(cluster, "guest", "ResolvedRefs", OTHER)
                             == ("False", "RefNotPermitted"), 10, "and says RefNotPermitted")
            scene.apply(cluster, grant)
            scene.eventually(lambda: scene.status(cluster, "guest.example") == 200, 15, "granted again it serves")
        finally:
            api.kubectl(cluster, "-n", scene.NAMESPACE, "delete", "referencegrant", "guests", "--ignore-not-found")
    assert not scene.lost(result), scene.lost(result)


def _grant(namespace, guest):
    return {"apiVersion": "gateway.networking.k8s.io/v1beta1", "kind": "ReferenceGrant",
            "metadata": {"name": "guests", "namespace": namespace},
            "spec": {"from": [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "namespace": guest}],
                     "to": [{"group": "", "kind": "Service"}]}}


@contextlib.contextmanager
def _other_namespace(cluster):
    api.kubectl(cluster, "create", "namespace", OTHER)
    try:
        yield
    finally:
        api.kubectl(cluster, "delete", "namespace", OTHER, "--ignore-not-found", "--timeout=60s")


@contextlib.contextmanager
def _no_schema(cluster, name):
    """The CRD takes any spec meanwhile, as one of another version or a broken conversion might."""
    crd = json.loads(api.kubectl(cluster, "get", "crd", name, "-o", "json"))
    for part in ("resourceVersion", "uid", "creationTimestamp", "generation", "managedFields"):
        crd["metadata"].pop(part, None)
    crd.pop("status", None)
    lax = copy.deepcopy(crd)
    for version in lax["spec"]["versions"]:
        version["schema"]["openAPIV3Schema"]["properties"]["spec"] = {"x-kubernetes-preserve-unknown-fields": True}
    api.kubectl(cluster, "replace", "-f", "-", given=json.dumps(lax))
    try:
        yield
    finally:
        api.kubectl(cluster, "replace", "-f", "-", given=json.dumps(crd))


def _certificate(cluster):
    """The API server's own: any pair that belongs together will do."""
    return {key: base64.b64encode((cluster.pki / file).read_bytes()).decode()
            for key, file in (("tls.crt", "apiserver.crt"), ("tls.key", "apiserver.key"))}


def _restarts(cluster):
    return {pod["metadata"]["name"]: sum(status["restartCount"] for status in pod["status"]["containerStatuses"])
            for pod in sluice.pods(cluster)}


CHECKS = [an_object_that_no_schema_would_let_through_harms_itself_alone,
          a_secret_that_is_no_certificate_closes_its_listener_alone_and_a_good_one_opens_it,
          a_service_without_endpoints_answers_503_and_serves_again_when_it_has_some,
          a_deleted_namespace_takes_its_route_along_and_nothing_else,
          a_grant_that_is_revoked_under_traffic_closes_the_way_and_given_again_opens_it]
