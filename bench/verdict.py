"""How soon a verdict follows a change in the cluster."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

from bench.lab import exercise_under_way, kubectl, solve
from bench.measure import Row, percentile
from checkers.result import Status
from tutor.cancel import Cancel
from tutor.errors import Cancelled
from tutor.session.attempt import Attempt
from tutor.session.events import Checked, Event

GOAL = 1.0
"""Seconds from the API server's answer to the learner's kubectl until the checks were run again."""
DEADLINE = 20.0
CHANGES = ("colour=blue", "colour=red")
"""What the Pod is labelled with in turns: wrong, then right."""


def measure(quick: bool) -> list[Row]:
    """Change a Pod's label back and forth, and wait for the verdict that saw it."""
    rounds = 6 if quick else 40
    with exercise_under_way() as attempt:
        solve(attempt)
        times = _delays(attempt, rounds)
    return [
        Row(name=f"verdict after a change, {name}", value=seconds, goal=f"< {GOAL:.0f} s", met=seconds < GOAL)
        for name, seconds in (("p50", percentile(times, 0.5)), ("p95", percentile(times, 0.95)))
    ]


class Verdicts:
    """The latest verdict on the labels, and when it came."""

    def __init__(self) -> None:
        self._arrived = threading.Condition()
        self._status: Status | None = None
        self._when = 0.0

    def hear(self, event: Event) -> None:
        """Take in an event of the watching session."""
        if isinstance(event, Checked):
            with self._arrived:
                self._status = next(row.status for row in event.results if row.id == "labels")
                self._when = time.perf_counter()
                self._arrived.notify_all()

    def await_status(self, status: Status) -> float:
        """Return when `status` came. Raises TimeoutError when it does not."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: self._status is status, DEADLINE):
                raise TimeoutError(f"no verdict {status} within {DEADLINE:.0f} s")
            return self._when


def _delays(attempt: Attempt, rounds: int) -> list[float]:
    """Return the seconds from each change to the verdict that saw it."""
    verdicts, cancel, times = Verdicts(), Cancel(), []
    watching = threading.Thread(target=_watch, args=(attempt, verdicts, cancel), daemon=True)
    watching.start()
    try:
        verdicts.await_status(Status.PASS)
        for number in range(rounds):
            kubectl(attempt, "label", "pod", "rose", "--overwrite", CHANGES[number % 2])
            changed = time.perf_counter()
            came = verdicts.await_status((Status.FAIL, Status.PASS)[number % 2])
            times.append(max(0.0, came - changed))  # it may come before kubectl has ended
    finally:
        cancel.set()
        watching.join(DEADLINE)
    return times


def _watch(attempt: Attempt, verdicts: Verdicts, cancel: Cancel) -> None:
    with suppress(Cancelled):
        attempt.watch(verdicts.hear, cancel)
