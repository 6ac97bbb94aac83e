"""The kind driver against nodes that are no nodes: real kind, real Docker, two seconds a cluster."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clusters.conftest import docker
from tutor.cancel import Cancel
from tutor.clusters.base import Stage
from tutor.clusters.kind import provider as module
from tutor.clusters.kind.provider import KindProvider
from tutor.errors import Cancelled, TutorError

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("docker"), pytest.mark.usefixtures("ready_kubectl")]

STATE = "{{.Id}} {{.State.Pid}} {{.State.StartedAt}} {{.RestartCount}}"


@pytest.fixture
def image(build: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Make the driver choose the fake node that fails at a stage."""

    def use(fail: str = "") -> None:
        monkeypatch.setattr(module, "choose_image", lambda shape: build(fail))

    return use


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def nothing(stage: Stage) -> None:
    del stage


def containers(prefix: str) -> list[str]:
    return docker("ps", "--all", "--format", "{{.Names}}", "--filter", f"name=^{prefix}-").split()


def test_makes_finds_and_removes_a_cluster(home: Path, prefix: str, image: Callable[[str], None]) -> None:
    image()
    driver = KindProvider(home, prefix)
    stages: list[Stage] = []
    made = driver.up("pair", [], stages.append, Cancel())
    assert made.kubeconfig.stat().st_mode & 0o077 == 0
    assert made.server.startswith("https://127.0.0.1:")
    done = [stage.title for stage in stages if stage.state == "done"]
    assert done[0] == "Bring the node image"
    assert "Join the workers" in done
    assert done[-1] == "Wait until everything is ready"
    assert [stage.number for stage in stages] == sorted(stage.number for stage in stages)
    assert made.nodes is not None
    assert list(made.nodes.names("worker")) == [f"{prefix}-pair-worker"]
    before = containers(prefix)
    stages.clear()
    driver.up("pair", [], stages.append, Cancel())
    assert containers(prefix) == before
    assert stages[-1].usual is not None, "the second time it knows how long the first took"
    assert [each.state for each in driver.status()] == ["ready"]
    assert driver.down("pair", nothing)
    assert containers(prefix) == []
    assert not driver.down("pair", nothing)


def test_starts_stopped_nodes_again(home: Path, prefix: str, image: Callable[[str], None]) -> None:
    image()
    driver = KindProvider(home, prefix)
    driver.up("single", [], nothing, Cancel())
    docker("stop", "--time", "1", f"{prefix}-single-control-plane")
    assert [each.state for each in driver.status()] == ["stopped"]
    driver.up("single", [], nothing, Cancel())
    assert docker("inspect", "--format", "{{.State.Running}}", f"{prefix}-single-control-plane") == "true"


def test_makes_a_cluster_anew_when_a_node_is_gone(home: Path, prefix: str, image: Callable[[str], None]) -> None:
    image()
    driver = KindProvider(home, prefix)
    driver.up("pair", [], nothing, Cancel())
    docker("rm", "--force", f"{prefix}-pair-worker")
    driver.up("pair", [], nothing, Cancel())
    assert sorted(containers(prefix)) == [f"{prefix}-pair-control-plane", f"{prefix}-pair-worker"]


def test_explains_a_control_plane_that_does_not_start(home: Path, prefix: str, image: Callable[[str], None]) -> None:
    image("init")
    with pytest.raises(TutorError) as error:
        KindProvider(home, prefix).up("single", [], nothing, Cancel())
    assert error.value.title == "The kubelet refuses cgroup v1.", "the cause in the node's log, not kubeadm's symptom"
    assert containers(prefix) == []


@pytest.mark.parametrize("lines", [1, 4, 7])
def test_cancel_leaves_nothing_behind(home: Path, prefix: str, image: Callable[[str], None], lines: int) -> None:
    image("slow" if lines > 6 else "")
    cancel = Cancel()
    seen: list[Stage] = []

    def report(stage: Stage) -> None:
        seen.append(stage)
        if len(seen) >= lines:
            cancel.set()

    with pytest.raises(Cancelled):
        KindProvider(home, prefix).up("single", [], report, cancel)
    assert containers(prefix) == []


def test_a_second_tutor_waits_its_turn(home: Path, prefix: str, image: Callable[[str], None]) -> None:
    image("slow")
    cancel, begun = Cancel(), threading.Event()

    def first() -> None:
        with pytest.raises(Cancelled):
            KindProvider(home, prefix).up("single", [], lambda stage: begun.set(), cancel)

    thread = threading.Thread(target=first)
    thread.start()
    assert begun.wait(30)
    with pytest.raises(TutorError, match="Another tutor is busy"):
        KindProvider(home, prefix).up("single", [], nothing, Cancel())
    cancel.set()
    thread.join(60)
    assert not thread.is_alive()


def test_leaves_a_cluster_of_somebody_else_alone(
    home: Path, prefix: str, build: Callable[[str], str], image: Callable[[str], None], tmp_path: Path
) -> None:
    image()
    name = f"{prefix}-single"
    foreign = tmp_path / "foreign.kubeconfig"
    subprocess.run(
        ["kind", "create", "cluster", "--name", name, "--image", build(""), "--kubeconfig", str(foreign)],
        check=True,
        capture_output=True,
        timeout=120,
    )
    before, text = docker("inspect", "--format", STATE, f"{name}-control-plane"), foreign.read_bytes()
    driver = KindProvider(home, prefix)
    for attempt in (lambda: driver.up("single", [], nothing, Cancel()), lambda: driver.down("single", nothing)):
        with pytest.raises(TutorError, match="did not make"):
            attempt()
    assert docker("inspect", "--format", STATE, f"{name}-control-plane") == before
    assert foreign.read_bytes() == text


KILLED = """
import sys
from pathlib import Path
from tutor.cancel import Cancel
from tutor.clusters.kind import provider
provider.choose_image = lambda shape: sys.argv[3]
print("begun", flush=True)
provider.KindProvider(Path(sys.argv[1]), sys.argv[2]).up(
    "single", [], lambda stage: print(stage.title, flush=True), Cancel())
"""


def test_cleans_up_after_a_tutor_that_was_killed(
    home: Path, prefix: str, build: Callable[[str], str], image: Callable[[str], None]
) -> None:
    argv = [sys.executable, "-c", KILLED, str(home), prefix, build("slow")]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if "control plane" in line:
            break
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    assert containers(prefix), "kind left its node behind"
    image()
    made = KindProvider(home, prefix).up("single", [], nothing, Cancel())
    assert containers(prefix) == [f"{prefix}-single-control-plane"]
    assert made.kubeconfig.is_file()


def test_ctrl_c_leaves_nothing_behind(home: Path, prefix: str, build: Callable[[str], str]) -> None:
    argv = [sys.executable, "-c", KILLED, str(home), prefix, build("slow")]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if "control plane" in line:
            break
    os.kill(process.pid, signal.SIGINT)
    process.wait(60)
    assert containers(prefix) == []


def test_the_learners_kubeconfig_stays_as_it_is(
    home: Path, prefix: str, image: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image()
    decoy = tmp_path / "config"
    decoy.write_text("apiVersion: v1\nkind: Config\ncurrent-context: prod\ncontexts: []\nclusters: []\nusers: []\n")
    before = decoy.read_bytes(), decoy.stat().st_mtime_ns
    monkeypatch.setenv("KUBECONFIG", str(decoy))
    driver = KindProvider(home, prefix)
    driver.up("single", [], nothing, Cancel())
    driver.down("single", nothing)
    assert (decoy.read_bytes(), decoy.stat().st_mtime_ns) == before


def test_an_unwritable_home_is_told(prefix: str, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(TutorError, match="cannot write its own files"):
        KindProvider(blocked, prefix).up("single", [], nothing, Cancel())


def test_a_damaged_record_counts_as_none(home: Path, prefix: str, image: Callable[[str], None]) -> None:
    image()
    driver = KindProvider(home, prefix)
    driver.up("single", [], nothing, Cancel())
    (home / "clusters" / f"{prefix}-single" / "record.json").write_text('{"topology": ')
    with pytest.raises(TutorError, match="did not make"):
        driver.up("single", [], nothing, Cancel())
