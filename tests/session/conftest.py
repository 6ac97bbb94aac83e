"""A sample course, and a provider whose one cluster is the one of the test run."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tutor.cancel import Cancel
from tutor.clusters.base import Cluster, ClusterStatus, Report, Stage
from tutor.course.load import load_course
from tutor.course.model import Course
from tutor.session.events import Event
from tutor.session.tutor import Tutor

SAMPLE = Path(__file__).parent / "sample"


class OneCluster:
    """A provider whose cluster is always up, unless `state` says otherwise."""

    name = "kind"

    def __init__(self, kubeconfig: Path) -> None:
        self.kubeconfig = kubeconfig
        self.state = "ready"
        self.ups = 0

    def up(self, topology: str, images: Sequence[str], report: Report, cancel: Cancel) -> Cluster:
        cancel.check()
        self.ups += 1
        self.state = "ready"
        report(Stage(title="Look for the cluster", number=1, total=1, state="done"))
        server = re.search(r"server: (\S+)", self.kubeconfig.read_text())
        return Cluster(
            name="sample",
            provider=self.name,
            topology=topology,
            kubeconfig=self.kubeconfig,
            server=server[1] if server else "",
            version="v1.36.4",
        )

    def status(self) -> list[ClusterStatus]:
        if self.state == "absent":
            return []
        return [ClusterStatus(name="sample", provider=self.name, topology="single", state=self.state)]

    def down(self, topology: str, report: Report) -> bool:
        return False


@pytest.fixture
def sample() -> Course:
    return load_course(SAMPLE)


@pytest.fixture
def provider(kubeconfig: Path) -> OneCluster:
    return OneCluster(kubeconfig)


@pytest.fixture
def open_tutor(sample: Course, provider: OneCluster, tmp_path: Path) -> Iterator[Callable[[], Tutor]]:
    """Open tutors on one home, as one started after the other would be; all are closed, the exercise finished."""
    opened: list[Tutor] = []

    def open_() -> Tutor:
        opened.append(Tutor(sample, tmp_path / "home", lambda name, context: provider))
        return opened[-1]

    yield open_
    for each in opened:
        each.close()
    last = open_()
    if last.current():
        last.resume(ignore, Cancel()).finish(ignore, Cancel())


@pytest.fixture
def tutor(open_tutor: Callable[[], Tutor]) -> Tutor:
    return open_tutor()


@pytest.fixture
def kubectl(kubeconfig: Path) -> Callable[..., str]:
    """Run kubectl as somebody who may do everything; returns its output."""

    def run(*argv: str) -> str:
        command = ["kubectl", "--kubeconfig", str(kubeconfig), *argv]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
        assert ran.returncode == 0, f"{' '.join(argv)}: {ran.stderr}"
        return ran.stdout

    return run


def ignore(event: Event) -> None:
    """Nobody listens."""
