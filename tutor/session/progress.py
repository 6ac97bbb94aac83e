"""What a learner has done: one versioned file, safe against crashes, full disks and a second tutor."""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec

from checkers.result import Score
from checkers.words import say
from tutor.errors import TutorError
from tutor.session.records import ExerciseProgress, LessonProgress, UnderWay
from tutor.session.saving import locked, set_aside, write_whole

VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Contents:
    """The file's contents."""

    version: int = VERSION
    id: str = field(default_factory=lambda: secrets.token_hex(6))
    """Tells this learner's objects in a shared cluster from another's."""
    exercises: dict[str, ExerciseProgress] = field(default_factory=dict)
    lessons: dict[str, LessonProgress] = field(default_factory=dict)
    under_way: UnderWay | None = None


class ProgressStore:
    """The progress file at `path`; every change is on the disk when the method returns.

    Several tutors may use one file: each change reads it anew under a lock. A file that cannot be
    understood is set aside, and `notice` says so. Raises TutorError when the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notice = ""
        """What the learner should be told about the file, once; empty when all is well."""
        self._mutex = threading.RLock()
        self._contents = Contents()
        self._stamp: tuple[int, ...] | None = None
        self._refresh()

    def exercise(self, id: str) -> ExerciseProgress:
        """Return how far the learner is with an exercise."""
        return self._refresh().exercises.get(id, ExerciseProgress())

    def lesson(self, id: str) -> LessonProgress:
        """Return how far the learner is with a lesson."""
        return self._refresh().lessons.get(id, LessonProgress())

    def mark_step(self, lesson: str, step: int, done: bool) -> None:
        """Note the step (from 0) to go on with; a lesson once done stays done."""

        def change(old: Contents) -> Contents:
            before = old.lessons.get(lesson, LessonProgress())
            new = LessonProgress(step=step, done=before.done or done)
            return replace(old, lessons=old.lessons | {lesson: new})

        self._change(change)

    @property
    def owner(self) -> str:
        """The learner's mark on objects in a cluster: random, kept as long as the file. Saved on first use."""
        if self._stamp is None:
            self._change(lambda old: old)
        return self._refresh().id

    @property
    def under_way(self) -> UnderWay | None:
        """The exercise under way."""
        return self._refresh().under_way

    def begin(self, record: UnderWay) -> None:
        """Note that an exercise begins, or begins again: one more attempt. Before anything is changed in a cluster."""

        def change(old: Contents) -> Contents:
            new = _with(
                old, record.exercise, lambda e: replace(e, state=_at_least(e, "started"), attempts=e.attempts + 1)
            )
            return replace(new, under_way=record)

        self._change(change)

    def update(self, **changes: Any) -> None:
        """Change fields of the record under way; nothing happens without one."""
        self._change(lambda old: replace(old, under_way=old.under_way and replace(old.under_way, **changes)))

    def end(self) -> None:
        """Note that no exercise is under way any more."""
        self._change(lambda old: replace(old, under_way=None))

    def note_hint(self, shown: int) -> None:
        """Note that so many hints of the exercise under way were shown."""
        self._note(lambda record: replace(record, hints=shown), lambda e: replace(e, hints=max(e.hints, shown)))

    def note_solution(self) -> None:
        """Note that the solution of the exercise under way was shown."""
        self._note(lambda record: replace(record, solution_shown=True), lambda e: replace(e, solution_shown=True))

    def note_time(self, seconds: float, seen: float) -> None:
        """Add time spent on the exercise under way; `seen` is the learner's last sign of life, in Unix time."""
        self._note(
            lambda record: replace(record, seconds=record.seconds + seconds, seen=seen),
            lambda e: replace(e, seconds=e.seconds + seconds),
        )

    def note_score(self, score: Score) -> bool:
        """Note how the exercise under way stands; True when it passes for the first time in this attempt."""
        record = self.under_way
        if record is None:
            return False
        first = score.passed and not record.passed
        best = self.exercise(record.exercise)
        if not first and score.earned <= best.score and score.possible == best.possible:
            return False

        def marked(e: ExerciseProgress) -> ExerciseProgress:
            e = replace(e, score=max(e.score, score.earned), possible=score.possible)
            if score.passed:
                now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
                e = replace(e, state="passed", passed_at=e.passed_at or now)
            return e

        self._note(lambda record: replace(record, passed=record.passed or score.passed), marked)
        return first

    def _note(
        self, of_record: Callable[[UnderWay], UnderWay], of_exercise: Callable[[ExerciseProgress], ExerciseProgress]
    ) -> None:
        def change(old: Contents) -> Contents:
            if old.under_way is None:
                return old
            new = _with(old, old.under_way.exercise, of_exercise)
            return replace(new, under_way=of_record(old.under_way))

        self._change(change)

    def _change(self, change: Callable[[Contents], Contents]) -> None:
        """Read, change and write as one step, whoever else does the same."""
        with self._mutex, locked(self.path):
            new = change(self._refresh(locked_already=True))
            write_whole(self.path, msgspec.json.format(msgspec.json.encode(new), indent=1) + b"\n")
            self._contents, self._stamp = new, self._stat()

    def _refresh(self, *, locked_already: bool = False) -> Contents:
        """Return the contents, read again if another tutor has written since."""
        with self._mutex:
            stamp = self._stat()
            if stamp != self._stamp:
                self._contents, self._stamp = self._read(locked_already), self._stat()
            return self._contents

    def _stat(self) -> tuple[int, ...] | None:
        try:
            found = os.stat(self.path)  # noqa: PTH116 - as cheap as it gets: asked at every look
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unreadable(self.path, error) from error
        return found.st_ino, found.st_mtime_ns, found.st_size

    def _read(self, locked_already: bool) -> Contents:
        try:
            return _decode(self.path.read_bytes())
        except FileNotFoundError:
            return Contents()
        except OSError as error:
            raise _unreadable(self.path, error) from error
        except ValueError as error:
            why = str(error)
        if not locked_already:
            with locked(self.path):
                return self._read(locked_already=True)
        aside = set_aside(self.path)
        self.notice = say(
            "Your progress could not be read: {why}. It is kept as {file}, and a new one begins.", why=why, file=aside
        )
        return Contents()


def _decode(data: bytes) -> Contents:
    """Return what the file says. Raises ValueError when it makes no sense, or is of a later version."""
    try:
        version = msgspec.json.decode(data, type=_Version).version
    except msgspec.MsgspecError as error:
        raise ValueError(say("the file is damaged ({error})", error=error)) from error
    if version > VERSION:
        raise ValueError(say("it was written by a later kubetutor (version {version})", version=version))
    try:
        return msgspec.json.decode(data, type=Contents)
    except msgspec.MsgspecError as error:
        raise ValueError(say("the file is damaged ({error})", error=error)) from error


class _Version(msgspec.Struct):
    version: int


def _with(old: Contents, id: str, change: Callable[[ExerciseProgress], ExerciseProgress]) -> Contents:
    return replace(old, exercises=old.exercises | {id: change(old.exercises.get(id, ExerciseProgress()))})


def _at_least(progress: ExerciseProgress, state: str) -> str:
    return progress.state if progress.state == "passed" else state


def _unreadable(path: Path, error: OSError) -> TutorError:
    return TutorError(
        say("Your progress could not be read."),
        say("{file} cannot be opened: {reason}.", file=path, reason=error.strerror),
        say("Make it readable, or name another directory with KUBETUTOR_HOME."),
    )
