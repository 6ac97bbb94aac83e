"""A question that is answered with yes or no."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Label, Static

from checkers.words import say
from tutor.ui.base import Dialog
from tutor.ui.keys import key


class Confirm(Dialog[bool]):
    """Asks `question`; the answer is True only after a plain yes.

    `yes` and `no` are the words on the buttons; `no` has the focus unless `safe`, which
    says that yes destroys nothing.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        key("confirm.yes", "y", "answer(True)", "Yes"),
        key("confirm.no", "n", "answer(False)", "No"),
        key("confirm.left", "left", "app.focus_previous", show=False),
        key("confirm.right", "right", "app.focus_next", show=False),
    ]

    def __init__(self, title: str, question: str, *, yes: str, no: str, safe: bool = False) -> None:
        super().__init__()
        self._words = (title, question)
        self._buttons = (yes, no)
        self._safe = safe

    def compose(self) -> ComposeResult:
        """The question and two buttons."""
        title, question = self._words
        yes, no = self._buttons
        with Vertical(classes="panel"):
            yield Label(title, classes="panel-title", markup=False)
            yield Static(question, markup=False)
            with Horizontal(classes="buttons"):
                yield Button(say("{words} (y)", words=yes), id="yes", variant="primary" if self._safe else "warning")
                yield Button(say("{words} (n)", words=no), id="no")

    def on_mount(self) -> None:
        """Put the focus where Enter does no harm."""
        self.query_one("#yes" if self._safe else "#no").focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer."""
        self.dismiss(event.button.id == "yes")

    def action_answer(self, yes: bool) -> None:
        """Answer by key."""
        self.dismiss(yes)
