"""What a session tells the app and the command line: plain data, no callbacks into widgets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from checkers.result import Result, Score
from tutor.clusters.base import Stage


@dataclass(frozen=True)
class Staged:
    """A slow job moved on: cluster, images, set-up, clean-up."""

    stage: Stage


@dataclass(frozen=True)
class Checked:
    """The checks were run; `results` are in the exercise's order."""

    results: tuple[Result, ...]
    score: Score
    elapsed: float
    """Seconds that the run took."""


@dataclass(frozen=True)
class Running:
    """The checks are being run because something changed; the last verdicts still stand."""


@dataclass(frozen=True)
class Passed:
    """Every check passed for the first time in this attempt; progress is saved."""

    exercise: str
    score: Score
    hints: int
    solution_shown: bool
    seconds: float


@dataclass(frozen=True)
class Lost:
    """The cluster, its node or the exercise's namespace went away under the learner.

    `what` is `cluster`, `node` or `namespace`; `message` and `hint` are for the learner.
    The session goes on looking: a `Found` follows when it is back.
    """

    what: str
    message: str
    hint: str


@dataclass(frozen=True)
class Found:
    """What was lost is back."""


Event = Staged | Checked | Running | Passed | Lost | Found
Listener = Callable[[Event], None]
