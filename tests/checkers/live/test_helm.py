"""`helm` on a real cluster: a release from install to rollback, as the helm on the PATH stores it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from checkers.live.world import LiveWorld

from .conftest import Space
from .test_checks import fails, passes

pytestmark = [pytest.mark.kind, pytest.mark.skipif(shutil.which("helm") is None, reason="there is no helm on the PATH")]

TEMPLATE = """apiVersion: v1
kind: ConfigMap
metadata: {name: "{{ .Release.Name }}"}
data: {count: "{{ .Values.replicaCount }}", tag: "{{ .Values.image.tag }}"}
"""


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    (tmp_path / "cafe/templates").mkdir(parents=True)
    (tmp_path / "cafe/Chart.yaml").write_text("{apiVersion: v2, name: cafe, version: 0.3.0, appVersion: '1.28'}")
    (tmp_path / "cafe/values.yaml").write_text("{replicaCount: 1, image: {tag: '1.28'}}")
    (tmp_path / "cafe/templates/map.yaml").write_text(TEMPLATE)
    return tmp_path / "cafe"


def helm(space: Space, *argv: str) -> None:
    command = ["helm", "--kubeconfig", str(space.kubeconfig), "-n", space.name, *argv]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr


def test_a_release(world: LiveWorld, space: Space, chart: Path) -> None:
    text = "{helm: {release: corner}, expect: {chart: cafe, values: {replicaCount: 2}}}"
    assert not fails(text, world, "").ok
    helm(space, "install", "cornr", str(chart), "--set", "replicaCount=2")
    fails(text, world, "There is a release called cornr.")
    helm(space, "install", "corner", str(chart), "--set", "replicas=2")
    fails(text, world, "replicas is given (2), but the values.yaml of chart cafe has no replicas.")
    helm(space, "upgrade", "corner", str(chart), "--set", "replicaCount=2")
    passes(text, world)
    helm(space, "upgrade", "corner", str(chart), "--set-string", "image.tag=1.29")
    fails(text, world, "Revision 2 was given replicaCount: 2; revision 3 was not.")
    helm(space, "rollback", "corner", "2")
    passes(text, world)
    passes(
        "{helm: {release: corner}, expect: {revision: 4, history: {$length: 4}, computed: {image: {tag: '1.28'}}}}",
        world,
    )
