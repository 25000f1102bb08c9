"""What deploy/helm/sluice makes of values, by the helm that tests/cluster/build made."""
import importlib.machinery
import importlib.util
import subprocess
import sys
from pathlib import Path

import yaml

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests/cluster"))

from layout import BIN  # noqa: E402

CHART = TOP / "deploy/helm/sluice"


def _update_kustomize():
    loader = importlib.machinery.SourceFileLoader("update_kustomize", str(TOP / "tools/update-kustomize"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


update_kustomize = _update_kustomize()


def render(*settings):
    """{(kind, name): object} with `--set` of each of settings. Raises RuntimeError with what helm says against them."""
    return by_name(yaml.safe_load_all(update_kustomize.render(*(word for each in settings for word in ("--set", each)))))


def by_name(documents):
    found = {}
    for thing in documents:
        if thing:
            key = thing["kind"], thing["metadata"]["name"]
            assert key not in found, f"{key} twice"
            found[key] = thing
    return found


def run(program, *words):
    return subprocess.run([BIN / program, *words], capture_output=True, text=True)


def container(objects, kind, name):
    return objects[kind, name]["spec"]["template"]["spec"]["containers"][0]
