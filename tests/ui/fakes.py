"""A tutor without a cluster: its course is made of small files, its attempts do what a test scripts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from checkers.check import Check, CheckType
from checkers.result import Result, Status, score
from tutor.cancel import Cancel
from tutor.clusters.base import Stage
from tutor.course.model import Course, Exercise, Lesson, Level, Needs, Topic, TopologyName
from tutor.errors import TutorError
from tutor.session.events import Checked, Event, Listener, Passed, Running, Staged
from tutor.session.progress import ProgressStore
from tutor.session.records import Before, UnderWay

TITLES = (
    "Components",
    "Pods",
    "Installation",
    "Manifests",
    "Controllers",
    "Services",
    "Storage",
    "Scheduler",
    "Security",
    "Helm",
    "Operations and high availability",
)
LESSON = """---
title: Rollouts and how to undo them
minutes: 8
exercises: [rollback]
---

## A Deployment does not own Pods

It owns **ReplicaSets**.

```run
kubectl get replicaset
kubectl get pods --show-labels
```

```output
NAME             DESIRED   CURRENT   READY   AGE
web-67654b4779   3         3         3       4s
```

```run
kubectl rollout history deployment/web
```

## Going back

`kubectl rollout undo` goes to the revision before.

## Where the history ends

It keeps ten.
"""
TASK = "Bring `web` back to **last week's release**, with its three Pods.\n"
DEBRIEF = "**What happened.** The new template made a new ReplicaSet.\n"
SOLUTION = "kubectl rollout undo deployment/web\n"

IMAGE = Result(
    id="image",
    title="The Deployment asks for the release that worked",
    status=Status.FAIL,
    found="Deployment web asks for the image nginx:1.92.",
    asked="The image nginx:1.29 in the container nginx.",
    near="nginx:1.92 is one digit away from nginx:1.29.",
    evidence='Event: Failed to pull image "nginx:1.92": not found [14 times]',
    look="kubectl rollout history deployment/web",
)
COMPLETE = Result(
    id="complete",
    title="The rollout is complete and three Pods serve",
    status=Status.BLOCKED,
    blocked_by="image",
    weight=2,
)
REPLICAS = Result(id="replicas", title="Three Pods are wanted, as before", status=Status.PASS)
AT_START = (IMAGE, COMPLETE, REPLICAS)
WAITING = (
    replace(IMAGE, status=Status.PASS, found="", asked="", near="", evidence="", look=""),
    replace(COMPLETE, status=Status.WAIT, blocked_by="", found="2 of 3 Pods are ready.", left=42.0),
    REPLICAS,
)
ALL_PASS = tuple(
    replace(result, status=Status.PASS, found="", asked="", near="", evidence="", look="", blocked_by="")
    for result in AT_START
)


def checked(results: tuple[Result, ...]) -> Checked:
    """Return the event of one look."""
    return Checked(results, score(results), 0.1)


def make_course(folder: Path) -> Course:
    """Return eleven topics; Controllers has a lesson and two exercises, Pods a lesson without steps left out."""
    topics = []
    for number, title in enumerate(TITLES, 1):
        place = folder / f"{number:02}"
        place.mkdir(parents=True)
        id = title.split()[0].lower()
        lessons: tuple[Lesson, ...] = ()
        exercises: tuple[Exercise, ...] = ()
        if id == "controllers":
            (place / "rollouts.md").write_text(LESSON)
            lessons = (
                Lesson(
                    id="rollouts",
                    title="Rollouts and how to undo them",
                    topic=id,
                    path=place / "rollouts.md",
                    minutes=8,
                    exercises=("rollback",),
                ),
            )
            exercises = (_exercise(place, "rollback", "Undo a bad rollout"), _exercise(place, "scale", "Scale it up"))
        topics.append(
            Topic(
                id=id,
                number=number,
                title=title,
                summary=f"All about {title.lower()}.",
                folder=place,
                lessons=lessons,
                exercises=exercises,
            )
        )
    return Course(topics=tuple(topics), images=())


def _exercise(folder: Path, id: str, title: str) -> Exercise:
    place = folder / id
    place.mkdir()
    (place / "task.md").write_text(TASK)
    (place / "debrief.md").write_text(DEBRIEF)
    (place / "solution.sh").write_text(SOLUTION)
    return Exercise(
        id=id,
        title=title,
        topic="controllers",
        folder=place,
        minutes=8,
        level=Level.EASY,
        needs=Needs.CONTAINERS,
        topology=TopologyName.SINGLE,
        namespaces=("bakery",),
        checks=tuple(Check(id=r.id, title=r.title, type=CheckType()) for r in AT_START),
        lessons=("rollouts",),
        hints=("Which Pods are **not** ready?", "The old templates are still there.", "`kubectl rollout undo --help`"),
    )


@dataclass
class FakeAttempt:
    """An exercise under way; a test calls `tell` with the events that a real one would see in the cluster."""

    exercise: Exercise
    calls: list[str]
    progress: ProgressStore
    kubeconfig: str = "/home/kim/kube tutor/rollback.yaml"
    argv: tuple[str, ...] = ("sh", "-c", "exit 0")
    now: tuple[Result, ...] = AT_START
    shown: int = 0
    listener: Listener | None = None
    watching: threading.Event = field(default_factory=threading.Event)

    def env(self) -> dict[str, str]:
        return {"KUBECONFIG": self.kubeconfig, "KUBETUTOR_EXERCISE": self.exercise.id}

    def shell(self) -> list[str]:
        return list(self.argv)

    def watch(self, listen: Listener, cancel: Cancel) -> None:
        self.listener = listen
        listen(Running())
        listen(checked(self.now))
        self.watching.set()
        while True:
            cancel.wait(60)

    def tell(self, event: Event) -> None:
        """Let the watch tell `event`."""
        assert self.watching.wait(10)
        assert self.listener is not None
        self.listener(event)

    def passes(self) -> None:
        """Let every check pass, for the first time."""
        self.progress.note_score(score(ALL_PASS))
        self.tell(checked(ALL_PASS))
        self.tell(Passed(self.exercise.id, score(ALL_PASS), self.shown, False, 240.0))

    def hint(self) -> str | None:
        self.shown += 1
        self.calls.append(f"hint {self.shown}")
        return self.exercise.hints[self.shown - 1]

    def hints_shown(self) -> tuple[str, ...]:
        return self.exercise.hints[: self.shown]

    def solution(self) -> str:
        self.calls.append("solution")
        return SOLUTION

    def reset(self, listen: Listener, cancel: Cancel) -> None:
        self.calls.append("reset")

    def finish(self, listen: Listener, cancel: Cancel) -> None:
        self.calls.append(f"finish {self.exercise.id}")
        self.progress.end()


def stages(listen: Listener, cancel: Cancel) -> None:
    """Report what a kind cluster reports, at once."""
    listen(Staged(Stage(title="Create the node", number=1, total=3, state="done", elapsed=4.0)))
    listen(Staged(Stage(title="Start the control plane", number=2, total=3, state="done", elapsed=21.0)))
    listen(Staged(Stage(title="Set up the exercise", number=3, total=3, state="done")))


def under_way(exercise: str) -> UnderWay:
    """Return what the progress file holds of an exercise under way."""
    return UnderWay(
        exercise=exercise, provider="kind", topology="single", namespaces={}, started=0.0, before=Before(), ready=True
    )


class FakeTutor:
    """Stands for `Tutor`; `setting_up` is what start does before the attempt is there."""

    simulated = False
    refused: Mapping[str, TutorError] = {}

    def __init__(self, folder: Path, *, current: str | None = None) -> None:
        self.course = make_course(folder / "course")
        self.progress = ProgressStore(folder / "progress.json")
        self.calls: list[str] = []
        self.attempt: FakeAttempt | None = None
        self.setting_up: Callable[[Listener, Cancel], None] = stages
        if current:
            self.progress.begin(under_way(current))

    def refusals(self) -> Mapping[str, TutorError]:
        return self.refused

    def current(self) -> str | None:
        record = self.progress.under_way
        return record.exercise if record else None

    def start(self, exercise_id: str, listen: Listener, cancel: Cancel) -> FakeAttempt:
        if self.current() not in (None, exercise_id):
            raise TutorError("Another exercise is under way.", "", "kubetutor finish")
        self.setting_up(listen, cancel)
        found = self.course.exercise(exercise_id)
        assert found
        self.calls.append(f"start {exercise_id}")
        if self.current() is None:
            self.progress.begin(under_way(exercise_id))
        self.attempt = FakeAttempt(found, self.calls, self.progress)
        return self.attempt

    def resume(self, listen: Listener, cancel: Cancel) -> FakeAttempt:
        current = self.current()
        assert current
        return self.start(current, listen, cancel)
