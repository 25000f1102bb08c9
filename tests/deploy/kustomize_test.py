"""Tests that deploy/kustomize is what the chart makes: its files are the chart's golden output."""
import chart
import yaml

FOLDER = chart.TOP / "deploy/kustomize"


def test_the_folder_is_what_the_script_writes():
    written = chart.update_kustomize.files(chart.update_kustomize.render("--set", "crds.install=false"))
    for name, text in written.items():
        assert (FOLDER / name).read_text() == chart.update_kustomize.HEAD + text, f"{name}: run tools/update-kustomize"
    assert {file.name for file in FOLDER.iterdir()} == set(written)


def test_both_install_the_same_objects():
    built = chart.run("kubectl", "kustomize", str(FOLDER))
    assert built.returncode == 0, built.stderr
    ours = chart.by_name(yaml.safe_load_all(built.stdout))
    assert ours.pop(("Namespace", "sluice-system"))["metadata"]["labels"] == {
        "pod-security.kubernetes.io/enforce": "privileged"}
    assert ours == {key: _without_helms_own(thing) for key, thing in chart.render("crds.install=false").items()}


def test_nothing_of_helm_is_left():
    for file in FOLDER.iterdir():
        text = file.read_text().replace(chart.update_kustomize.HEAD, "")
        assert "helm" not in text.lower(), file


def _without_helms_own(thing):
    labels = thing["metadata"]["labels"]
    del labels["helm.sh/chart"], labels["app.kubernetes.io/managed-by"]
    if thing["metadata"].get("annotations") == {"helm.sh/resource-policy": "keep"}:
        del thing["metadata"]["annotations"]
    return thing
