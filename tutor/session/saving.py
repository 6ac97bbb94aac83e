"""One file that is never half-written: whole and old, or whole and new, whatever happens."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from checkers.words import say
from tutor.errors import TutorError

LOCK_SECONDS = 10.0
"""Saving takes milliseconds; whoever holds the lock for longer hangs."""


def write_whole(path: Path, data: bytes) -> None:
    """Replace the file at `path` by `data`: a temporary file beside it, synced, then renamed over it.

    Call it under `locked`. Raises TutorError when the disk is full or not writable; the old file is then as it was.
    """
    new = path.with_name(f".{path.name}.new")
    try:
        with new.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        _sync_directory(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            new.unlink()
        raise unsaved(path, error) from error


@contextmanager
def locked(path: Path, seconds: float = LOCK_SECONDS) -> Iterator[None]:
    """Hold the lock that goes with `path` against other tutors. Raises TutorError when it stays taken.

    The system takes the lock back from a process that was killed.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path.with_name(f"{path.name}.lock"))
        lock.acquire(timeout=seconds)
    except Timeout as error:
        raise TutorError(
            say("Another kubetutor is working here just now."),
            say("It holds {file}.", file=path.with_name(f"{path.name}.lock")),
            say("Wait until it is done, or close it, and try again."),
        ) from error
    except OSError as error:
        raise unsaved(path, error) from error
    try:
        yield
    finally:
        lock.release()


def set_aside(path: Path) -> Path:
    """Rename the file out of the way and return its new name; nothing is overwritten."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    aside = path.with_name(f"{path.name}.{stamp}")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.{stamp}-{number}")
    try:
        path.rename(aside)
    except OSError as error:
        raise unsaved(path, error) from error
    return aside


def unsaved(path: Path, error: OSError) -> TutorError:
    """Return what to tell a learner when `path` cannot be written."""
    return TutorError(
        say("Your progress could not be saved."),
        say("{file} cannot be written: {reason}. What was saved before is intact.", file=path, reason=error.strerror),
        say("Make room on the disk, or make the directory writable, and go on; KUBETUTOR_HOME names another one."),
    )


def _sync_directory(folder: Path) -> None:
    """Make the rename itself survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
