"""What an exercise asks for, and where it takes place."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Static

from checkers.words import language, say
from tutor.course.load import task_text
from tutor.course.model import Exercise
from tutor.ui.signs import level_word
from tutor.ui.widgets.reading import Reading, Scroll


class Task(Scroll):
    """The task of `exercise`, under a line of facts."""

    def __init__(self, exercise: Exercise) -> None:
        super().__init__(id="task")
        self._exercise = exercise
        self.border_title = say("Task")

    def compose(self) -> ComposeResult:
        """The facts, then the task."""
        facts = say(
            "{level} · about {minutes} min · namespace {namespace}",
            level=level_word(self._exercise.level),
            minutes=self._exercise.minutes,
            namespace=", ".join(self._exercise.namespaces),
        )
        yield Static(facts, classes="facts", markup=False)
        yield Reading(task_text(self._exercise, language()))
