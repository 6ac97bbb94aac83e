"""What the progress file holds: what a learner has done, and the exercise under way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class ExerciseProgress:
    """How far a learner is with one exercise."""

    state: str = "new"
    """`new`, `started` or `passed`; what is passed stays passed."""
    passed_at: str | None = None
    """When it was passed first, as `2026-11-23T15:04:05Z`."""
    attempts: int = 0
    """How often it was begun, resets included."""
    hints: int = 0
    """How many of its hints the learner has seen."""
    solution_shown: bool = False
    seconds: float = 0.0
    """Time spent on it up to passing, breaks left out."""
    score: int = 0
    """The best sum of weights so far, of `possible`."""
    possible: int = 0


@dataclass(frozen=True, kw_only=True)
class LessonProgress:
    """How far a learner is with one lesson."""

    step: int = 0
    """The step to go on with, from 0."""
    done: bool = False


@dataclass(frozen=True, kw_only=True)
class NodeBefore:
    """What an exercise may change about a node, as it was before."""

    uid: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    taints: list[dict[str, Any]] = field(default_factory=list)
    unschedulable: bool = False


@dataclass(frozen=True, kw_only=True)
class Before:
    """What was in the cluster before an exercise began, so that clean-up tells its things from the exercise's."""

    nodes: dict[str, NodeBefore] = field(default_factory=dict)
    uids: frozenset[str] = frozenset()
    """Of PersistentVolumes, and of objects that have the names of the exercise's `cluster_objects`."""


@dataclass(frozen=True, kw_only=True)
class KnownCluster:
    """The cluster that an exercise was set up on, so that it is found again without asking anybody."""

    name: str
    kubeconfig: str
    server: str
    version: str


@dataclass(frozen=True, kw_only=True)
class UnderWay:
    """The exercise under way: all that is needed to go on, or to clean up, after a crash or a reboot."""

    exercise: str
    provider: str
    """`kind` or `context`."""
    context: str = ""
    """The learner's kubeconfig context, where the provider is `context`."""
    topology: str
    cluster: KnownCluster | None = None
    namespaces: dict[str, str] = field(default_factory=dict)
    """The uid of each, once they are made."""
    started: float
    """Unix time."""
    before: Before
    ready: bool = False
    """False while it is being set up or cleaned up: whoever finds it so begins by cleaning up."""
    hints: int = 0
    """Hints shown in this attempt."""
    solution_shown: bool = False
    passed: bool = False
    seconds: float = 0.0
    """Time spent in this attempt."""
    seen: float = 0.0
    """Unix time of the learner's last sign of life."""
