"""What every screen has: translated keys along the bottom, and a word when the window is too small."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from textual import events, on
from textual.binding import ActiveBinding, BindingType
from textual.screen import ModalScreen, Screen
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from checkers.words import say
from tutor.errors import Cancelled
from tutor.ui.keys import key, spoken
from tutor.ui.widgets.bars import Simulated

if TYPE_CHECKING:
    from tutor.ui.app import TutorApp

T = TypeVar("T")

SMALLEST = (60, 18)
"""Columns and rows below which a screen only says that the window is too small."""


class TooSmall(Static):
    """Covers the screen while the window is too small; what lies below keeps its place."""

    def __init__(self) -> None:
        columns, rows = SMALLEST
        super().__init__(
            say("This window is too small. It needs {columns}×{rows}.", columns=columns, rows=rows), markup=False
        )


class Framed(Screen[T]):
    """A screen of the tutor, a whole page or a dialog."""

    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - Textual declares it
        (0, "-tiny"),
        (SMALLEST[0], "-narrow"),
        (110, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [  # noqa: RUF012
        (0, "-flat"),
        (SMALLEST[1], "-tall"),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [key("app.help", "question_mark,f1", "app.help", "Help")]

    @on(events.Mount)
    def _lay_cover(self) -> None:
        """Lay the cover over everything; it shows only in a small window."""
        self.mount(TooSmall())

    @property
    def tutor_app(self) -> TutorApp:
        """The app, by its own type."""
        return cast("TutorApp", self.app)

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """The keys that work now, described in the learner's language."""
        return spoken(super().active_bindings)

    def about(self) -> str:
        """Return what this screen is for: the first lines of its help."""
        return ""

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show what went wrong in a worker; being stopped is not an error."""
        if event.state is WorkerState.ERROR and not isinstance(event.worker.error, Cancelled):
            self.tutor_app.show_error(event.worker.error)


class Page(Framed[None]):
    """A screen that fills the window."""


class Dialog(Framed[T], ModalScreen[T]):
    """A panel over the page; Escape and Ctrl-C close it without an answer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("dialog.close", "escape", "close", "Close"),
        key("dialog.interrupt", "ctrl+c", "close", show=False),
    ]

    @on(events.Mount)
    def _say_simulated(self) -> None:
        """Above the panel, too, the practice cluster says what it is."""
        self.mount(Simulated())

    def action_close(self) -> None:
        """Close without an answer."""
        self.dismiss(None)
