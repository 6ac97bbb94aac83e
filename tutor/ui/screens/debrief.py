"""After an exercise: how it went, why it works, and what comes next."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Label

from checkers.words import language, say, say_n
from tutor.course.load import debrief_text
from tutor.course.model import Exercise
from tutor.session.events import Passed
from tutor.ui.base import Framed
from tutor.ui.keys import key
from tutor.ui.route import Entry, rest
from tutor.ui.widgets.bars import KeyBar, TitleBar
from tutor.ui.widgets.reading import Reading, Scroll


class DebriefScreen(Framed[bool]):
    """Answers True when the learner wants to clean up and go on; `passed` is None when it is only read again."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("debrief.next", "enter,n", "answer(True)", "Clean up and go on"),
        key("debrief.stay", "escape", "answer(False)", "Stay here"),
    ]

    def __init__(self, exercise: Exercise, passed: Passed | None, following: Entry | None) -> None:
        super().__init__()
        self._exercise = exercise
        self._passed = passed
        self._following = following

    def about(self) -> str:
        """The debrief's purpose."""
        return say("Why it works and what to remember. You can stay and look around in the cluster before you go on.")

    def compose(self) -> ComposeResult:
        """The result, the debrief, and what comes next."""
        yield TitleBar(self._exercise.title, say("passed"))
        with Scroll():
            if self._passed:
                yield Label(_result(self._passed), id="result", markup=False)
            yield Reading(debrief_text(self._exercise, language()))
            yield Label(self._next(), id="afterwards", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        """Let the arrows scroll at once."""
        self.query_one(Scroll).focus()

    def _next(self) -> str:
        if self._following is None and self.tutor_app.refusals:
            return rest()
        if self._following is None:
            return say("That was the last one: you have done the whole course.")
        if isinstance(self._following, Exercise):
            return say("Next: the exercise “{title}”", title=self._following.title)
        return say("Next: the lesson “{title}”", title=self._following.title)

    def action_answer(self, go_on: bool) -> None:
        """Go on, or stay."""
        self.dismiss(go_on)


def _result(passed: Passed) -> str:
    lines = [
        say_n("✓ Passed in {n} minute.", "✓ Passed in {n} minutes.", max(1, round(passed.seconds / 60))),
        say_n("You took {n} hint.", "You took {n} hints.", passed.hints) if passed.hints else "",
        say("You looked at the answer.") if passed.solution_shown else "",
    ]
    return "\n".join(line for line in lines if line)
