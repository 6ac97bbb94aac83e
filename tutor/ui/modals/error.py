"""What went wrong, why, and the way out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Label, Static

from checkers.words import say
from tutor.errors import TutorError
from tutor.ui.base import Dialog
from tutor.ui.keys import key
from tutor.ui.widgets.reading import Scroll


class Trouble(Protocol):
    """Something on this machine that stands in the way, as `kubetutor doctor` finds it."""

    @property
    def what(self) -> str:
        """What is wrong, as a sentence."""
        ...

    @property
    def fix(self) -> str:
        """The command that mends it, if there is one."""
        ...


class ErrorPanel(Dialog[None]):
    """Shows a TutorError in its three parts, then what the doctor found on the machine."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("error.copy", "c", "copy", "Copy"),
        key("error.close", "enter", "close", show=False),
    ]

    def __init__(self, error: TutorError, troubles: Sequence[Trouble] = ()) -> None:
        super().__init__()
        self.error = error
        self.troubles = troubles

    def compose(self) -> ComposeResult:
        """What, why, what to do, and the doctor's findings."""
        with Vertical(classes="panel error"):
            yield Label(self.error.title, classes="panel-title", markup=False)
            with Scroll():
                if self.error.message:
                    yield Static(self.error.message, markup=False)
                if self.error.hint:
                    yield Label(say("What to do"), classes="panel-heading")
                    yield Static(self.error.hint, markup=False)
                if self.troubles:
                    yield Label(say("What stands in the way on this machine"), classes="panel-heading")
                for trouble in self.troubles:
                    yield Static(trouble.what, markup=False)
                    if trouble.fix:
                        yield Static(trouble.fix, classes="command", markup=False)
            yield Label(say("Esc: close   c: copy"), classes="panel-keys", markup=False)

    def action_copy(self) -> None:
        """Copy the commands that mend it, else all that is said."""
        fixes = [trouble.fix for trouble in self.troubles if trouble.fix]
        self.tutor_app.copy("\n".join(fixes) or str(self.error))
