"""The kind driver against nodes that are no nodes: real kind, real Docker, two seconds a cluster."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clusters.conftest import containers, docker
from tutor.cancel import Cancel
from tutor.clusters.base import Stage
from tutor.clusters.kind.provider import KindProvider
from tutor.errors import TutorError

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("docker"), pytest.mark.usefixtures("ready_kubectl")]
Use = Callable[..., None]


def nothing(stage: Stage) -> None:
    del stage


def ids(prefix: str) -> str:
    return docker("ps", "--all", "--no-trunc", "--format", "{{.ID}}", "--filter", f"name=^{prefix}-")


def test_makes_finds_and_removes_a_cluster(driver: KindProvider, prefix: str, image: Use) -> None:
    image()
    stages: list[Stage] = []
    made = driver.up("pair", [], stages.append, Cancel())
    assert made.kubeconfig.stat().st_mode & 0o077 == 0
    assert made.server.startswith("https://127.0.0.1:")
    assert [stage.title for stage in stages if stage.state == "done"] == [
        "Bring the node image",
        "Start the nodes",
        "Write the configuration",
        "Start the control plane",
        "Install the network",
        "Install the storage class",
        "Join the workers",
        "Wait until everything is ready",
        "Bring the images into the nodes",
    ]
    assert [stage.number for stage in stages] == sorted(stage.number for stage in stages)
    assert stages[-1].number == stages[-1].total
    assert made.nodes is not None
    assert list(made.nodes.names("worker")) == [f"{prefix}-pair-worker"]
    assert made.nodes.run(f"{prefix}-pair-worker", ["hostname"]).stdout == f"{prefix}-pair-worker\n"

    before = ids(prefix)
    stages.clear()
    driver.up("pair", [], stages.append, Cancel())
    assert ids(prefix) == before
    assert stages[-1].usual is not None, "the second time it knows how long the first took"
    assert [each.state for each in driver.status()] == ["ready"]

    assert driver.down("pair", nothing)
    assert containers(prefix) == []
    assert not made.kubeconfig.exists()
    assert not driver.down("pair", nothing)


def test_starts_stopped_and_paused_nodes_again(driver: KindProvider, prefix: str, image: Use) -> None:
    image()
    driver.up("pair", [], nothing, Cancel())
    before = ids(prefix)
    docker("stop", "--time", "1", f"{prefix}-pair-control-plane")
    docker("pause", f"{prefix}-pair-worker")
    assert [(each.state, dict(each.nodes)) for each in driver.status()] == [
        ("stopped", {f"{prefix}-pair-control-plane": "exited", f"{prefix}-pair-worker": "paused"})
    ]
    stages: list[Stage] = []
    driver.up("pair", [], stages.append, Cancel())
    assert ids(prefix) == before
    assert {state for _, state in driver.status()[0].nodes} == {"running"}
    assert stages[0].title == "Start the stopped nodes"
    assert stages[-1].number == stages[-1].total


def test_makes_a_cluster_anew_when_a_node_is_gone(driver: KindProvider, prefix: str, image: Use) -> None:
    image()
    driver.up("pair", [], nothing, Cancel())
    docker("rm", "--force", f"{prefix}-pair-worker")
    assert [each.state for each in driver.status()] == ["broken"]
    driver.up("pair", [], nothing, Cancel())
    assert sorted(containers(prefix)) == [f"{prefix}-pair-control-plane", f"{prefix}-pair-worker"]


@pytest.mark.parametrize("damage", ["", "{not yaml", "kind: Config\n"])
def test_a_damaged_kubeconfig_is_fetched_anew(driver: KindProvider, prefix: str, image: Use, damage: str) -> None:
    image()
    made = driver.up("single", [], nothing, Cancel())
    before, text = ids(prefix), made.kubeconfig.read_text()
    made.kubeconfig.write_text(damage)
    driver.up("single", [], nothing, Cancel())
    assert (ids(prefix), made.kubeconfig.read_text()) == (before, text)


@pytest.mark.parametrize("damage", ['{"topology": ', "[]", '{"topology": "single", "containers": 7}', "\0\0"])
def test_a_damaged_record_costs_nothing(driver: KindProvider, home: Path, prefix: str, image: Use, damage: str) -> None:
    image()
    driver.up("single", [], nothing, Cancel())
    before = ids(prefix)
    (home / "clusters" / f"{prefix}-single" / "record.json").write_text(damage)
    assert [each.state for each in driver.status()] == ["ready"]
    driver.up("single", [], nothing, Cancel())
    assert ids(prefix) == before, "its containers bear our mark"
    assert driver.down("single", nothing)


@pytest.mark.parametrize(
    ("fail", "title", "words"),
    [
        ("init", "The kubelet refuses cgroup v1.", "failed to init node with kubeadm"),
        ("join", "A node could not join the cluster.", "failed to join node with kubeadm"),
        ("network", "kind could not make the cluster.", "failed to apply overlay network"),
        ("storage", "kind could not make the cluster.", "failed to add default storage class"),
    ],
)
def test_a_failure_is_explained_and_leaves_nothing(
    driver: KindProvider, home: Path, prefix: str, image: Use, fail: str, title: str, words: str
) -> None:
    image(fail)
    stages: list[Stage] = []
    with pytest.raises(TutorError) as error:
        driver.up("pair", [], stages.append, Cancel())
    assert error.value.title == title, "the cause in a node's log goes before kind's symptom"
    assert words in error.value.message
    assert stages[-1].state == "failed"
    assert containers(prefix) == []
    log = home / "clusters" / f"{prefix}-pair" / "failure.log"
    assert str(log) in error.value.message
    assert f"{prefix}-pair-control-plane: kubelet" in log.read_text()


def test_a_node_that_does_not_boot_is_explained_by_its_own_log(driver: KindProvider, prefix: str, image: Use) -> None:
    image("boot")
    with pytest.raises(TutorError, match="inotify limits are too low"):
        driver.up("single", [], nothing, Cancel())
    assert containers(prefix) == []


def test_an_image_that_cannot_be_had_is_named_and_the_cluster_stays(
    driver: KindProvider, prefix: str, image: Use
) -> None:
    image()
    with pytest.raises(TutorError, match=r"no-such-image:1 cannot be had") as error:
        driver.up("single", ["no-such-image:1"], nothing, Cancel())
    assert "no such host" in error.value.message
    assert error.value.hint.endswith("docker pull no-such-image:1")
    assert [each.state for each in driver.status()] == ["ready"]


def test_an_unwritable_home_is_told(prefix: str, engine: None, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(TutorError, match="cannot write its own files"):
        KindProvider(blocked, prefix).up("single", [], nothing, Cancel())


def test_a_kubeconfig_that_cannot_be_written_is_told_before_anything_is_made(
    driver: KindProvider, home: Path, prefix: str, image: Use
) -> None:
    image()
    (home / "clusters" / f"{prefix}-single" / "kubeconfig").mkdir(parents=True)
    with pytest.raises(TutorError, match="cannot write its own files"):
        driver.up("single", [], nothing, Cancel())
    assert containers(prefix) == []


def test_a_lock_that_kind_left_behind_is_removed(driver: KindProvider, home: Path, prefix: str, image: Use) -> None:
    image()
    lock = home / "clusters" / f"{prefix}-single" / "kubeconfig.lock"
    lock.parent.mkdir(parents=True)
    lock.write_text("")
    assert driver.up("single", [], nothing, Cancel()).kubeconfig.is_file()
