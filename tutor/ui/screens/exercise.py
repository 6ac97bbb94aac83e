"""An exercise: the task, the checks as they stand, and everything the learner can do about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.message import Message
from textual.worker import Worker, WorkerError, WorkerState

from checkers.words import say
from tutor.cancel import Cancel
from tutor.course.model import Exercise
from tutor.errors import Cancelled
from tutor.session.events import Checked, Event, Found, Lost, Passed, Running
from tutor.ui import help_offered
from tutor.ui.base import Page
from tutor.ui.keys import key
from tutor.ui.modals import questions
from tutor.ui.route import place
from tutor.ui.screens.debrief import DebriefScreen
from tutor.ui.widgets.bars import Banner, KeyBar, TitleBar
from tutor.ui.widgets.checks import CheckPanel
from tutor.ui.widgets.task import Task

if TYPE_CHECKING:
    from tutor.session.attempt import Attempt
    from tutor.ui.app import TutorApp


class ExerciseScreen(Page):
    """Before the start only the task; then the checks follow the cluster until the learner leaves."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("exercise.begin", "enter", "begin", "Begin"),
        key("exercise.shell", "s,f10", "app.shell", "Shell"),
        key("exercise.hint", "h", "hint", "Hint"),
        key("exercise.copy", "c", "copy", "Copy command"),
        key("exercise.terminal", "t", "terminal", "Other terminal"),
        key("exercise.lesson", "l", "lesson", "Lesson"),
        key("exercise.answer", "a", "answer", "Answer"),
        key("exercise.reset", "r", "reset", "Reset"),
        key("exercise.finish", "f", "finish", "Finish"),
        key("exercise.debrief", "d", "debrief", "Debrief"),
        key("page.close", "escape", "close", "Map"),
    ]

    checks = getters.query_one(CheckPanel)
    banner = getters.query_one(Banner)

    @dataclass
    class Heard(Message):
        """The session told something while `watching` was the watch that we listen to."""

        event: Event
        watching: Cancel

    def __init__(self, exercise: Exercise) -> None:
        super().__init__()
        self.exercise = exercise
        self.attempt: Attempt | None = None
        self._watching = Cancel()
        self._watcher: Worker[None] | None = None
        self._passed = False

    def about(self) -> str:
        """The exercise's purpose."""
        return say(
            "Do the task with kubectl, in the shell (s) or in another terminal (t). The checks look again after every "
            "change in the cluster. Move over them to read what is true and where to look; Page Down reads on. "
            "Tab goes to the task and back."
        )

    def compose(self) -> ComposeResult:
        """The task and the checks."""
        yield TitleBar(self.exercise.title)
        yield Banner()
        with Container(id="exercise"):
            yield Task(self.exercise)
            yield CheckPanel(self.exercise.checks)
        yield KeyBar()

    def on_mount(self) -> None:
        """Go on with the exercise if it is under way."""
        self._passed = self.tutor_app.standing()[place(self.exercise)] == "passed"
        self._show_idle()
        self._go_on()

    def on_unmount(self) -> None:
        """Stop watching; the exercise stays under way."""
        self._watching.set()

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """Offer only what can be done now."""
        begun = self.attempt is not None
        possible = {
            "begin": not begun and self.exercise.id not in self.tutor_app.refusals,
            "hint": begun and bool(self.exercise.hints),
            "lesson": bool(self.exercise.lessons),
            "debrief": self._passed,
        }
        return possible.get(action, begun or action not in ("answer", "reset", "finish", "terminal", "copy"))

    # Beginning and watching

    @work(exclusive=True, exit_on_error=False, group="verb")
    async def _go_on(self) -> None:
        """Take up the exercise if it is under way."""
        app = self.tutor_app
        if app.attempt is not None and app.attempt.exercise.id == self.exercise.id:
            self._take_up(app.attempt)
        elif app.tutor.current() == self.exercise.id:
            await self._begin()

    @work(exclusive=True, exit_on_error=False, group="verb")
    async def action_begin(self) -> None:
        """Start the exercise; one that is under way elsewhere is cleaned up first, if the learner agrees."""
        if await self.tutor_app.clear_the_way(self.exercise):
            await self._begin()

    async def _begin(self) -> None:
        app = self.tutor_app
        outcome = await app.run_work(
            say("Setting up: {title}", title=self.exercise.title),
            lambda listen, cancel: app.tutor.start(self.exercise.id, listen, cancel),
            say("What was made so far is removed. You can begin again at any time."),
            diagnose=True,
        )
        if outcome.value is not None:
            app.attempt = outcome.value
            self._take_up(outcome.value)
            app.see_where()

    def _take_up(self, attempt: Attempt) -> None:
        self.attempt = attempt
        self.banner.tell("")
        self.checks.idle(say("Looking at the cluster…"))
        self.checks.rows.focus()
        self.refresh_bindings()
        self._watching = Cancel()
        self._watcher = self._watch(attempt, self._watching)

    def _show_idle(self) -> None:
        self.attempt = None
        self.query_one(TitleBar).set_state("")
        self.refresh_refusals()
        self.query_one(Task).focus()

    def refresh_refusals(self) -> None:
        """Say what Enter does, or why the exercise cannot run here."""
        if self.attempt is None:
            self.checks.idle(help_offered.beforehand(self.tutor_app, self.exercise))
        self.refresh_bindings()

    @work(thread=True, exclusive=True, exit_on_error=False, group="watch")
    def _watch(self, attempt: Attempt, watching: Cancel) -> None:
        def listen(event: Event) -> None:
            self.post_message(self.Heard(event, watching))

        with suppress(Cancelled):
            attempt.watch(listen, watching)

    async def _stop_watching(self) -> None:
        """Stop, and return when the last look is over."""
        self._watching.set()
        if self._watcher is not None:
            with suppress(WorkerError):
                await self._watcher.wait()

    @on(Worker.StateChanged)
    def _let_go(self, event: Worker.StateChanged) -> None:
        """When watching failed, offer to begin again; what is under way is then taken up."""
        if event.worker is self._watcher and event.state is WorkerState.ERROR:
            self._show_idle()

    @on(Heard)
    def _hear(self, heard: Heard) -> None:
        if heard.watching is not self._watching or self._watching.asked:
            return
        match heard.event:
            case Running():
                self.query_one(TitleBar).set_state(say("looking…"))
            case Checked(results=results, score=score):
                self.checks.show(results)
                self.query_one(TitleBar).set_state(
                    say("{earned} of {possible} points", earned=score.earned, possible=score.possible)
                )
            case Lost(message=message):
                self._lose(message)
            case Found():
                self.banner.tell("")
            case Passed() as passed:
                self._passed = True
                self.refresh_bindings()
                self._debrief(passed)

    def _lose(self, message: str) -> None:
        """Say what went away and the way out; an exercise that was ended elsewhere is let go."""
        if not self.tutor_app.has_ended(self.exercise):
            self.banner.tell(say("{what} Press r to set the exercise up anew.", what=message))
            return
        self._watching.set()
        self.tutor_app.attempt = None
        self.banner.tell(message)
        self._show_idle()

    def action_hint(self) -> None:
        """Show the hints, one more at a time."""
        self._offer(help_offered.hints)

    def action_answer(self) -> None:
        """Show one right answer, after a question."""
        self._offer(help_offered.answer)

    def action_terminal(self) -> None:
        """Show the line that sets up another terminal."""
        self._offer(help_offered.other_terminal)

    @work(exclusive=True, exit_on_error=False, group="verb")
    async def _offer(self, show: Callable[[TutorApp, Attempt], Awaitable[None]]) -> None:
        if self.attempt is not None:
            await show(self.tutor_app, self.attempt)

    def action_copy(self) -> None:
        """Copy the command of the check under the cursor."""
        result = self.checks.selected
        if result is not None and result.look:
            self.tutor_app.copy(result.look)
        else:
            self.tutor_app.tell(say("This check names no command to look with."))

    def action_lesson(self) -> None:
        """Read the lesson again; the exercise goes on below."""
        if lesson := self.tutor_app.tutor.course.lesson(self.exercise.lessons[0]):
            self.tutor_app.open_entry(lesson)

    @work(exclusive=True, exit_on_error=False, group="verb")
    async def action_reset(self) -> None:
        """Put everything back to the start, after a question."""
        attempt = self.attempt
        if attempt is None or not await self.app.push_screen_wait(questions.begin_again(self.exercise)):
            return
        await self._stop_watching()
        await self.tutor_app.run_work(
            say("Back to the start: {title}", title=self.exercise.title),
            attempt.reset,
            say("The exercise is set up anew when you go on with it."),
        )
        self._take_up(attempt)

    @work(exclusive=True, exit_on_error=False, group="verb")
    async def action_finish(self) -> None:
        """Clean up and close, after a question."""
        if await self.app.push_screen_wait(questions.clean_up()):
            await self._finish()

    async def _finish(self) -> bool:
        """Clean up; True when that is done."""
        attempt = self.attempt
        if attempt is None:
            return False
        await self._stop_watching()
        outcome = await self.tutor_app.run_work(
            say("Cleaning up: {title}", title=self.exercise.title),
            attempt.finish,
            say("The rest is cleaned up when you go on."),
        )
        if not outcome.done:
            self._take_up(attempt)
            return False
        self.tutor_app.attempt = None
        self.tutor_app.see_where()
        self.tutor_app.tell(say("“{title}” is cleaned up.", title=self.exercise.title))
        self._show_idle()
        return True

    def action_debrief(self) -> None:
        """Read why it works."""
        self._debrief(None)

    @work(exclusive=True, exit_on_error=False, group="debrief")
    async def _debrief(self, passed: Passed | None) -> None:
        app = self.tutor_app
        following = app.following(self.exercise)
        go_on = await app.push_screen_wait(DebriefScreen(self.exercise, passed, following))
        if go_on and (self.attempt is None or await self._finish()):
            if following is None:
                self.action_close()
            else:
                app.open_entry(following)

    def action_close(self) -> None:
        """Go back to the map; the exercise stays under way."""
        self.dismiss()
