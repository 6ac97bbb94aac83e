"""Running other programs: argv lists, a process group of their own, deadlines, and an end when asked."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import IO

from checkers.words import say
from checkers.world import Ran
from tutor.cancel import Cancel
from tutor.errors import TutorError

TICK = 0.1
"""Seconds between two looks at the clock and at the cancel flag."""
PATIENCE = 3.0
"""Seconds that a program gets to end by itself before it is killed."""


class Late(TutorError):
    """A program did not end within its deadline, and was ended."""


def run(
    argv: Sequence[str],
    *,
    stdin: bytes = b"",
    timeout: float = 60.0,
    env: Mapping[str, str] | None = None,
    cwd: str | os.PathLike[str] | None = None,
    cancel: Cancel | None = None,
    on_line: Callable[[str], None] | None = None,
    on_tick: Callable[[], None] | None = None,
) -> Ran:
    """Run `argv` and return how it ended; a program that is missing is code 127.

    `on_line` gets each line of its error output as it comes, `on_tick` is called about
    ten times a second, both in the caller's thread. Raises Late after `timeout` seconds
    and Cancelled when asked; in both cases, and on Ctrl-C, the whole process group is
    ended first.
    """
    try:
        process = subprocess.Popen(
            list(argv),
            stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=None if env is None else dict(env),
            cwd=cwd,
            start_new_session=True,
        )
    except FileNotFoundError:
        return Ran(127, "", say("{program} is not on the PATH.", program=argv[0]))
    except PermissionError:
        return Ran(126, "", say("{program} may not be run.", program=argv[0]))
    lines: queue.Queue[str] = queue.Queue()
    output: list[bytes] = []
    errors: list[str] = []
    readers = [
        threading.Thread(target=_collect, args=(process.stdout, output), daemon=True),
        threading.Thread(target=_split, args=(process.stderr, lines), daemon=True),
    ]
    if stdin:
        readers.append(threading.Thread(target=_feed, args=(process.stdin, stdin), daemon=True))
    for reader in readers:
        reader.start()
    deadline = time.monotonic() + timeout
    try:
        while process.poll() is None or not lines.empty():
            if cancel is not None:
                cancel.check()
            if time.monotonic() > deadline:
                raise Late(say("{program} did not end within {seconds:.0f} s.", program=argv[0], seconds=timeout))
            if on_tick:
                on_tick()
            _drain(lines, errors, on_line)
    finally:
        end_group(process)
    for reader in readers:
        reader.join(1.0)
    _drain(lines, errors, on_line, wait=False)
    return Ran(process.returncode, b"".join(output).decode("utf-8", "replace"), "".join(errors))


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End `process` and all that it started; nothing if it has ended."""
    if process.poll() is not None:
        return
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE)
            return


def _drain(
    lines: queue.Queue[str], errors: list[str], on_line: Callable[[str], None] | None, wait: bool = True
) -> None:
    """Take what has come; with `wait`, wait up to a tick for the first line."""
    try:
        line = lines.get(timeout=TICK) if wait else lines.get_nowait()
        while True:
            errors.append(line)
            if on_line:
                on_line(line.rstrip("\r\n"))
            line = lines.get_nowait()
    except queue.Empty:
        return


def _collect(stream: IO[bytes] | None, into: list[bytes]) -> None:
    if stream is not None:
        with stream:
            into.append(stream.read())


def _split(stream: IO[bytes] | None, into: queue.Queue[str]) -> None:
    if stream is not None:
        with stream:
            for line in stream:
                into.put(line.decode("utf-8", "replace"))


def _feed(stream: IO[bytes] | None, data: bytes) -> None:
    if stream is not None:
        with contextlib.suppress(BrokenPipeError), stream:
            stream.write(data)
