"""Running other programs: argv lists, a process group of their own, deadlines, and an end when asked."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
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
    merged: bool = False,
    on_start: Callable[[int], None] | None = None,
    on_line: Callable[[str], None] | None = None,
    on_tick: Callable[[], None] | None = None,
) -> Ran:
    """Run `argv` and return how it ended; a program that is missing is code 127, one that cannot be run 126.

    `on_start` gets its process id, `on_line` each line of its error output as it comes, `on_tick`
    is called about ten times a second, all in the caller's thread. With `merged`, its output
    counts as error output. Raises Late after `timeout` seconds and Cancelled when asked; in both
    cases, and on Ctrl-C, the whole process group is ended first.
    """
    process: subprocess.Popen[bytes] | None = None
    output: list[bytes] = []
    errors: list[str] = []
    deadline = time.monotonic() + timeout

    def look_up() -> None:
        if cancel is not None:
            cancel.check()
        if time.monotonic() > deadline:
            raise Late(
                say("{program} did not end within {seconds:.0f} s.", program=Path(argv[0]).name, seconds=timeout),
                hint=say("The machine may be very busy. Try again; kubetutor doctor looks for more."),
            )
        if on_tick:
            on_tick()

    try:
        process = subprocess.Popen(
            list(argv),
            stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if merged else subprocess.PIPE,
            env=None if env is None else dict(env),
            cwd=cwd,
            start_new_session=True,
        )
        if on_start:
            on_start(process.pid)
        collector = _thread(_collect, None if merged else process.stdout, output)
        if stdin:
            _thread(_feed, process.stdin, stdin)
        for line in _lines(process, process.stdout if merged else process.stderr, look_up):
            errors.append(line)
            if on_line:
                on_line(line.rstrip("\r\n"))
        collector.join(1.0)
    except OSError as error:
        if process is not None:
            raise  # a callback's
        return _not_run(argv[0], error)
    finally:
        if process is not None:
            end_group(process)
    return Ran(process.returncode, b"".join(output).decode("utf-8", "replace"), "".join(errors))


def _not_run(program: str, error: OSError) -> Ran:
    if isinstance(error, FileNotFoundError):
        return Ran(127, "", say("{program} is not on the PATH.", program=program))
    return Ran(126, "", say("{program} cannot be run: {reason}", program=program, reason=error.strerror))


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End `process` and all that it started; nothing if it has ended by itself."""
    if process.poll() is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(PATIENCE)
    # Also when it ended in time: what it started may have not.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(PATIENCE)


def _lines(process: subprocess.Popen[bytes], stream: IO[bytes] | None, look_up: Callable[[], None]) -> Iterator[str]:
    """Give the lines of `stream` until the process has ended; `look_up` is called between them, and every tick."""
    lines: queue.Queue[str | None] = queue.Queue()
    _thread(_split, stream, lines)
    talking = True
    while talking or process.poll() is None:
        look_up()
        if not talking:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(TICK)
            continue
        try:
            line = lines.get(timeout=TICK)
        except queue.Empty:
            talking = process.poll() is None  # else something that it started holds its output open
            continue
        if line is None:
            talking = False
        else:
            yield line


def _thread(work: Callable[..., None], *arguments: object) -> threading.Thread:
    thread = threading.Thread(target=work, args=arguments, daemon=True)
    thread.start()
    return thread


def _collect(stream: IO[bytes] | None, into: list[bytes]) -> None:
    if stream is not None:
        with stream:
            into.append(stream.read())


def _split(stream: IO[bytes] | None, into: queue.Queue[str | None]) -> None:
    """Pass lines on, None at the end: so that the end is noticed at once."""
    if stream is not None:
        with stream:
            for line in stream:
                into.put(line.decode("utf-8", "replace"))
    into.put(None)


def _feed(stream: IO[bytes] | None, data: bytes) -> None:
    if stream is not None:
        with contextlib.suppress(BrokenPipeError), stream:
            stream.write(data)
