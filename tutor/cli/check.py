"""`check`: what the tutor sees in the cluster, once or live."""

from __future__ import annotations

import json
from contextlib import suppress

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from checkers.words import language, say
from tutor.cli.exits import Exit
from tutor.cli.out import emit, markdown, note, stderr, stdout
from tutor.cli.parser import Options
from tutor.cli.report import exit_code, render, to_dict, write_junit
from tutor.cli.stages import stoppable
from tutor.cli.tutoring import under_way
from tutor.course.load import debrief_text
from tutor.errors import Cancelled
from tutor.session.attempt import Attempt
from tutor.session.events import Checked, Event, Found, Lost, Running


def check(options: Options) -> Exit:
    """`kubetutor check [--watch] [--json] [--junit FILE]`."""
    with under_way(options) as attempt:
        checked = _watch(attempt, options) if options.watch else _once(attempt, options)
        if options.junit:
            write_junit(options.junit, attempt.exercise.id, checked)
        if checked.score.passed and not options.json:
            markdown(debrief_text(attempt.exercise, language()))
            note(say("Clean up and go on: kubetutor finish"))
    return exit_code(checked)


def _once(attempt: Attempt, options: Options) -> Checked:
    """Look, and go on looking while something is on its way."""
    with Board(transient=True) as board, stoppable() as cancel:
        checked = attempt.check(cancel, wait=True, listen=board.hear)
    if options.json:
        print(json.dumps(to_dict(attempt.exercise.id, checked), indent=2, ensure_ascii=False))
    else:
        emit(render(checked))
    return checked


def _watch(attempt: Attempt, options: Options) -> Checked:
    """Look whenever something changes, until everything passes; Ctrl-C raises Cancelled."""
    last: list[Checked] = []
    live = stdout().is_terminal and not options.json

    def print_change(checked: Checked) -> None:
        if not last or _gist(checked) != _gist(last[-1]):
            if options.json:
                print(json.dumps(to_dict(attempt.exercise.id, checked), ensure_ascii=False), flush=True)
            elif not live:
                emit(Group(render(checked), Text()))

    def listen(event: Event) -> None:
        board.hear(event)
        if isinstance(event, Checked):
            print_change(event)
            last[:] = [event]
            if event.score.passed:
                cancel.set()

    with Board(console=stdout() if live else None) as board, stoppable() as cancel, suppress(Cancelled):
        attempt.watch(listen, cancel)
    if not last or not last[-1].score.passed:
        raise Cancelled
    return last[-1]


def _gist(checked: Checked) -> list[tuple[str, ...]]:
    """Return what makes two looks different to a reader: not the seconds."""
    return [(r.status, r.found, r.near, r.evidence) for r in checked.results]


class Board:
    """The live view of the checks on a terminal; elsewhere only what was lost and found is said."""

    def __init__(self, console: Console | None = None, *, transient: bool = False) -> None:
        self._console = console or stderr()
        self._checked: Checked | None = None
        self._state = ""
        self._live = Live(console=self._console, get_renderable=self._draw, refresh_per_second=4, transient=transient)

    def __enter__(self) -> Board:
        """Begin to draw, where there is a terminal."""
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *exc: object) -> None:
        """Draw the last state, and give the terminal back."""
        self._state = ""
        self._live.stop()

    def hear(self, event: Event) -> None:
        """Take in what the session tells; called from its threads."""
        match event:
            case Checked():
                self._checked, self._state = event, ""
            case Running():
                self._state = say("Looking…")
            case Lost(message=message, hint=advice):
                self._state = f"{message} {advice}"
                if not self._console.is_terminal:
                    note(self._state)
            case Found():
                self._state = ""
                if not self._console.is_terminal:
                    note(say("It is back."))
            case _:
                pass

    def _draw(self) -> RenderableType:
        parts: list[RenderableType] = [render(self._checked)] if self._checked else []
        return Group(*parts, Text(self._state or (say("Looking…") if not parts else ""), "dim"))
