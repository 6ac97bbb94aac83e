"""A lesson, one step at a time; the place is kept."""

from __future__ import annotations

import threading
from typing import ClassVar

from textual import getters, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Label

from checkers.words import language, say
from tutor.course.load import lesson_steps
from tutor.course.model import Exercise, Lesson
from tutor.ui.base import Page
from tutor.ui.keys import key
from tutor.ui.route import Standing, place
from tutor.ui.widgets.bars import KeyBar, TitleBar
from tutor.ui.widgets.reading import Reading, Scroll


class LessonScreen(Page):
    """Shows one step; the arrows turn the pages, a digit copies the block of commands of that number."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("lesson.next", "right,n", "next", "Next"),
        key("lesson.read-on", "space", "read_on", show=False),
        key("lesson.previous", "left,backspace,p", "previous", "Previous"),
        key("lesson.copy", "c", "copy_all", "Copy commands"),
        *(key(f"lesson.copy-{number}", str(number), f"copy({number})", show=False) for number in range(1, 10)),
        key("lesson.shell", "s,f10", "app.shell", "Shell"),
        key("lesson.exercise", "enter", "exercise", "Exercise"),
        key("page.close", "escape", "close", "Back"),
    ]

    reading = getters.query_one(Reading)

    def __init__(self, lesson: Lesson) -> None:
        super().__init__()
        self.lesson = lesson
        self.steps = lesson_steps(lesson, language())
        self.number = 0
        self._saving = threading.Lock()
        self._states: Standing = {}

    def about(self) -> str:
        """The lesson's purpose."""
        return say(
            "Blocks with a number are commands to try: the key of that number copies the block, c copies them all. "
            "While an exercise is under way, s opens its shell. Space reads on. Your place is kept."
        )

    def compose(self) -> ComposeResult:
        """The step and the keys."""
        yield TitleBar(self.lesson.title)
        with Scroll():
            yield Label(id="step", markup=False)
            yield Reading()
            yield Label(id="afterwards", markup=False)
        yield KeyBar()

    async def on_mount(self) -> None:
        """Open the lesson where the learner left it; from the start again when it is done."""
        self._states = self.tutor_app.standing()
        if self._states[place(self.lesson)] == "started":
            self.number = min(self.tutor_app.tutor.progress.lesson(self.lesson.id).step, len(self.steps) - 1)
        self.query_one(Scroll).focus()
        await self._show()

    @property
    def last(self) -> bool:
        """Whether this is the last step."""
        return self.number == len(self.steps) - 1

    async def _show(self) -> None:
        step = self.steps[self.number]
        self.query_one(TitleBar).set_state(
            say("Step {number} of {total}", number=self.number + 1, total=len(self.steps))
        )
        self.query_one("#step", Label).update(step.title)
        await self.reading.show(step.markdown, step.commands)
        self.query_one("#afterwards", Label).update(self._afterwards() if self.last else "")
        self.query_one(Scroll).scroll_home(animate=False)
        self.refresh_bindings()
        self._save()

    @work(thread=True, exit_on_error=False, group="progress")
    def _save(self) -> None:
        with self._saving:  # the last of several quick steps wins
            self.tutor_app.tutor.progress.mark_step(self.lesson.id, self.number, self.last)

    def _afterwards(self) -> str:
        exercise = self._exercise()
        if exercise is None:
            return say("That was the last step of this lesson.")
        return say("That was the last step. Enter opens the exercise “{title}”.", title=exercise.title)

    def _exercise(self) -> Exercise | None:
        """Return the lesson's first exercise that is not passed yet, else its first."""
        course, states = self.tutor_app.tutor.course, self._states
        found = [exercise for id in self.lesson.exercises if (exercise := course.exercise(id))]
        return next((e for e in found if states[place(e)] != "passed"), found[0] if found else None)

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """Offer only what can be done on this step."""
        match action:
            case "next":
                return not self.last
            case "previous":
                return self.number > 0
            case "copy_all":
                return bool(self.steps[self.number].commands)
            case "exercise":
                return self.last and self._exercise() is not None
            case _:
                return True

    async def action_next(self) -> None:
        """Turn to the next step."""
        self.number += 1
        await self._show()

    async def action_read_on(self) -> None:
        """Scroll down a page, or turn it at the end."""
        scroll = self.query_one(Scroll)
        if scroll.scroll_offset.y < scroll.max_scroll_y:
            scroll.action_page_down()
        elif not self.last:
            await self.action_next()

    async def action_previous(self) -> None:
        """Turn back."""
        self.number -= 1
        await self._show()

    def action_copy(self, number: int) -> None:
        """Copy one block of commands."""
        commands = self.steps[self.number].commands
        if number <= len(commands):
            self.tutor_app.copy(commands[number - 1])

    def action_copy_all(self) -> None:
        """Copy every block of this step."""
        self.tutor_app.copy("\n".join(self.steps[self.number].commands))

    def action_exercise(self) -> None:
        """Go on to the exercise."""
        if exercise := self._exercise():
            self.tutor_app.open_entry(exercise, replace=True)

    def action_close(self) -> None:
        """Go back to where the lesson was opened."""
        self.dismiss()
