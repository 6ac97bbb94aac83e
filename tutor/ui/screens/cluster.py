"""Slow work on the cluster: its stages, what is slow, and a way to stop it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Label, Static

from checkers.words import say
from tutor.cancel import Cancel
from tutor.clusters.base import Stage
from tutor.errors import Cancelled, TutorError
from tutor.session.events import Event, Listener, Staged
from tutor.ui.base import Dialog
from tutor.ui.keys import key
from tutor.ui.modals import questions
from tutor.ui.modals.error import Trouble
from tutor.ui.signs import STAGE
from tutor.ui.widgets.reading import Scroll

T = TypeVar("T")
Work = Callable[[Listener, Cancel], T]


@dataclass(frozen=True)
class Outcome(Generic[T]):
    """How slow work ended: with a value, with an error, or with neither when it was stopped."""

    value: T | None = None
    error: BaseException | None = None
    troubles: Sequence[Trouble] = ()
    done: bool = False


class WorkPanel(Dialog[Outcome[Any]]):
    """Runs `job` in a thread and shows its stages; ends with its Outcome.

    `if_stopped` tells what becomes of the work when the learner stops it. `examine`, where given,
    looks for the cause on the machine when the job fails.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        key("work.stop", "escape,ctrl+c", "stop", "Stop"),
        key("work.leave", "q", "app.leave", "Leave"),
    ]

    @dataclass
    class Moved(Message):
        """A stage moved on."""

        stage: Stage

    @dataclass
    class Ended(Message):
        """The work is over."""

        outcome: Outcome[Any]

    def __init__(
        self, title: str, job: Work[Any], if_stopped: str, examine: Callable[[], Sequence[Trouble]] | None = None
    ) -> None:
        super().__init__()
        self.if_stopped = if_stopped
        self._title = title
        self._job = job
        self._examine = examine
        self._cancel = Cancel()
        self._stages: dict[str, tuple[Stage, float]] = {}
        """Each stage as it was last reported, and when on the monotonic clock."""
        self._outcome: Outcome[Any] | None = None
        self._closed = False
        self.over = asyncio.Event()

    def compose(self) -> ComposeResult:
        """A title, the stages, a word about stopping."""
        with Vertical(classes="panel work"):
            yield Label(self._title, classes="panel-title", markup=False)
            with Scroll():
                yield Static(say("Looking…"), id="stages", markup=False)
            yield Label(say("Esc: stop   q: stop and leave"), id="stopping", classes="panel-keys")

    def on_mount(self) -> None:
        """Begin."""
        self.tutor_app.work_panel = self
        self._run_job()
        self.set_interval(0.5, self._draw)

    @work(thread=True, exclusive=True, exit_on_error=False, group="cluster")
    def _run_job(self) -> None:
        def listen(event: Event) -> None:
            if isinstance(event, Staged):
                self.post_message(self.Moved(event.stage))

        try:
            outcome = Outcome[Any](value=self._job(listen, self._cancel), done=True)
        except Cancelled:
            outcome = Outcome()
        except TutorError as error:
            outcome = Outcome(error=error, troubles=self._troubles())
        except Exception as error:  # noqa: BLE001 - shown to the learner by whoever asked for the work
            outcome = Outcome(error=error)
        self.post_message(self.Ended(outcome))

    def _troubles(self) -> Sequence[Trouble]:
        if not self._examine or self._cancel.asked:
            return ()
        try:
            return self._examine()
        except Exception:  # noqa: BLE001 - a second fault must not hide the first
            return ()

    @on(Moved)
    def _note(self, event: Moved) -> None:
        self._stages[event.stage.title] = (event.stage, time.monotonic())
        self._draw()

    @on(Ended)
    def _end(self, event: Ended) -> None:
        self._outcome = event.outcome
        self.tutor_app.work_panel = None
        self.over.set()
        self.on_screen_resume()

    def on_screen_resume(self) -> None:
        """Close, when the work ended while a question stood above."""
        if self._outcome is not None and self.is_active and not self._closed:
            self._closed = True
            self.dismiss(self._outcome)

    @work(exclusive=True, exit_on_error=False, group="question")
    async def action_stop(self) -> None:
        """Ask, then stop the work; the panel closes when everything is cleaned up."""
        if self._cancel.asked:
            return
        if await self.app.push_screen_wait(questions.stop(self.if_stopped)):
            self.stop()

    def stop(self) -> None:
        """Ask the work to stop; `over` is set when it has."""
        self._cancel.set()
        if self.is_attached:
            self.query_one("#stopping", Label).update(say("Stopping and cleaning up…"))

    def on_unmount(self) -> None:
        """Stop, whatever closes the app."""
        self._cancel.set()

    def _draw(self) -> None:
        if self._stages:
            self.query_one("#stages", Static).update(
                Content("\n").join(_line(stage, time.monotonic() - since) for stage, since in self._stages.values())
            )


def _line(stage: Stage, since: float) -> Content:
    """Return one stage: sign, title, time, and what is slow in it just now."""
    sign = STAGE[stage.state]
    running = stage.state == "running"
    line = Content.assemble(Content.styled(sign.mark, sign.colour), " ", stage.title)
    if time_taken := _times(stage, stage.elapsed + (since if running else 0)):
        line += Content.styled(f"  {time_taken}", "$text-muted")
    if running and stage.detail:
        line += Content.styled(f"\n    {stage.detail}", "$text-muted")
    return line


def _times(stage: Stage, elapsed: float) -> str:
    if stage.state == "failed":
        return say("failed after {elapsed:.0f} s", elapsed=elapsed)
    if stage.state == "running" and stage.usual is not None:
        return say("{elapsed:.0f} s (last time {usual:.0f} s)", elapsed=elapsed, usual=stage.usual)
    return say("{elapsed:.0f} s", elapsed=elapsed) if elapsed >= 1 else ""
