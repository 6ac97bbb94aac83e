"""The progress of slow work: a live list of stages on a terminal, plain lines in a pipe."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from checkers.words import say
from tutor.cancel import Cancel
from tutor.cli.out import note, stderr
from tutor.clusters.base import Stage

MARKS = {"done": ("✓", "green"), "failed": ("✗", "red")}


class Stages:
    """Shows stages as they are reported; a context manager around the slow work.

    `report` may be called from any thread. With `patience`, work that ends within so many
    seconds is not shown at all, and on a terminal longer work leaves nothing behind.
    """

    def __init__(self, console: Console | None = None, *, patience: float = 0) -> None:
        self._console = console or stderr()
        self._stages: dict[str, tuple[Stage, float]] = {}
        """Each stage as last reported, and when that was on the monotonic clock."""
        self._spinner = Spinner("dots", style="cyan")
        self._lock = threading.Lock()
        self._quiet_until = time.monotonic() + patience
        self._live = Live(self, console=self._console, refresh_per_second=8, transient=patience > 0)

    def __enter__(self) -> Stages:
        """Start; nothing is drawn yet."""
        return self

    def __exit__(self, error: object, *exc: object) -> None:
        """Draw the last state, in which nothing runs any more, and give the terminal back."""
        if error:
            with self._lock:
                for title, (stage, since) in self._stages.items():
                    if stage.state == "running":
                        self._stages[title] = (replace(stage, state="failed"), since)
        if self._live.is_started:
            self._live.stop()

    def report(self, stage: Stage) -> None:
        """Take in where the work stands."""
        with self._lock:
            before, _ = self._stages.get(stage.title, (None, 0.0))
            self._stages[stage.title] = (stage, time.monotonic())
        if self._console.is_terminal:
            if not self._live.is_started:
                self._live.start()
        elif time.monotonic() >= self._quiet_until and (before is None or before.state != stage.state):
            self._console.print(Text(_plain(stage)))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw the stages, the running one with a spinner."""
        if time.monotonic() < self._quiet_until:
            return
        grid = Table.grid(padding=(0, 1))
        with self._lock:
            stages = list(self._stages.values())
        for stage, since in stages:
            running = stage.state == "running"
            mark = self._spinner if running else Text(*MARKS[stage.state])
            elapsed = stage.elapsed + (time.monotonic() - since if running else 0)
            detail = Text(stage.detail, "dim", overflow="ellipsis", no_wrap=True)
            grid.add_row(mark, Text(stage.title), Text(_times(stage, elapsed), "dim"), detail)
        yield grid


@contextmanager
def stoppable() -> Iterator[Cancel]:
    """Give slow work a Cancel that Ctrl-C, SIGTERM and a closed terminal set; a second Ctrl-C does not wait for it.

    Outside the main thread, where Python takes no signals, the Cancel is never set.
    """
    cancel = Cancel()

    def stop(_number: int, _frame: FrameType | None) -> None:
        if cancel.asked:
            raise KeyboardInterrupt
        cancel.set()
        note(say("Stopping…"))

    if threading.current_thread() is not threading.main_thread():
        yield cancel
        return
    names = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
    before = {name: signal.signal(name, stop) for name in names}
    try:
        yield cancel
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
        sys.stderr.flush()


def _times(stage: Stage, elapsed: float) -> str:
    """Return how long a stage takes, and what it took last time while it runs."""
    if stage.state == "running" and stage.usual is not None:
        return say("{elapsed:.0f} s (last time {usual:.0f} s)", elapsed=elapsed, usual=stage.usual)
    return say("{elapsed:.0f} s", elapsed=elapsed) if elapsed >= 1 else ""


def _plain(stage: Stage) -> str:
    """Return one line for a log."""
    names = {"number": stage.number, "total": stage.total, "title": stage.title}
    if stage.state == "running":
        return say("{number}/{total} {title}…", **names)
    if stage.state == "failed":
        return say("{number}/{total} {title}: failed", **names)
    return say("{number}/{total} {title}: done in {elapsed:.0f} s", **names, elapsed=stage.elapsed)
