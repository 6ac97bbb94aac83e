"""One exercise under way, as the app and the command line use it."""

from __future__ import annotations

import time

from checkers.engine import Grader
from checkers.result import Result, Status, score
from tutor.cancel import Cancel
from tutor.clusters.base import Cluster
from tutor.course.load import solution_path
from tutor.session import shell
from tutor.session.events import Checked, Event, Listener, Lost, Passed
from tutor.session.lifecycle import Lifecycle
from tutor.session.live import Live

WAIT_SECONDS = 0.5
"""Between two looks of `check` while something is on its way."""
BREAK_SECONDS = 600.0
"""Silence beyond this is a break, and does not count as time spent."""


class Attempt:
    """An exercise under way. One thread may watch while others check, reset or finish.

    Every method raises TutorError for what a person can mend.
    """

    def __init__(self, life: Lifecycle) -> None:
        self.exercise = life.exercise
        self.namespace = life.exercise.namespaces[0]
        self.workspace = life.workspace
        self._life, self._progress = life, life.progress
        self._grader = Grader(life.exercise.checks)

    @property
    def cluster(self) -> Cluster:
        """The cluster that it runs on. Raises TutorError when that is gone."""
        return self._life.standing().cluster

    def env(self) -> dict[str, str]:
        """Return what a shell needs: KUBECONFIG with the namespace set, PATH with the right kubectl first."""
        self._alive()
        ground = self._life.standing()
        return shell.environment(
            self.exercise.id, ground.cluster.kubeconfig, self.namespace, ground.kubectl.program, self._life.folder
        )

    def shell(self) -> list[str]:
        """Return the argv of an interactive shell whose prompt names the exercise; run it in `workspace`."""
        return shell.command(self.exercise.id, self.env(), self._life.folder)

    def hint(self) -> str | None:
        """Return the next hint and note that it was shown; None when there are no more."""
        self._alive()
        shown = len(self.hints_shown())
        if shown == len(self.exercise.hints):
            return None
        self._progress.note_hint(shown + 1)
        return self.exercise.hints[shown]

    def hints_shown(self) -> tuple[str, ...]:
        """Return the hints shown so far."""
        return self.exercise.hints[: self._life.record.hints]

    def solution(self) -> str:
        """Return one right answer and note that it was shown."""
        self._alive()
        text = solution_path(self.exercise).read_text(encoding="utf-8")
        self._progress.note_solution()
        return text

    def check(self, cancel: Cancel, wait: bool = True, listen: Listener | None = None) -> Checked:
        """Run all checks; with `wait`, again and again while one is on its way. Raises Cancelled.

        `listen` hears of every look. Where the ground is lost, every check is an error that says so.
        """
        tell = listen or _ignore
        self._alive()
        while True:
            with self._life.held(cancel):
                lost = self._life.lost()
                checked = self._blind(lost) if lost else self._look(tell)
            if lost:
                tell(lost)
                tell(checked)
            if not wait or all(result.status is not Status.WAIT for result in checked.results):
                return checked
            cancel.wait(WAIT_SECONDS)

    def watch(self, listen: Listener, cancel: Cancel) -> None:
        """Run the checks whenever what they read changes; returns when cancelled.

        Tells of Running, Checked, Passed, Lost and Found. Raises TutorError when progress cannot be saved.
        """
        Live(self._life, self._grader, listen, cancel, self._take, self._alive).run()

    def reset(self, listen: Listener, cancel: Cancel) -> None:
        """Put the exercise back to its start, on a new cluster where the old one is gone. Hints stay shown.

        What the learner has changed in the workspace is kept in a directory beside it.
        """
        self._alive()
        self._life.reset(listen, cancel)
        self._grader.reset()

    def finish(self, listen: Listener, cancel: Cancel) -> None:
        """End the exercise and remove what it made. What was passed is kept, and so are the learner's files."""
        self._life.finish(listen, cancel)

    def close(self) -> None:
        """Let go of the cluster; the exercise stays under way. Never raises."""
        self._life.close()

    def _look(self, tell: Listener) -> Checked:
        began = time.monotonic()
        results = self._grader.run(self._life.standing().world)
        return self._take(results, time.monotonic() - began, tell)

    def _take(self, results: tuple[Result, ...], elapsed: float, tell: Listener) -> Checked:
        """Tell of a look, and of passing, once progress is saved."""
        checked = Checked(results, score(results), elapsed)
        first = self._progress.note_score(checked.score)
        tell(checked)
        if first:
            record = self._life.record
            tell(Passed(self.exercise.id, checked.score, record.hints, record.solution_shown, record.seconds))
        return checked

    def _blind(self, lost: Lost) -> Checked:
        """Return results that say that nothing can be seen: it never counts against the learner."""
        results = tuple(
            Result(
                id=check.id,
                title=check.title,
                status=Status.ERROR,
                weight=check.weight,
                found=lost.message,
                look=lost.hint,
            )
            for check in self.exercise.checks
        )
        return Checked(results, score(results), 0.0)

    def _alive(self) -> None:
        """Add the time since the learner's last sign of life to the time spent; not after passing."""
        record, now = self._life.record, time.time()
        spent = 0.0 if record.passed else min(max(0.0, now - record.seen), BREAK_SECONDS)
        self._progress.note_time(spent, now)


def _ignore(event: Event) -> None:
    """Nobody listens."""
