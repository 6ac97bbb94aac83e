"""The proof of one exercise: start, wrong answers, right answers, solution, clean-up."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from checkers.words import say
from tutor.cancel import Cancel
from tutor.clusters.base import Cluster
from tutor.course.load import CourseError, right_answers, solution_path, wrong_answers
from tutor.course.model import Exercise, WrongAnswer
from tutor.errors import TutorError
from tutor.session import workspace
from tutor.session.answers import fails_as_named, fails_at_start, passes, run_answer
from tutor.session.cleanup import clean_up, leftovers
from tutor.session.ground import Ground
from tutor.session.nodes import read_nodes
from tutor.session.proof_report import Part
from tutor.session.setup import look_before, make_namespaces, refuse_foreign, run_steps

OWNER = "proof"
"""Marks what the proof makes; a learner's tutor has a random mark."""

Found = tuple[str, str]
"""What is wrong, empty when nothing is; and what a learner would have read."""


class ExerciseProof:
    """Proves one exercise on `cluster`; `folder` is for its files. `tell` hears of each part.

    With `tidy`, it cleans up also when it is stopped; where the cluster goes away anyway, that only takes time.
    """

    def __init__(
        self,
        exercise: Exercise,
        cluster: Cluster,
        folder: Path,
        tell: Callable[[Part], None],
        cancel: Cancel,
        *,
        tidy: bool = True,
    ) -> None:
        self._exercise, self._cluster, self._folder = exercise, cluster, folder
        self._tell, self._cancel, self._tidy = tell, cancel, tidy
        self._dirty = False
        """Whether something ran since the last set-up."""

    def run(self) -> None:
        """Run all parts; one that fails does not keep the others from being tried. Raises Cancelled."""
        ground = Ground(self._exercise, self._cluster, OWNER)
        try:
            refuse_foreign(ground)
            self._ground, self._before = ground, look_before(ground)
            wrong = wrong_answers(self._exercise)
            right = {f"right/{path.stem}": path for path in right_answers(self._exercise)}
            right["solution"] = solution_path(self._exercise)
        except (TutorError, CourseError) as error:
            ground.close()
            self._tell(broken(self._exercise.id, "start", error, 0.0))
            return
        self._dirty = True
        try:
            self._part("start", self._start)
            for answer in wrong:
                self._part(f"wrong/{answer.path.stem}", lambda answer=answer: self._wrong(answer))  # type: ignore[misc]
            for name, path in right.items():
                self._part(name, lambda path=path: self._right(path))  # type: ignore[misc]
            self._part("clean", self._clean)
        except BaseException:
            with suppress(TutorError):
                if self._tidy:
                    clean_up(ground, self._before, _silent, Cancel())
            raise
        finally:
            ground.close()

    def _part(self, name: str, work: Callable[[], Found]) -> None:
        began = time.monotonic()
        try:
            message, text = work()
        except TutorError as error:
            self._dirty = True
            self._tell(broken(self._exercise.id, name, error, time.monotonic() - began))
            return
        self._tell(
            Part(
                exercise=self._exercise.id,
                name=name,
                outcome="failed" if message else "passed",
                seconds=time.monotonic() - began,
                message=message,
                text=text,
            )
        )

    def _start(self) -> Found:
        self._set_up()
        return fails_at_start(self._ground, self._cancel)

    def _wrong(self, answer: WrongAnswer) -> Found:
        self._set_up()
        printed = self._answer(answer.path, strict=False)
        message, text = fails_as_named(self._ground, answer, self._cancel)
        return message, f"{text}\n\n{printed}"

    def _right(self, path: Path) -> Found:
        self._set_up()
        printed = self._answer(path, strict=True)
        message, text = passes(self._ground, self._cancel)
        return message, f"{text}\n\n{printed}"

    def _clean(self) -> Found:
        before = {name: state for name, state in self._before.nodes.items() if self._exercise.exclusive}
        remarks = clean_up(self._ground, self._before, _silent, self._cancel)
        left = leftovers(self._ground, self._before)
        nodes = read_nodes(self._ground.world.client)
        left += [f"node {name}" for name, state in before.items() if nodes.get(name) != state]
        if left or remarks:
            return say("After clean-up, something is left."), "\n".join(left + remarks)
        return "", ""

    def _set_up(self) -> None:
        """Put the exercise to its start, unless it stands there already."""
        if not self._dirty:
            return
        clean_up(self._ground, self._before, _silent, self._cancel, for_good=False)
        make_namespaces(self._ground, self._cancel)
        run_steps(self._ground, _silent, self._cancel)
        shutil.rmtree(self._folder / "work", ignore_errors=True)
        workspace.fill(self._exercise, self._folder / "work")
        self._dirty = False

    def _answer(self, path: Path, *, strict: bool) -> str:
        """Run an answer and return what it printed. Raises TutorError when it fails and must not."""
        self._dirty = True
        ran = run_answer(self._ground, path, self._folder, self._folder / "work", self._cancel, strict=strict)
        printed = f"$ {path.name}\n{ran.stdout}{ran.stderr}".rstrip()
        if ran.code and strict:
            raise TutorError(say("The answer itself failed, with exit code {code}.", code=ran.code), printed)
        return printed


def broken(exercise: str, name: str, error: Exception, seconds: float) -> Part:
    """Return the part that could not be tried."""
    title = error.title if isinstance(error, TutorError) else str(error)
    text = "\n".join((error.message, error.hint)) if isinstance(error, TutorError) else ""
    return Part(exercise=exercise, name=name, outcome="error", seconds=seconds, message=title, text=text)


def _silent(detail: str) -> None:
    """Details are for learners."""
