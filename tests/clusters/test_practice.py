"""Practice clusters come, are found, and go: one process each, and never anybody else's."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tutor.cancel import Cancel
from tutor.clusters import practice
from tutor.clusters.base import Cluster, Stage
from tutor.clusters.kubectl import Kubectl, find_kubectl
from tutor.clusters.practice import PracticeProvider, can_practise
from tutor.errors import Cancelled, TutorError

pytestmark = pytest.mark.skipif(not can_practise(), reason="no practice cluster on this machine")


def ignore(stage: Stage) -> None:
    """Nobody listens."""


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[PracticeProvider]:
    made = PracticeProvider(tmp_path, speed=20.0)
    yield made
    for topology in practice.SHAPES:
        made.down(topology, ignore)


def up(provider: PracticeProvider, topology: str = "single") -> Cluster:
    return provider.up(topology, (), ignore, Cancel())


def pid_of(cluster: Cluster) -> int:
    return int(json.loads((cluster.kubeconfig.parent / "ready.json").read_text())["pid"])


def test_it_comes_up_once_and_goes(provider: PracticeProvider) -> None:
    assert provider.status() == []
    assert not provider.down("single", ignore)
    first = up(provider)
    assert Kubectl(find_kubectl(), first.kubeconfig).must(["get", "--raw", "/readyz"]) == "ok"
    assert pid_of(up(provider)) == pid_of(first)
    (status,) = provider.status()
    assert (status.topology, status.state, status.provider) == ("single", "ready", "practice")
    assert "simulated" in status.detail
    assert provider.down("single", ignore)
    assert provider.status() == []
    assert not first.kubeconfig.exists()


def test_what_it_writes_is_private(provider: PracticeProvider) -> None:
    folder = up(provider).kubeconfig.parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for name in ("kubeconfig", "server.key"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600


def test_two_at_once_share_one_process(provider: PracticeProvider) -> None:
    made: list[Cluster] = []
    threads = [threading.Thread(target=lambda: made.append(up(provider))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 2
    assert made[0].server == made[1].server


def test_a_process_that_was_killed_is_absent_and_comes_back(provider: PracticeProvider) -> None:
    first = pid_of(up(provider))
    os.kill(first, signal.SIGKILL)
    os.waitpid(first, 0)
    assert provider.status() == []
    assert pid_of(up(provider)) != first


def test_a_stale_note_of_another_process_is_not_believed(provider: PracticeProvider, tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "1000"]) as other:
        folder = tmp_path / "practice" / "single"
        folder.mkdir(parents=True)
        (folder / "serving.lock").touch()
        note = {"pid": other.pid, "server": "https://127.0.0.1:1", "version": "v1.0.0", "nodes": []}
        (folder / "ready.json").write_text(json.dumps(note))
        assert provider.status() == []
        assert not provider.down("single", ignore)
        assert other.poll() is None
        other.kill()


def test_stopped_while_it_starts_nothing_is_left(provider: PracticeProvider) -> None:
    cancel = Cancel()
    cancel.set()
    with pytest.raises(Cancelled):
        provider.up("single", (), ignore, cancel)
    assert provider.status() == []


@pytest.mark.parametrize("topology", ["ha", "bare", "upgrade"])
def test_what_it_cannot_simulate_is_refused(provider: PracticeProvider, topology: str) -> None:
    with pytest.raises(TutorError) as caught:
        up(provider, topology)
    assert topology in caught.value.title
    assert "kind" in caught.value.hint


def test_without_a_shell_for_containers_there_is_none(
    provider: PracticeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(practice, "can_practise", lambda: False)
    with pytest.raises(TutorError, match="no practice cluster"):
        up(provider)


def test_a_pair_has_a_worker_and_time_runs_faster(provider: PracticeProvider) -> None:
    cluster = up(provider, "pair")
    assert cluster.speed == 20.0
    kubectl = Kubectl(find_kubectl(), cluster.kubeconfig)
    nodes = kubectl.must(["get", "nodes", "-o", "jsonpath={.items[*].metadata.name} {.items[0].spec.taints[0].key}"])
    assert nodes == "practice-control-plane practice-worker node-role.kubernetes.io/control-plane"
    kubectl.must(["run", "nap", "--image=busybox:1.37", "--restart=Never", "--", "sleep", "30"])
    kubectl.must(["wait", "pod/nap", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=15s"])
