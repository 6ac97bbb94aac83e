"""The learner's directory for an exercise: its files, copied in, and never taken away."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from checkers.words import say
from tutor.course.model import Exercise
from tutor.errors import TutorError


def fill(exercise: Exercise, directory: Path) -> None:
    """Copy the exercise's `files/` to `directory`; what is there already stays as it is. Raises TutorError."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for source in _files(exercise):
            target = directory / source.relative_to(exercise.folder / "files")
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)
    except OSError as error:
        raise _unwritable(directory, error) from error


def refill(exercise: Exercise, directory: Path) -> Path | None:
    """Put the workspace back to its start; what the learner had is kept beside it, and that place is returned.

    None where nothing differed from the start. Raises TutorError.
    """
    aside = None
    try:
        if directory.is_dir() and any(directory.iterdir()) and not _untouched(exercise, directory):
            old = directory.parent / f"{directory.name}.old"
            aside = old / time.strftime("%Y%m%d-%H%M%S")
            while aside.exists():
                aside = aside.with_name(aside.name + "x")
            aside.mkdir(parents=True)
            # Its contents, not the directory itself: the learner's shell stands in it.
            for each in list(directory.iterdir()):
                each.rename(aside / each.name)
    except OSError as error:
        raise _unwritable(directory, error) from error
    fill(exercise, directory)
    return aside


def _files(exercise: Exercise) -> list[Path]:
    return [path for path in sorted((exercise.folder / "files").rglob("*")) if path.is_file()]


def _untouched(exercise: Exercise, directory: Path) -> bool:
    original = {path.relative_to(exercise.folder / "files"): path for path in _files(exercise)}
    present = {path.relative_to(directory): path for path in directory.rglob("*") if path.is_file()}
    return original.keys() == present.keys() and all(
        path.read_bytes() == present[name].read_bytes() for name, path in original.items()
    )


def _unwritable(directory: Path, error: OSError) -> TutorError:
    return TutorError(
        say("Your workspace could not be written."),
        say("{file}: {reason}.", file=directory, reason=error.strerror),
        say("Make room on the disk, or make the directory writable, and begin again."),
    )
