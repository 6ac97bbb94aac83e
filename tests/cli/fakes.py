"""A tutor and an attempt without a cluster, which note what was asked of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from checkers.check import Check, CheckType
from checkers.result import Result, Status, score
from tutor.cancel import Cancel
from tutor.clusters.base import Cluster, ClusterStatus, Stage
from tutor.course.model import Course, Exercise, Level, Needs, Topic, TopologyName
from tutor.errors import TutorError
from tutor.session.events import Checked, Listener, Lost, Passed, Running, Staged

FAILING = Result(id="data", title="The key is there", status=Status.FAIL, found="No key.", look="kubectl get cm")
PASSING = Result(id="data", title="The key is there", status=Status.PASS)
BLIND = Result(id="data", title="The key is there", status=Status.ERROR, found="The cluster does not answer.")


def looked(*results: Result) -> Checked:
    """Return the event of one look."""
    return Checked(results, score(results), 0.1)


def exercise(folder: Path, id: str) -> Exercise:
    """Return an exercise whose folder has the texts that the command line shows."""
    place = folder / id
    place.mkdir(parents=True)
    (place / "task.md").write_text(f"Do **{id}**.\n")
    (place / "debrief.md").write_text("Why it works.\n")
    (place / "solution.sh").write_text("kubectl create configmap answer\n")
    return Exercise(
        id=id,
        title=f"Exercise {id}",
        topic="pods",
        folder=place,
        minutes=5,
        level=Level.EASY,
        needs=Needs.API,
        topology=TopologyName.SINGLE,
        namespaces=(id,),
        checks=(Check(id="data", title="The key is there", type=CheckType()),),
        hints=("First hint.", "Second hint."),
    )


@dataclass
class FakeAttempt:
    """An exercise under way; `looks` are what its checks see, one after the other."""

    exercise: Exercise
    calls: list[str]
    looks: list[Checked] = field(default_factory=lambda: [looked(FAILING)])
    shown: int = 0
    during: Callable[[Cancel], None] = lambda cancel: None

    @property
    def workspace(self) -> Path:
        return self.exercise.folder

    def env(self) -> dict[str, str]:
        return {"KUBECONFIG": "/odd path/it's", "PATH": "/bin", "KUBETUTOR_EXERCISE": self.exercise.id}

    def shell(self) -> list[str]:
        return ["sh", "-c", "echo in $KUBETUTOR_EXERCISE; exit 3"]

    def check(self, cancel: Cancel, wait: bool = True, listen: Listener | None = None) -> Checked:
        self.during(cancel)
        return self.looks[-1]

    def watch(self, listen: Listener, cancel: Cancel) -> None:
        for look in self.looks:
            listen(Running())
            listen(look)
            if look.score.passed:
                listen(Passed(self.exercise.id, look.score, 0, False, 1.0))
        self.during(cancel)
        if not cancel.asked:
            listen(Lost("cluster", "The cluster is gone.", "kubetutor start"))
            cancel.set()

    def hint(self) -> str | None:
        if self.shown == len(self.exercise.hints):
            return None
        self.shown += 1
        return self.exercise.hints[self.shown - 1]

    def hints_shown(self) -> tuple[str, ...]:
        return self.exercise.hints[: self.shown]

    def solution(self) -> str:
        return (self.exercise.folder / "solution.sh").read_text()

    def reset(self, listen: Listener, cancel: Cancel) -> None:
        self.calls.append("reset")

    def finish(self, listen: Listener, cancel: Cancel) -> None:
        self.calls.append("finish")


class FakeTutor:
    """Stands for `Tutor`; the exercises are `alpha`, `alpine` and `beta`."""

    simulated = False

    def __init__(self, folder: Path) -> None:
        made = tuple(exercise(folder, name) for name in ("alpha", "alpine", "beta"))
        topic = Topic(id="pods", number=2, title="Pods", summary="", folder=folder, exercises=made)
        self.course = Course(topics=(topic,), images=())
        self.calls: list[str] = []
        self.attempt: FakeAttempt | None = None

    def open(self, provider: str = "auto", context: str | None = None) -> FakeTutor:
        self.calls.append(f"open {provider} {context}")
        return self

    def close(self) -> None:
        self.calls.append("close")

    def current(self) -> str | None:
        return self.attempt.exercise.id if self.attempt else None

    def start(self, exercise_id: str, listen: Listener, cancel: Cancel) -> FakeAttempt:
        found = self.course.exercise(exercise_id)
        assert found
        listen(Staged(Stage(title="Namespaces", number=1, total=1, state="done", elapsed=1.0)))
        self.calls.append(f"start {exercise_id}")
        self.attempt = FakeAttempt(found, self.calls)
        return self.attempt

    def resume(self, listen: Listener, cancel: Cancel) -> FakeAttempt:
        if not self.attempt:
            raise TutorError("No exercise is under way.", hint="kubetutor start ID")
        return self.attempt

    def clusters(self) -> list[ClusterStatus]:
        return [
            ClusterStatus(name="kubetutor-single", provider="kind", topology="single", state="ready", version="v1.36.4")
        ]

    def cluster_up(self, topology: str, listen: Listener, cancel: Cancel) -> Cluster:
        self.calls.append(f"up {topology}")
        return Cluster(
            name=f"kubetutor-{topology}",
            provider="kind",
            topology=topology,
            kubeconfig=Path("/k"),
            server="https://127.0.0.1:6443",
            version="v1.36.4",
        )

    def cluster_down(self, topology: str, listen: Listener) -> bool:
        self.calls.append(f"down {topology}")
        return True
