"""Topics, lessons and exercises as the rest of the tutor sees them."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from checkers.check import Check, ObjectRef, Tree
from tutor.course.source import Problem


class Level(enum.StrEnum):
    """How hard an exercise is."""

    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"


class Needs(enum.StrEnum):
    """What must be real for an exercise to make sense, from the least to the most."""

    API = "api"
    CONTROLLERS = "controllers"
    CONTAINERS = "containers"
    REAL_CONTAINERS = "real-containers"
    NODES = "nodes"
    HA = "ha"


class TopologyName(enum.StrEnum):
    """The shapes of cluster that exercises run on."""

    SINGLE = "single"
    PAIR = "pair"
    TRIO = "trio"
    HA = "ha"
    BARE = "bare"
    UPGRADE = "upgrade"


@dataclass(frozen=True, kw_only=True)
class NodeAction:
    """Something done to a node before an exercise: labels, taints, or a command on it.

    The node is named by role and place, never by name; labels and taints are put
    back afterwards, and `undo` runs when `run` did.
    """

    role: str
    index: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[str, ...] = ()
    """As kubectl writes them: `dedicated=gpu:NoSchedule`."""
    run: tuple[str, ...] = ()
    undo: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class WaitAction:
    """Wait until an object looks like `expect`, at most `within` seconds."""

    object: ObjectRef
    expect: Tree
    within: float = 90.0


@dataclass(frozen=True, kw_only=True)
class SetupStep:
    """One step of an exercise's set-up: exactly one of the fields is given."""

    apply: str = ""
    """A file of `setup/`."""
    kubectl: tuple[str, ...] = ()
    """Arguments for kubectl, run in the exercise's namespace."""
    wait: WaitAction | None = None
    node: NodeAction | None = None


@dataclass(frozen=True, kw_only=True)
class ClusterObject:
    """A cluster-scoped object that the learner makes, removed when the exercise ends."""

    api_version: str
    kind: str
    name: str


@dataclass(frozen=True, kw_only=True)
class WrongAnswer:
    """A plausible wrong answer and what the learner must be told."""

    path: Path
    fails: str
    """The id of the check that must fail."""
    says: tuple[str, ...]
    """Words that must be in what the learner reads of that check."""


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """One exercise; everything about it is in its folder."""

    id: str
    title: str
    topic: str
    folder: Path
    minutes: int
    level: Level
    needs: Needs
    topology: TopologyName
    namespaces: tuple[str, ...]
    checks: tuple[Check, ...]
    lessons: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    setup: tuple[SetupStep, ...] = ()
    hints: tuple[str, ...] = ()
    cluster_objects: tuple[ClusterObject, ...] = ()

    @property
    def exclusive(self) -> bool:
        """Whether it changes nodes, so that no other exercise may run on the cluster meanwhile."""
        return self.needs in (Needs.NODES, Needs.HA)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One screen of a lesson: a heading and Markdown of at most about 40 lines."""

    title: str
    markdown: str
    commands: tuple[str, ...] = ()
    """The `run` blocks, in order, ready to copy."""


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """A lesson: a few steps that prepare for its exercises."""

    id: str
    title: str
    topic: str
    path: Path
    minutes: int
    exercises: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Topic:
    """One of the eleven places on the map."""

    id: str
    number: int
    title: str
    summary: str
    folder: Path
    lessons: tuple[Lesson, ...] = ()
    exercises: tuple[Exercise, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Course:
    """The whole course."""

    topics: tuple[Topic, ...]
    images: tuple[str, ...]
    """Every image that an exercise may ask for, with its tag."""
    problems: tuple[Problem, ...] = ()
    """What was left out because its files have faults."""

    def exercise(self, id: str) -> Exercise | None:
        """Return the exercise with this id."""
        return next((e for e in self.exercises if e.id == id), None)

    def lesson(self, id: str) -> Lesson | None:
        """Return the lesson with this id."""
        return next((lesson for lesson in self.lessons if lesson.id == id), None)

    @property
    def exercises(self) -> tuple[Exercise, ...]:
        """All exercises in the course's order."""
        return tuple(e for topic in self.topics for e in topic.exercises)

    @property
    def lessons(self) -> tuple[Lesson, ...]:
        """All lessons in the course's order."""
        return tuple(lesson for topic in self.topics for lesson in topic.lessons)
