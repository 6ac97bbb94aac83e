"""Stopped, killed, at the same time, or with Docker gone: nothing half-made stays, and nobody else's is touched."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.clusters.conftest import containers, docker
from tutor.cancel import Cancel
from tutor.clusters.base import Stage
from tutor.clusters.kind.provider import KindProvider
from tutor.clusters.kind.record import Folder, Record
from tutor.errors import Cancelled, TutorError

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("docker"), pytest.mark.usefixtures("ready_kubectl")]
Use = Callable[..., None]
STATE = "{{.Id}} {{.State.Pid}} {{.State.StartedAt}} {{.RestartCount}}"
ALONE = """
import sys
from pathlib import Path
from tutor.cancel import Cancel
from tutor.clusters.kind import creation
from tutor.clusters.kind.provider import KindProvider
creation.choose_image = lambda shape, local: sys.argv[3]
KindProvider(Path(sys.argv[1]), sys.argv[2]).up(
    "single", [], lambda stage: print(stage.title, flush=True), Cancel())
"""


def nothing(stage: Stage) -> None:
    del stage


@pytest.mark.parametrize(
    "stage",
    [
        "Bring the node image",
        "Start the nodes",
        "Write the configuration",
        "Start the control plane",
        "Install the network",
        "Install the storage class",
        "Wait until everything is ready",
    ],
)
def test_cancel_at_any_stage_leaves_nothing_behind(
    driver: KindProvider, home: Path, prefix: str, image: Use, stage: str
) -> None:
    image()
    cancel = Cancel()

    def report(now: Stage) -> None:
        if now.title == stage:
            cancel.set()

    with pytest.raises(Cancelled):
        driver.up("single", [], report, cancel)
    assert containers(prefix) == []
    assert not (home / "clusters" / f"{prefix}-single" / "kubeconfig").exists()
    assert driver.status() == []


def test_cancel_while_a_cluster_is_used_again_leaves_it_alone(driver: KindProvider, prefix: str, image: Use) -> None:
    image()
    driver.up("single", [], nothing, Cancel())
    cancel = Cancel()
    with pytest.raises(Cancelled):
        driver.up("single", [], lambda stage: cancel.set(), cancel)
    assert containers(prefix) == [f"{prefix}-single-control-plane"]


@contextmanager
def alone(home: Path, prefix: str, fake: str, until: str) -> Iterator[subprocess.Popen[str]]:
    """A tutor of its own process, at the stage `until`."""
    argv = [sys.executable, "-c", ALONE, str(home), prefix, fake]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        assert any(until in line for line in process.stdout), f"it never came to: {until}"
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("stage", ["Start the nodes", "Start the control plane"])
def test_ctrl_c_leaves_nothing_behind(home: Path, prefix: str, build: Callable[[str], str], stage: str) -> None:
    with alone(home, prefix, build("slow"), stage) as process:
        os.kill(process.pid, signal.SIGINT)
        process.wait(120)
    assert containers(prefix) == []


@pytest.mark.parametrize("stage", ["Start the nodes", "Start the control plane"])
def test_cleans_up_after_a_tutor_that_was_killed(
    driver: KindProvider, home: Path, prefix: str, build: Callable[[str], str], image: Use, stage: str
) -> None:
    with alone(home, prefix, build("slow"), stage) as process:
        process.send_signal(signal.SIGKILL)
        process.wait(30)
    orphan = Folder(home / "clusters" / f"{prefix}-single").load("single").maker
    image()
    made = driver.up("single", [], nothing, Cancel())
    assert containers(prefix) == [f"{prefix}-single-control-plane"]
    assert docker("inspect", "--format", "{{.Config.Image}}", f"{prefix}-single-control-plane") == build("")
    assert made.kubeconfig.is_file()
    args = subprocess.run(["ps", "-o", "args=", "-p", str(orphan)], capture_output=True, text=True, check=False)
    assert prefix not in args.stdout, "the kind that the killed tutor had started is ended"


def test_a_second_tutor_is_told_to_wait(driver: KindProvider, home: Path, prefix: str, image: Use) -> None:
    image("slow")
    cancel, begun = Cancel(), threading.Event()

    def first() -> None:
        with pytest.raises(Cancelled):
            driver.up("single", [], lambda stage: begun.set(), cancel)

    thread = threading.Thread(target=first)
    thread.start()
    assert begun.wait(60)
    second = KindProvider(home, prefix)
    for attempt in (lambda: second.up("single", [], nothing, Cancel()), lambda: second.down("single", nothing)):
        with pytest.raises(TutorError, match="Another tutor is busy"):
            attempt()
    cancel.set()
    thread.join(120)
    assert not thread.is_alive()
    assert containers(prefix) == []


@pytest.mark.parametrize("state", ["", "creating"])
def test_leaves_a_cluster_of_somebody_else_alone(
    driver: KindProvider,
    home: Path,
    prefix: str,
    build: Callable[[str], str],
    image: Use,
    tmp_path: Path,
    state: str,
) -> None:
    image()
    name, foreign = f"{prefix}-single", tmp_path / "foreign.kubeconfig"
    subprocess.run(
        ["kind", "create", "cluster", "--name", name, "--image", build(""), "--kubeconfig", str(foreign)],
        check=True,
        capture_output=True,
        timeout=180,
    )
    before, text = docker("inspect", "--format", STATE, f"{name}-control-plane"), foreign.read_bytes()
    folder = Folder(home / "clusters" / name)
    folder.path.mkdir(parents=True)
    folder.save(Record("single", state=state))  # `creating`: a tutor was killed before kind made anything
    for attempt in (lambda: driver.up("single", [], nothing, Cancel()), lambda: driver.down("single", nothing)):
        with pytest.raises(TutorError, match="did not make"):
            attempt()
    assert driver.status() == []
    assert docker("inspect", "--format", STATE, f"{name}-control-plane") == before
    assert foreign.read_bytes() == text


def test_a_cluster_that_somebody_makes_meanwhile_is_left_alone(
    driver: KindProvider, prefix: str, build: Callable[[str], str], image: Use, tmp_path: Path
) -> None:
    image()
    name = f"{prefix}-single"

    def rival(stage: Stage) -> None:
        if not containers(prefix):
            argv = ["kind", "create", "cluster", "--name", name, "--image", build("")]
            subprocess.run([*argv, "--kubeconfig", str(tmp_path / "other")], check=True, capture_output=True)

    with pytest.raises(TutorError, match="did not make"):
        driver.up("single", [], rival, Cancel())
    assert containers(prefix) == [f"{name}-control-plane"]


def test_the_learners_kubeconfig_stays_as_it_is(
    driver: KindProvider, image: Use, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image()
    decoy = tmp_path / "config"
    decoy.write_text("apiVersion: v1\nkind: Config\ncurrent-context: prod\ncontexts: []\nclusters: []\nusers: []\n")
    before = decoy.read_bytes(), decoy.stat().st_mtime_ns
    monkeypatch.setenv("KUBECONFIG", str(decoy))
    monkeypatch.setenv("KIND_CLUSTER_NAME", "decoy")
    driver.up("single", [], nothing, Cancel())
    driver.down("single", nothing)
    assert (decoy.read_bytes(), decoy.stat().st_mtime_ns) == before


def test_docker_that_stops_half_way_is_told_and_cleaned_up_after(
    driver: KindProvider, prefix: str, image: Use, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image("slow")
    gone = tmp_path / "gone"
    wrapper = tmp_path / "bin" / "docker"
    real = subprocess.run(["which", "docker"], capture_output=True, text=True, check=True).stdout.strip()
    words = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
    wrapper.write_text(
        f"""#!/bin/bash
refuse() {{ echo '{words}' >&2; exit 1; }}
[ -e {gone} ] && refuse
{real} "$@" <&0 & child=$!
while kill -0 $child 2>/dev/null; do [ -e {gone} ] && {{ kill $child; refuse; }}; read -rt 0.2 <> <(:); done
wait $child
"""
    )
    wrapper.chmod(wrapper.stat().st_mode | stat.S_IXUSR)

    def report(stage: Stage) -> None:
        if stage.title == "Start the control plane":
            gone.touch()

    with pytest.raises(TutorError, match="Docker stopped answering"):
        driver.up("single", [], report, Cancel())
    with pytest.raises(TutorError, match="Docker does not answer"):
        driver.up("single", [], nothing, Cancel())
    gone.unlink()
    assert [each.state for each in driver.status()] == ["creating"]
    image()
    driver.up("single", [], nothing, Cancel())
    assert [each.state for each in driver.status()] == ["ready"]
