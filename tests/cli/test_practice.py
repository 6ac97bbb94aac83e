"""A whole exercise on a real practice cluster, with the real kubectl, as a learner without Docker does it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

import pytest

from tests.cli.conftest import Run
from tutor.cli.exits import Exit
from tutor.clusters.practice import can_practise

WORDS = "practice cluster: simulated, no containers run"

pytestmark = pytest.mark.skipif(not can_practise(), reason="no practice cluster on this machine")


@pytest.fixture
def practice(kubetutor: Run) -> Iterator[Run]:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return kubetutor("--provider", "practice", *arguments)

    yield run
    run("cluster", "down", "--all", "--yes")


def answer(practice: Run, command: str) -> None:
    """Run a command in a shell that `kubetutor env` set up."""
    lines = practice("env").stdout
    subprocess.run(["bash", "-e", "-c", lines + command], check=True, env=os.environ, timeout=60)


def test_a_whole_exercise(practice: Run) -> None:
    started = practice("start", "first-pod")
    assert started.returncode == Exit.OK
    assert WORDS in started.stderr
    assert practice("check").returncode == Exit.FAILED

    answer(practice, "kubectl run rose --image=nginx:1.28 --port=80 --labels=kind=flower,color=red")
    wrong = practice("check")
    assert wrong.returncode == Exit.FAILED
    assert "metadata.labels.color is set, to red." in wrong.stdout
    assert WORDS in wrong.stderr

    answer(practice, "kubectl label pod rose colour=red color-")
    assert practice("check").returncode == Exit.OK

    assert practice("finish").returncode == Exit.OK
    up = practice("cluster", "status")
    assert WORDS in up.stderr
    assert "single" in up.stdout
    assert practice("cluster", "down").returncode == Exit.OK
    assert "No clusters." in practice("cluster", "status").stderr


def test_a_cluster_that_is_brought_up_is_not_called_kubernetes(practice: Run) -> None:
    up = practice("cluster", "up")
    assert up.returncode == Exit.OK
    assert "simulated, no containers run" in up.stderr
    assert "Kubernetes" not in up.stdout + up.stderr


@pytest.mark.parametrize("id", ["lost-diary", "closed-doors", "dedicated-node", "etcd-snapshot"])
def test_what_cannot_be_simulated_is_refused_with_the_reason(practice: Run, id: str) -> None:
    refused = practice("start", id)
    assert refused.returncode == Exit.REFUSED
    assert "cannot be done on the practice cluster" in refused.stderr
    assert f"Install Docker and kind (kubetutor doctor tells how), then: kubetutor start {id}" in " ".join(
        refused.stderr.split()
    )
    assert practice("cluster", "status").stdout == ""
