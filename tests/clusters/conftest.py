"""Docker for the driver's tests, and nodes that are no nodes: a cluster in two seconds."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tutor.clusters import kubectl
from tutor.clusters.kind import creation
from tutor.clusters.kind.provider import KindProvider

FAKE = Path(__file__).parent / "fakenode"
READY = """#!/bin/sh
case "$*" in
  *version*) echo '{"clientVersion": {"gitVersion": "v1.36.4"}}' ;;
  *) [ -s "$KUBECONFIG" ] && grep -q 127.0.0.1 "$KUBECONFIG" || { echo refused >&2; exit 1; }
  cat <<'JSON'
{"items": [
 {"kind": "Node", "metadata": {"name": "a"}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}},
 {"kind": "Node", "metadata": {"name": "b"}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}},
 {"kind": "Pod", "metadata": {"name": "p", "namespace": "kube-system", "labels": {"k8s-app": "kube-dns"}},
  "status": {"conditions": [{"type": "Ready", "status": "True"}]}},
 {"kind": "ServiceAccount", "metadata": {"name": "default", "namespace": "default"}}]}
JSON
  ;;
esac
"""


def docker(*argv: str) -> str:
    return subprocess.run(["docker", *argv], capture_output=True, text=True, check=True, timeout=180).stdout.strip()


def containers(prefix: str) -> list[str]:
    return docker("ps", "--all", "--format", "{{.Names}}", "--filter", f"name=^{prefix}-").split()


@pytest.fixture(scope="session")
def engine() -> None:
    """Skip where there is no Docker with kind."""
    if not shutil.which("docker") or not shutil.which("kind"):
        pytest.skip("docker and kind are not on the PATH")
    if subprocess.run(["docker", "info"], capture_output=True, check=False, timeout=60).returncode != 0:
        pytest.skip("the Docker daemon does not answer")
    if not docker("image", "ls", "-q", "busybox:1.37"):
        pytest.skip("Docker holds no busybox:1.37 to build the fake node from")


@pytest.fixture(scope="session")
def build(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """Build the fake node that fails at a stage; the entrypoint tells which there are."""
    made: dict[str, str] = {}

    def make(fail: str) -> str:
        if fail not in made:
            folder = tmp_path_factory.mktemp("node") / "context"
            shutil.copytree(FAKE, folder)
            (folder / "kind" / "fail").write_text(fail)
            tag = f"kindest/fake:{fail or 'good'}-{uuid.uuid4().hex[:6]}"
            docker("build", "--quiet", "--tag", tag, str(folder))
            made[fail] = tag
        return made[fail]

    yield make
    for tag in made.values():
        docker("image", "rm", "--force", tag)


@pytest.fixture
def image(build: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Make the driver choose the fake node that fails at a stage."""

    def use(fail: str = "") -> None:
        monkeypatch.setattr(creation, "choose_image", lambda shape, local: build(fail))

    return use


@pytest.fixture
def ready_kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kubectl that finds every cluster ready whose kubeconfig is whole: the fake node has no API server."""
    program = tmp_path / "bin" / "kubectl"
    program.parent.mkdir()
    program.write_text(READY)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    kubectl.client_version.cache_clear()


@pytest.fixture
def prefix() -> Iterator[str]:
    """A prefix for clusters of this test alone; what is left of them is removed."""
    name = f"kt-{uuid.uuid4().hex[:6]}"
    yield name
    left = docker("ps", "--all", "--quiet", "--filter", f"name=^{name}-").split()
    if left:
        docker("rm", "--force", "--volumes", *left)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def driver(home: Path, prefix: str) -> KindProvider:
    return KindProvider(home, prefix)
