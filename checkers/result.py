"""What a check found: one object for the app, the command line, JSON and JUnit."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import asdict, dataclass


class Status(enum.StrEnum):
    """How a check stands.

    `wait` is on its way and may still pass; `blocked` waits for another check;
    `error` means that the tutor could not look, which never counts against the learner.
    """

    PASS = "pass"
    FAIL = "fail"
    WAIT = "wait"
    BLOCKED = "blocked"
    ERROR = "error"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What one look at the cluster says, before time and dependencies are weighed.

    All texts are whole sentences, already translated. None of them is the answer.
    """

    ok: bool
    found: str = ""
    """What is true in the cluster."""
    asked: str = ""
    """What the exercise asked for."""
    near: str = ""
    """The nearest miss: a name one letter off, a namespace next door."""
    evidence: str = ""
    """One event, condition or log line that shows the cause."""
    look: str = ""
    """One command that shows more. Never a command that solves it."""
    path: str = ""
    """The field that decided, as `spec.replicas`."""
    healing: bool = False
    """Not right yet, but the cluster is working on it: waiting makes sense."""

    @property
    def fingerprint(self) -> tuple[str, str, str]:
        """What must change for the wait to begin anew."""
        return (self.asked, self.path, self.near)


@dataclass(frozen=True, kw_only=True)
class Result:
    """How one check of an exercise stands now."""

    id: str
    title: str
    status: Status
    weight: int = 1
    found: str = ""
    asked: str = ""
    near: str = ""
    evidence: str = ""
    look: str = ""
    path: str = ""
    blocked_by: str = ""
    """The id of the check that must pass first, when `status` is `blocked`."""
    left: float | None = None
    """Seconds until a `wait` becomes a `fail`."""
    elapsed: float = 0.0
    """Seconds that this look took."""

    def text(self) -> str:
        """Return every sentence a learner reads, one a line: what the proof searches."""
        lines = (self.title, self.found, self.asked, self.near, self.evidence, self.look)
        return "\n".join(line for line in lines if line)

    def to_dict(self) -> dict[str, object]:
        """Return plain data for JSON: empty texts left out, times in seconds."""
        data = asdict(self) | {"status": str(self.status), "elapsed": round(self.elapsed, 3)}
        return {key: value for key, value in data.items() if value not in ("", None)}


@dataclass(frozen=True)
class Score:
    """The sum of an exercise: weights earned of weights possible."""

    earned: int
    possible: int

    @property
    def passed(self) -> bool:
        """Every check passes."""
        return self.earned == self.possible


def score(results: Iterable[Result]) -> Score:
    """Add up the weights of `results`."""
    rows = list(results)
    earned = sum(row.weight for row in rows if row.status is Status.PASS)
    return Score(earned, sum(row.weight for row in rows))
