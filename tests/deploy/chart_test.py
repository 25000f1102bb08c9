"""Tests of the chart: what it makes by default is deploy/kustomize; here is what values change, and what is refused."""
import re

import chart
import pytest
import yaml


def test_lint_has_nothing_to_say():
    done = chart.run("helm", "lint", "--strict", "--kube-version", "1.36.0", str(chart.CHART))
    assert done.returncode == 0 and "WARNING" not in done.stdout, done.stdout + done.stderr


def test_versions_of_chart_and_program_are_the_projects():
    version = re.search(r"project\(sluice VERSION (\S+)", (chart.TOP / "CMakeLists.txt").read_text()).group(1)
    head = yaml.safe_load((chart.CHART / "Chart.yaml").read_text())
    assert (head["version"], head["appVersion"]) == (version, version)


def test_every_value_has_a_schema_and_every_schema_a_value():
    def keys(value, schema, path=""):
        found = set()
        for name, below in schema.get("properties", {}).items():
            found.add(path + name)
            if isinstance(value.get(name), dict) and below.get("properties"):
                found |= keys(value[name], below, f"{path}{name}.")
        return found

    def own(value, schema, path=""):
        found = set()
        for name, below in value.items():
            found.add(path + name)
            inner = schema["properties"].get(name, {}) if "properties" in schema else {}
            if isinstance(below, dict) and inner.get("properties"):
                found |= own(below, inner, f"{path}{name}.")
        return found

    values = yaml.safe_load((chart.CHART / "values.yaml").read_text())
    schema = yaml.safe_load((chart.CHART / "values.schema.json").read_text())
    optional = {"global", "node.seccompProfile.localhostProfile", "node.appArmorProfile.localhostProfile",
                *(f"gatewayClass.parametersRef.{name}" for name in ("group", "kind", "name", "namespace"))}
    assert keys(values, schema) - own(values, schema) <= optional
    assert own(values, schema) <= keys(values, schema)


@pytest.mark.parametrize("setting, said", [
    ("node.datapath=fast", "datapath"),
    ("image.digest=latest", "digest"),
    ("controller.replicas=0", "replicas"),
    ("node.metricsPort=9464", "metricsPort"),
    ("node.seccompProfile.type=Off", "seccompProfile"),
])
def test_a_value_that_means_nothing_is_refused_by_name(setting, said):
    with pytest.raises(RuntimeError, match=said):
        chart.render(setting)


def test_a_digest_decides_which_image_both_components_run():
    digest = "sha256:" + "ab" * 32
    objects = chart.render("image.repository=example.test/sluice", f"image.digest={digest}", "image.tag=v9")
    for kind, name in (("Deployment", "sluice-controller"), ("DaemonSet", "sluiced")):
        assert chart.container(objects, kind, name)["image"] == f"example.test/sluice:v9@{digest}"


def test_crds_stay_when_the_release_goes_and_can_be_left_out():
    installed = {name: thing for (kind, name), thing in chart.render().items() if kind == "CustomResourceDefinition"}
    files = {yaml.safe_load(file.read_text())["metadata"]["name"]: yaml.safe_load(file.read_text())
             for file in (chart.TOP / "deploy/crds").glob("*.yaml")}
    assert set(installed) == set(files) >= {"addresspools.sluice.dev", "sluiceparameters.sluice.dev"}
    for name, crd in installed.items():
        assert crd["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
        assert crd["spec"] == files[name]["spec"]
    assert not [kind for kind, _ in chart.render("crds.install=false") if kind == "CustomResourceDefinition"]


def test_objects_that_are_not_wanted_are_not_made():
    objects = chart.render("gatewayClass.create=false", "controller.podDisruptionBudget.enabled=false")
    assert not {kind for kind, _ in objects} & {"GatewayClass", "PodDisruptionBudget", "NetworkPolicy", "PodMonitor"}
    assert {"NetworkPolicy", "PodMonitor"} <= {kind for kind, _ in chart.render("networkPolicy.enabled=true",
                                                                                "podMonitor.enabled=true")}


def test_the_node_gets_the_flags_that_its_values_name():
    values = ["node.devices={eth0,eth1}", "node.workers=4", "node.releaseVipsOnStop=true", "node.accessLog=true",
              "node.drainTimeoutSeconds=120", "node.extraArgs={--flows=1024}"]
    objects = chart.render(*values)
    args = chart.container(objects, "DaemonSet", "sluiced")["args"]
    assert {"--device=eth0,eth1", "--workers=4", "--release-vips", "--access-log=-", "--drain-timeout=120",
            "--flows=1024"} <= set(args)
    assert objects["DaemonSet", "sluiced"]["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] == 130


def test_a_class_outlives_the_release_that_made_it():
    """Its finalizer, which is there while Gateways use it, would have nobody left to take it off."""
    gateway_class = chart.render()["GatewayClass", "sluice"]
    assert gateway_class["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}


def test_the_nodes_metrics_are_the_nodes_own_unless_they_are_let_out():
    closed = chart.container(chart.render(), "DaemonSet", "sluiced")
    assert closed["readinessProbe"]["httpGet"]["host"] == "127.0.0.1"
    assert closed["ports"][0]["hostIP"] == "127.0.0.1"
    opened = chart.container(chart.render("node.metrics=$(HOST_IP):9999"), "DaemonSet", "sluiced")
    assert opened["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": 9999}
    assert "--metrics=$(HOST_IP):9999" in opened["args"]


def test_replicas_prefer_different_nodes_unless_told_otherwise():
    def affinity(*settings):
        return chart.render(*settings)["Deployment", "sluice-controller"]["spec"]["template"]["spec"]["affinity"]

    assert list(affinity()) == ["podAntiAffinity"]
    assert list(affinity("controller.affinity.nodeAffinity.x=y")) == ["nodeAffinity"]


def test_no_container_may_gain_rights_or_write_its_own_files():
    objects = chart.render()
    for kind, name in (("Deployment", "sluice-controller"), ("DaemonSet", "sluiced")):
        context = chart.container(objects, kind, name)["securityContext"]
        assert context["readOnlyRootFilesystem"] and not context["allowPrivilegeEscalation"]
        assert context["capabilities"]["drop"] == ["ALL"]
    node = chart.container(objects, "DaemonSet", "sluiced")["securityContext"]
    assert node["capabilities"]["add"] == ["BPF", "NET_ADMIN", "PERFMON", "NET_RAW"]
    controller = objects["Deployment", "sluice-controller"]["spec"]["template"]["spec"]["securityContext"]
    assert controller["runAsNonRoot"] and controller["seccompProfile"] == {"type": "RuntimeDefault"}
