"""A text over the page: a hint, a solution, a line for another terminal."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Label

from checkers.words import say
from tutor.ui.base import Dialog
from tutor.ui.keys import key
from tutor.ui.widgets.reading import Reading, Scroll


class TextPanel(Dialog[str]):
    """Shows Markdown; `copied` is what `c` copies, `more` what Enter is for beyond closing.

    The answer is `more` when the learner asked for more, else None.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        key("text.copy", "c", "copy", "Copy"),
        key("text.more", "enter,h", "more", show=False),
    ]

    def __init__(self, title: str, markdown: str, *, copied: str = "", more: str = "") -> None:
        super().__init__()
        self._title = title
        self._markdown = markdown
        self._copied = copied
        self._more = more

    def compose(self) -> ComposeResult:
        """The text, and the keys that do something here."""
        keys = [say("Esc: close")]
        if self._copied:
            keys.append(say("c: copy"))
        if self._more:
            keys.append(say("Enter: {words}", words=self._more))
        with Vertical(classes="panel"):
            yield Label(self._title, classes="panel-title", markup=False)
            with Scroll():
                yield Reading(self._markdown)
            yield Label("   ".join(keys), classes="panel-keys", markup=False)

    def action_copy(self) -> None:
        """Copy what there is to copy."""
        if self._copied:
            self.tutor_app.copy(self._copied)

    def action_more(self) -> None:
        """Close and ask for more, where there is more."""
        self.dismiss(self._more or None)
