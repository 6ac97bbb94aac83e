"""Runs the checks of an exercise: in the order of their dependencies, with patience where it helps."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor

from checkers.check import Check
from checkers.memo import Memo
from checkers.result import Result, Status, Verdict
from checkers.words import say
from checkers.world import Kind, LookError, World

THREADS = 4
"""Checks that look at the same time: most of a look is waiting for the API server."""


class Grader:
    """Grades one exercise, again and again; remembers since when each check waits.

    `clock` returns seconds. Raises ValueError for two checks of one id, an unknown id in `after`, or a circle.
    """

    def __init__(self, checks: Sequence[Check], clock: Callable[[], float] = time.monotonic) -> None:
        self._checks = tuple(checks)
        self._levels = _levels(self._checks)
        self._clock = clock
        self._waits: dict[str, tuple[tuple[str, ...], float]] = {}
        """By check id: the fingerprint waited on, and when that wait began."""

    def run(self, world: World, only: Collection[str] | None = None) -> tuple[Result, ...]:
        """Look once and return the results in the exercise's order.

        With `only`, run the checks with these ids, and those they come after.
        """
        chosen = self._with_dependencies(only)
        memo = Memo(world)
        results: dict[str, Result] = {}
        with ThreadPoolExecutor(THREADS, thread_name_prefix="check") as pool:
            for level in self._levels:
                open_: list[Check] = []
                for check in (each for each in level if each.id in chosen):
                    blocker = next((each for each in check.after if results[each].status is not Status.PASS), "")
                    if blocker:
                        results[check.id] = self._blocked(check, blocker)
                    else:
                        open_.append(check)
                results.update((result.id, result) for result in pool.map(lambda each: self._look(each, memo), open_))
        return tuple(results[check.id] for check in self._checks if check.id in chosen)

    def reads(self) -> frozenset[Kind]:
        """Return the kinds whose changes can change a result."""
        return frozenset(kind for check in self._checks for kind in check.type.reads())

    def polls(self) -> bool:
        """Tell whether some check must be run again though no object changed."""
        return any(check.type.polls for check in self._checks)

    def reset(self) -> None:
        """Forget since when checks wait."""
        self._waits.clear()

    def _with_dependencies(self, only: Collection[str] | None) -> set[str]:
        after = {check.id: check.after for check in self._checks}
        if only is None:
            return set(after)
        chosen: set[str] = set()
        rest = [each for each in only if each in after]
        while rest:
            each = rest.pop()
            if each not in chosen:
                chosen.add(each)
                rest += after[each]
        return chosen

    def _blocked(self, check: Check, blocker: str) -> Result:
        self._waits.pop(check.id, None)
        title = next(each.title for each in self._checks if each.id == blocker)
        found = say("This check comes after “{title}”, which has not passed yet.", title=title)
        return Result(
            id=check.id,
            title=check.title,
            status=Status.BLOCKED,
            weight=check.weight,
            found=found,
            blocked_by=blocker,
        )

    def _look(self, check: Check, world: World) -> Result:
        began = time.perf_counter()
        try:
            verdict = check.type.look(world)
        except LookError as error:
            status, verdict = Status.ERROR, Verdict(ok=False, found=str(error), look=error.hint)
        except Exception as error:  # noqa: BLE001 - a bug of ours must never count against the learner
            status, verdict = Status.ERROR, _bug(check, error)
        else:
            status = Status.PASS if verdict.ok else Status.FAIL
        left = self._left(check, verdict) if status is Status.FAIL else None
        if left is None and status is not Status.ERROR and not (status is Status.FAIL and verdict.healing):
            self._waits.pop(check.id, None)
        return Result(
            id=check.id,
            title=check.title,
            status=Status.WAIT if left is not None else status,
            weight=check.weight,
            found=verdict.found,
            asked=verdict.asked,
            near=verdict.near,
            evidence=verdict.evidence,
            look=verdict.look,
            path=verdict.path,
            left=left,
            elapsed=time.perf_counter() - began,
        )

    def _left(self, check: Check, verdict: Verdict) -> float | None:
        """Return the seconds that this wait may still take; None when it is over, or makes no sense."""
        if not verdict.healing:
            return None
        now = self._clock()
        fingerprint, began = self._waits.get(check.id, ((), now))
        if fingerprint != verdict.fingerprint:
            began = now
            self._waits[check.id] = (verdict.fingerprint, began)
        left = check.within - (now - began)
        return left if left > 0 else None


def _bug(check: Check, error: Exception) -> Verdict:
    return Verdict(
        ok=False,
        found=say(
            "The tutor itself stumbled over this check ({error}). It does not count against you.",
            error=f"{check.type.key}: {type(error).__name__}: {error}",
        ),
        look=say("Please report it, with the name of the exercise."),
    )


def _levels(checks: Sequence[Check]) -> tuple[tuple[Check, ...], ...]:
    """Return the checks in levels: each comes after checks of earlier levels only."""
    rest = {check.id: check for check in checks}
    if len(rest) < len(checks):
        raise ValueError("two checks have the same id")
    for check in rest.values():
        for earlier in check.after:
            if earlier not in rest:
                raise ValueError(f"check {check.id} comes after {earlier}, which does not exist")
    levels: list[tuple[Check, ...]] = []
    done: set[str] = set()
    while rest:
        level = tuple(check for check in rest.values() if done.issuperset(check.after))
        if not level:
            raise ValueError(f"these checks wait for each other: {', '.join(sorted(rest))}")
        levels.append(level)
        done.update(check.id for check in level)
        rest = {key: check for key, check in rest.items() if key not in done}
    return tuple(levels)
