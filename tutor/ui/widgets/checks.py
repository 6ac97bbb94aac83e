"""The checks of an exercise, and all about the one under the cursor."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from checkers.check import Check
from checkers.result import Result, Status
from checkers.words import say
from tutor.ui.keys import key
from tutor.ui.signs import STATUS, row, status_word
from tutor.ui.widgets.reading import Scroll
from tutor.ui.widgets.rows import Rows

WORD_WIDTH = 9
"""Cells for the word beside a sign."""


class CheckPanel(Vertical):
    """Rows of sign, word and title; below them what is true, what was asked, and where to look.

    The focus stays on the rows: Page Up and Page Down read the details.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        key("checks.page-up", "pageup", "read(-1)", show=False),
        key("checks.page-down", "pagedown", "read(1)", show=False),
    ]

    rows = getters.query_one(Rows)
    detail = getters.query_one("#detail", Static)

    def __init__(self, checks: Sequence[Check]) -> None:
        super().__init__(id="checks-side")
        self._checks = checks
        self._results: tuple[Result, ...] = ()
        self._since = time.monotonic()
        self._moved = False
        self._idle = ""

    def compose(self) -> ComposeResult:
        """The list and the details."""
        yield Rows(id="checks")
        with Scroll(id="detail-side"):
            yield Static(id="detail", markup=False)

    def on_mount(self) -> None:
        """Count down what waits."""
        self.rows.border_title = say("Checks")
        self.detail_side.border_title = say("This check")
        self.detail_side.can_focus = False
        self.set_interval(1, self._tick)

    def action_read(self, pages: int) -> None:
        """Scroll the details."""
        self.detail_side.scroll_relative(y=pages * max(1, self.detail_side.size.height - 1), animate=False)

    @property
    def detail_side(self) -> Scroll:
        """The box of the details."""
        return self.query_one("#detail-side", Scroll)

    @property
    def selected(self) -> Result | None:
        """The result under the cursor."""
        place = self.rows.highlighted
        return self._results[place] if place is not None and place < len(self._results) else None

    def idle(self, words: str) -> None:
        """Show the checks before there are results, and `words` instead of details."""
        self._results = ()
        self._moved = False
        self._idle = words
        self.add_class("-idle")
        self.rows.set_options(
            Option(row(("·", 1, "$text-muted"), (check.title, 0, "")), id=check.id) for check in self._checks
        )
        self.rows.highlighted = 0 if self._checks else None
        self.detail.update(Content(words))

    def show(self, results: tuple[Result, ...]) -> None:
        """Show new results; the cursor is at the first that does not pass until the learner moves it."""
        place = self.rows.highlighted if self._moved and self._results else None
        self._results = results
        self.remove_class("-idle")
        self._since = time.monotonic()
        self._draw(_first_open(results) if place is None else place)

    def _tick(self) -> None:
        if any(result.status is Status.WAIT for result in self._results):
            self._draw(self.rows.highlighted)

    def _draw(self, place: int | None) -> None:
        waited = time.monotonic() - self._since
        with self.prevent(OptionList.OptionHighlighted):
            self.rows.set_options(Option(_headline(result, waited), id=result.id) for result in self._results)
            self.rows.highlighted = place
        self._detail()

    @on(OptionList.OptionHighlighted)
    def _follow(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self._moved = bool(self._results)
        self._detail()

    def _detail(self) -> None:
        result = self.selected
        if result is None:
            self.detail.update(Content(self._idle))
            return
        titles = {each.id: each.title for each in self._results}
        self.detail.update(_about(result, titles.get(result.blocked_by, result.blocked_by)))


def _first_open(results: Sequence[Result]) -> int:
    return next((place for place, result in enumerate(results) if result.status is not Status.PASS), 0)


def _headline(result: Result, waited: float) -> Content:
    sign = STATUS[result.status]
    return row(
        (sign.mark, 1, sign.colour),
        (status_word(result, waited), WORD_WIDTH, sign.colour),
        (result.title, 0, "$text-muted" if result.status is Status.BLOCKED else ""),
    )


def _about(result: Result, first: str) -> Content:
    """Return everything that a result says, what is true first and where to look last."""
    if result.status is Status.BLOCKED:
        return Content(say("This is looked at when “{title}” passes.", title=first))
    if result.status is Status.PASS and not result.found:
        return Content(say("This is as it should be."))
    labelled = {
        say("Asked:"): Content(result.asked),
        say("Near:"): Content(result.near),
        say("Seen:"): Content(result.evidence),
        say("Look:"): Content.styled(result.look, "bold $text-accent"),
    }
    parts = [Content(result.found)] if result.found else []
    parts += [
        Content.assemble(Content.styled(label, "$text-muted"), " ", text) for label, text in labelled.items() if text
    ]
    return Content("\n").join(parts)
