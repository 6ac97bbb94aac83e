"""What every bench reports, and how times are taken."""

from __future__ import annotations

import math
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table: a time or another amount, and what it is compared with."""

    name: str
    value: float
    unit: str = "s"
    goal: str = ""
    """What we promise, as `< 0.3 s`."""
    against: str = ""
    """What `ratio` compares with, measured in the same run."""
    ratio: float | None = None
    met: bool | None = None
    """Whether the goal was met; None where there is none."""


class Skipped(Exception):
    """This bench cannot run here; the message says why."""


def percentile(times: Sequence[float], share: float) -> float:
    """Return the time that `share` of `times` do not exceed, by nearest rank."""
    ordered = sorted(times)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def median(times: Sequence[float]) -> float:
    """Return the middle of `times`."""
    return percentile(times, 0.5)


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that `work` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def run(argv: Sequence[str | Path], env: dict[str, str] | None = None) -> float:
    """Return the seconds that the command takes. Raises CalledProcessError when it fails."""
    return timed(lambda: subprocess.run(argv, check=True, capture_output=True, env=env))
