"""The loop behind a live exercise: changes, verdicts, and what was lost and found."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

from checkers.engine import Grader
from checkers.result import Result
from tutor.cancel import Cancel
from tutor.errors import Cancelled, TutorError
from tutor.session import losses
from tutor.session.events import Checked, Found, Listener, Lost, Running
from tutor.session.ground import Ground
from tutor.session.lifecycle import Lifecycle
from tutor.session.watching import NAMESPACE, NODE, Changes, Standing

LOST_SECONDS = 2.0
"""How often it is asked whether what was lost is back."""
ALIVE_SECONDS = 60.0
"""How often the time spent is saved."""
FIRST_SECONDS = 2.0
"""After that everything is run again: a change may have come between the first look and the first watch."""
ALL_SECONDS = 30.0
"""How often everything is run again, whatever the watches tell."""

Take = Callable[[tuple[Result, ...], float, Listener], Checked]


class Live:
    """Watches one exercise until cancelled. `take` saves and tells what a run found, `alive` counts the time."""

    def __init__(
        self,
        life: Lifecycle,
        grader: Grader,
        listen: Listener,
        cancel: Cancel,
        take: Take,
        alive: Callable[[], None],
    ) -> None:
        self._life, self._grader = life, grader
        self._listen, self._cancel = listen, cancel
        self._take, self._alive = take, alive
        self._told: Lost | None = None

    def run(self) -> None:
        """Watch until cancelled; over resets, and over the loss of all there is."""
        with suppress(Cancelled):
            while True:
                lost = self._lost()
                if lost is None:
                    self._tell(None)
                    ground = self._life.ground
                    lost = self._watch(ground) if ground else None
                if lost:
                    self._tell(lost)
                    self._cancel.wait(LOST_SECONDS)
                    if lost.what != "namespace":
                        with self._life.held(self._cancel):
                            self._life.find_again()
                self._cancel.check()

    def _lost(self) -> Lost | None:
        with self._life.held(self._cancel):
            try:
                return self._life.lost() or self._still_lost_node()
            except TutorError as error:  # it was finished elsewhere
                return Lost("namespace", f"{error.title} {error.message}", error.hint)

    def _tell(self, lost: Lost | None) -> None:
        """Tell what is lost, or that it is found, once each."""
        if lost and lost != self._told:
            self._listen(lost)
        elif lost is None and self._told:
            self._listen(Found())
        self._told = lost

    def _watch(self, ground: Ground) -> Lost | None:
        """Run the checks on `ground` until something is lost, or it is another ground."""
        changes = Changes(ground.world, self._grader.reads())
        standing = Standing(self._life.exercise.checks)
        alive_at = time.monotonic()
        all_at = alive_at + FIRST_SECONDS
        changes.start()
        try:
            while True:
                now = time.monotonic()
                if now >= alive_at:
                    self._alive()
                    alive_at = now + ALIVE_SECONDS
                changed = changes.gather(min(standing.next(), alive_at, all_at), self._cancel)
                self._cancel.check()
                with self._life.held(self._cancel):
                    if self._life.ground is not ground:
                        return None
                    if NAMESPACE in changed and (lost := self._lost()):
                        return lost
                    if NODE in changed and (lost := self._lost_node(ground)):
                        return lost
                    due = standing.due(time.monotonic())
                    if time.monotonic() >= all_at:
                        all_at = time.monotonic() + ALL_SECONDS
                        due = {check.id for check in self._life.exercise.checks}
                    self._run(ground, standing, standing.touched(changed), due)
        finally:
            changes.stop()

    def _run(self, ground: Ground, standing: Standing, touched: set[str], due: set[str]) -> None:
        """Run the checks that a change touched, and those that are due without one."""
        ids = touched | due
        if not ids:
            return
        if touched:
            self._listen(Running())
        began = time.monotonic()
        results = standing.take(self._grader.run(ground.world, ids))
        self._take(results, time.monotonic() - began, self._listen)

    def _lost_node(self, ground: Ground) -> Lost | None:
        """Return a node's machine that has stopped; exercises about nodes may stop them on purpose."""
        if self._life.exercise.exclusive:
            return None
        return losses.lost_node(ground, self._life.provider)

    def _still_lost_node(self) -> Lost | None:
        """Return a node that was lost and is not back: the cluster may answer without it."""
        ground = self._life.ground
        return self._lost_node(ground) if ground and self._told and self._told.what == "node" else None
