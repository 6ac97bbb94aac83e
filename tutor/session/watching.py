"""Live verdicts: what changes in the cluster runs the checks that read it, after a moment of quiet."""

from __future__ import annotations

import queue
import time
from collections.abc import Collection, Iterable, Mapping, Sequence

from checkers.check import Check
from checkers.live.watch import Watcher
from checkers.live.world import LiveWorld
from checkers.result import Result, Status
from checkers.world import Kind
from tutor.cancel import Cancel

QUIET_SECONDS = 0.2
"""A change seldom comes alone: a rollout is dozens."""
BUSY_SECONDS = 0.6
"""A cluster that never rests gets its verdicts all the same."""
WAIT_SECONDS = 1.0
"""How often a check that waits is run again, so that its time runs out when it should."""
POLL_SECONDS = 2.0
"""How often checks are run again that no watch tells of: logs, requests, files on a node; and those in error."""
TICK_SECONDS = 0.2
NAMESPACE = Kind("v1", "Namespace")
NODE = Kind("v1", "Node")


class Changes:
    """The kinds that change in a cluster, handed from the watches' threads to the one that runs the checks."""

    def __init__(self, world: LiveWorld, kinds: Iterable[Kind]) -> None:
        self.lost = ""
        """Why the cluster cannot be watched just now; empty while it can."""
        self._queue: queue.SimpleQueue[frozenset[Kind]] = queue.SimpleQueue()
        self._watcher = Watcher(
            world, {*kinds, NAMESPACE, NODE}, world.namespaces, self._queue.put, on_lost=self._lose, on_found=self._find
        )

    def start(self) -> None:
        """Start watching; returns at once."""
        self._watcher.start()

    def stop(self) -> None:
        """Stop watching."""
        self._watcher.stop()

    def gather(self, until: float, cancel: Cancel) -> set[Kind]:
        """Wait for a change until `until` on the monotonic clock, then for quiet; return the kinds that changed."""
        changed: set[Kind] = set()
        latest = float("inf")
        while not cancel.asked and (now := time.monotonic()) < until:
            try:
                changed |= self._queue.get(timeout=min(until - now, TICK_SECONDS))
            except queue.Empty:
                continue
            now = time.monotonic()
            latest = min(latest, now + BUSY_SECONDS)
            until = min(now + QUIET_SECONDS, latest)
        return changed

    def _lose(self, why: str) -> None:
        self.lost = why
        self._queue.put(frozenset({NAMESPACE}))

    def _find(self) -> None:
        self.lost = ""
        self._queue.put(frozenset({NAMESPACE}))


class Standing:
    """How an exercise's checks stood when each was run last, and which of them are due again."""

    def __init__(self, checks: Sequence[Check]) -> None:
        self._checks = checks
        self._reads: Mapping[str, frozenset[Kind]] = {check.id: check.type.reads() for check in checks}
        self._results: dict[str, Result] = {}
        self._ran: dict[str, float] = {}

    def take(self, results: Iterable[Result]) -> tuple[Result, ...]:
        """Take in what a run found; return how all checks stand, in the exercise's order."""
        now = time.monotonic()
        for result in results:
            self._results[result.id], self._ran[result.id] = result, now
        return tuple(self._results[check.id] for check in self._checks)

    def touched(self, changed: Collection[Kind]) -> set[str]:
        """Return the checks that a change of these kinds may decide, and those that come after them."""
        return self._with_followers({id for id, kinds in self._reads.items() if kinds & set(changed)})

    def due(self, now: float) -> set[str]:
        """Return the checks to run again though nothing changed, and those that come after them."""
        return self._with_followers({check.id for check in self._checks if now >= self._next(check)})

    def next(self) -> float:
        """Return when, on the monotonic clock, a check is due again though nothing changes."""
        return min((self._next(check) for check in self._checks), default=float("inf"))

    def _next(self, check: Check) -> float:
        result = self._results.get(check.id)
        if result is None:
            return 0.0
        if result.status is Status.WAIT:
            return self._ran[check.id] + min(WAIT_SECONDS, result.left or WAIT_SECONDS)
        polled = check.type.polls and result.status is not Status.BLOCKED
        if polled or result.status is Status.ERROR:
            return self._ran[check.id] + POLL_SECONDS
        return float("inf")

    def _with_followers(self, ids: set[str]) -> set[str]:
        """Add the checks that come after these, for they may be blocked now, or free."""
        found = set(ids)
        while more := {check.id for check in self._checks if found & set(check.after)} - found:
            found |= more
        return found
