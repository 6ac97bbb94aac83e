"""The app: one tutor, a map, and the screens that it opens."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from rich.text import Text
from textual import work
from textual.app import App
from textual.binding import BindingType
from textual.worker import Worker, WorkerState

from checkers.words import say, say_n
from tutor.cancel import Cancel
from tutor.course.model import Exercise
from tutor.errors import TutorError
from tutor.paths import data_dir
from tutor.session.events import Listener
from tutor.ui.base import Framed
from tutor.ui.keys import key
from tutor.ui.modals import questions
from tutor.ui.modals.error import ErrorPanel, Trouble
from tutor.ui.modals.help import Help
from tutor.ui.route import Entry, Standing, next_entry, place, standing, way
from tutor.ui.screens.cluster import Outcome, WorkPanel
from tutor.ui.screens.exercise import ExerciseScreen
from tutor.ui.screens.lesson import LessonScreen
from tutor.ui.screens.map import MapScreen
from tutor.ui.shell import open_shell

if TYPE_CHECKING:
    from tutor.session.attempt import Attempt
    from tutor.session.tutor import Tutor

T = TypeVar("T")


class TutorApp(App[None]):
    """The course in a terminal. `tutor` is opened and closed by the caller."""

    TITLE = "kubetutor"
    CSS_PATH = ["tcss/global.tcss", "tcss/pages.tcss", "tcss/dialogs.tcss"]  # noqa: RUF012 - Textual declares it
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        key("app.leave", "q", "app.leave", "Leave"),
        key("app.interrupt", "ctrl+q,ctrl+c", "app.leave", show=False),
    ]

    def __init__(self, tutor: Tutor) -> None:
        super().__init__()
        self.tutor = tutor
        self.attempt: Attempt | None = None
        """The exercise under way, once the cluster was asked for it."""
        self.work_panel: WorkPanel | None = None
        """Slow work on the cluster that runs now."""
        self.in_shell = False
        """Whether the learner's shell has the terminal."""
        self.refusals: dict[str, TutorError] = {}
        """The exercises that cannot run here, by id, and what to say of each."""
        self._standing: dict[tuple[str, str], str] = {}

    def on_mount(self) -> None:
        """Show the map; offer to go on with what is under way."""
        self._heed_signals()
        self.push_screen(MapScreen(self.tutor.course))
        self.see_where()
        self._welcome()

    @work(exit_on_error=False, group="welcome")
    async def _welcome(self) -> None:
        if notice := self.tutor.progress.notice:
            self.tell(notice, severity="warning")
        if unreadable := len({problem.file for problem in self.tutor.course.problems}):
            self.tell(
                say_n(
                    "{n} file of the course could not be read and is left out. See: kubetutor lint",
                    "{n} files of the course could not be read and are left out. See: kubetutor lint",
                    unreadable,
                ),
                severity="warning",
            )
        under_way = self.tutor.course.exercise(self.tutor.current() or "")
        if under_way is not None and await self.push_screen_wait(questions.go_on(under_way)):
            self.open_entry(under_way)

    @work(exclusive=True, exit_on_error=False, group="where")
    async def see_where(self) -> None:
        """Say on every screen when the cluster is simulated, and what cannot run on it. May take seconds."""
        self.set_class(await asyncio.to_thread(lambda: self.tutor.simulated), "-practice")
        refusals = await asyncio.to_thread(self.tutor.refusals)
        if refusals.keys() != self.refusals.keys():
            self.refusals = refusals
            for screen in self.screen_stack:
                if isinstance(screen, MapScreen | ExerciseScreen):
                    screen.refresh_refusals()

    def following(self, after: Entry | None = None) -> Entry | None:
        """Return what is not done yet and can be done here, after the entry `after` or first of all."""
        return next_entry(self.tutor.course, self.standing(), after, self.refusals)

    # Getting about

    def open_entry(self, entry: Entry, *, replace: bool = False) -> None:
        """Open a lesson over what is there (or in its place), an exercise over the map."""
        if isinstance(entry, Exercise):
            while not isinstance(self.screen, MapScreen):
                if isinstance(self.screen, ExerciseScreen) and self.screen.exercise.id == entry.id:
                    return
                self.pop_screen()
            self.push_screen(ExerciseScreen(entry))
        elif replace:
            self.switch_screen(LessonScreen(entry))
        else:
            self.push_screen(LessonScreen(entry))

    def standing(self) -> Standing:
        """Return how far the learner is; when the progress cannot be read, say so and return what was known."""
        try:
            self._standing = standing(self.tutor.course, self.tutor.progress)
        except TutorError as error:
            self.show_error(error)
            self._standing = self._standing or {place(entry): "new" for entry in way(self.tutor.course)}
        return self._standing

    def has_ended(self, exercise: Exercise) -> bool:
        """Return whether `exercise` is not under way any more, as far as the progress can be read."""
        try:
            return self.tutor.current() != exercise.id
        except TutorError:
            return False

    async def clear_the_way(self, wanted: Exercise) -> bool:
        """Return whether `wanted` can begin: another exercise under way is cleaned up if the learner agrees."""
        other = self.tutor.course.exercise(self.tutor.current() or "")
        if other is None or other.id == wanted.id:
            return True
        if not await self.push_screen_wait(questions.make_way(other)):
            return False

        def finish(listen: Listener, cancel: Cancel) -> None:
            attempt = self.attempt or self.tutor.resume(listen, cancel)
            attempt.finish(listen, cancel)

        outcome = await self.run_work(
            say("Cleaning up: {title}", title=other.title), finish, say("The rest is cleaned up when you go on.")
        )
        if outcome.done:
            self.attempt = None
        return outcome.done

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """A shell needs an exercise under way."""
        return action != "shell" or self.attempt is not None

    @work(exclusive=True, exit_on_error=False, group="shell")
    async def action_shell(self) -> None:
        """Hand the terminal to a shell of the exercise under way."""
        if self.attempt is not None and not self.in_shell:
            await open_shell(self, self.attempt)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show what went wrong in the app's own workers."""
        if event.state is WorkerState.ERROR:
            self.show_error(event.worker.error)

    # Slow work

    async def run_work(
        self, title: str, job: Callable[[Listener, Cancel], T], if_stopped: str, *, diagnose: bool = False
    ) -> Outcome[T]:
        """Run `job` behind a panel of its stages; errors are shown, with the doctor's findings if `diagnose`.

        `if_stopped` tells the learner what becomes of the work when it is stopped half-way.
        """
        outcome: Outcome[T] = (
            await self.push_screen_wait(WorkPanel(title, job, if_stopped, _examine if diagnose else None)) or Outcome()
        )
        if outcome.error is not None:
            self.show_error(outcome.error, outcome.troubles)
        return outcome

    # Saying things

    def tell(self, sentence: str, *, severity: Any = "information") -> None:
        """Say one sentence in the corner."""
        self.notify(sentence, severity=severity, markup=False, timeout=5 if severity == "information" else 20)

    def copy(self, text: str) -> None:
        """Put `text` on the clipboard, through the terminal."""
        self.copy_to_clipboard(text)
        first, _, rest = text.strip().partition("\n")
        self.tell(say("Copied: {text}", text=f"{first} …" if rest else first))

    def show_error(self, error: BaseException | None, troubles: Sequence[Trouble] = ()) -> None:
        """Show what went wrong; what nobody foresaw is put in words, never as a traceback."""
        if not isinstance(error, TutorError):
            error = TutorError(
                say("kubetutor stumbled over a mistake of its own."),
                f"{type(error).__name__}: {error}",
                say("Your progress is saved. Try again; if it happens again, please report it with these words."),
            )
        self.push_screen(ErrorPanel(error, troubles))

    def action_help(self) -> None:
        """Say what the screen is for and which keys work on it."""
        screen = self.screen
        if isinstance(screen, Framed) and not isinstance(screen, Help):
            self.push_screen(Help(screen.about(), screen.active_bindings))

    # Leaving

    @work(exclusive=True, exit_on_error=False, group="leave")
    async def action_leave(self) -> None:
        """Leave; asks first while the cluster is worked on or an exercise is under way."""
        if (panel := self.work_panel) is not None:
            if await self.push_screen_wait(questions.stop(panel.if_stopped, leave=True)):
                panel.stop()
                await panel.over.wait()
                self._say_goodbye()
        elif self.attempt is None or await self.push_screen_wait(questions.leave(self.attempt.exercise)):
            self._say_goodbye()

    def run(self, *args: Any, **options: Any) -> None:
        """Run until the learner leaves. Raises what nobody foresaw, once the terminal is as it was before."""
        super().run(*args, **options)
        if self._exception is not None:
            raise self._exception

    def _fatal_error(self) -> None:
        """Textual's own would print a traceback with the values of variables; `run` raises for the caller instead."""
        self._close_messages_no_wait()

    def _say_goodbye(self) -> None:
        self.exit(message=Text(say("Your progress is saved. Until next time!")))

    def _heed_signals(self) -> None:
        """End in order when the terminal closes or somebody ends the process."""
        loop = asyncio.get_running_loop()
        with suppress(RuntimeError, ValueError, NotImplementedError):  # not in the main thread, or on Windows
            for name in (signal.SIGTERM, signal.SIGHUP):
                loop.add_signal_handler(name, self._end)
            loop.add_signal_handler(signal.SIGINT, lambda: None)  # the shell's, or a stray one; Ctrl-C is a key here

    @work(exclusive=True, exit_on_error=False, group="leave")
    async def _end(self) -> None:
        """Stop slow work, wait until it is cleaned up, and leave."""
        if (panel := self.work_panel) is not None:
            panel.stop()
            await panel.over.wait()
        self.exit(return_code=1)


def _examine() -> Sequence[Trouble]:
    """Return what `kubetutor doctor` finds wrong on this machine."""
    from tutor.clusters.doctor import examine

    return [finding for finding in examine(data_dir()) if finding.state != "ok"]
