"""What can go wrong, each in words with a way out; and leaving while something is under way."""

import re
import threading
from collections.abc import Callable

import pytest

from tests.ui.fakes import FakeTutor
from tests.ui.seeing import begun, opened, running, seen, sees, until
from tutor.cancel import Cancel
from tutor.clusters.base import Stage
from tutor.clusters.doctor import Finding
from tutor.errors import Cancelled, TutorError
from tutor.session.events import Listener, Staged
from tutor.ui.screens.exercise import ExerciseScreen


class Making:
    """A cluster that is being made until it is stopped; cleaning up takes until `let_go`."""

    def __init__(self) -> None:
        self.cleaned = False
        self.let_go = threading.Event()

    def __call__(self, listen: Listener, cancel: Cancel) -> None:
        listen(Staged(Stage(title="Prepare nodes", number=1, total=2, state="done", elapsed=4.0)))
        listen(Staged(Stage(title="Start it", number=2, total=2, detail="etcd", elapsed=3.0, usual=20.0)))
        try:
            cancel.wait(60)
        except Cancelled:
            assert self.let_go.wait(20)
            self.cleaned = True
            raise


def fails_with(error: Exception) -> Callable[[Listener, Cancel], None]:
    def setting_up(listen: Listener, cancel: Cancel) -> None:
        raise error

    return setting_up


async def test_making_a_cluster_shows_its_stages_and_what_is_slow(tutor: FakeTutor, size: tuple[int, int]) -> None:
    making = tutor.setting_up = Making()
    async with running(tutor, size) as pilot:
        await opened(pilot)
        await pilot.press("enter")
        await sees(pilot, "Setting up: Undo a bad rollout", "✓ Prepare nodes 4 s", "s (last time 20 s)", "etcd")
        await until(pilot, lambda: not re.search("▸ Start it 3 s", seen(pilot.app)), "for the seconds to run")
        making.let_go.set()


async def test_stopping_asks_then_cleans_up(tutor: FakeTutor) -> None:
    making = tutor.setting_up = Making()
    async with running(tutor) as pilot:
        await opened(pilot)
        await pilot.press("enter")
        await sees(pilot, "Start it")
        await pilot.press("escape")
        await sees(pilot, "Stop?", "What was made so far is removed.")
        await pilot.press("n")
        await sees(pilot, "Start it", "Esc: stop")
        await pilot.press("ctrl+c")
        await sees(pilot, "Stop?")
        await pilot.press("y")
        await sees(pilot, "Stopping and cleaning up…")
        making.let_go.set()
        await sees(pilot, "Enter Begin")
        assert making.cleaned
        assert tutor.current() is None


async def test_leaving_while_a_cluster_is_made_waits_for_the_cleaning_up(tutor: FakeTutor) -> None:
    making = tutor.setting_up = Making()
    async with running(tutor) as pilot:
        await opened(pilot)
        await pilot.press("enter")
        await sees(pilot, "Start it")
        await pilot.press("q")
        await sees(pilot, "Stop and leave?")
        await pilot.press("y")
        await sees(pilot, "Stopping and cleaning up…")
        assert pilot.app.return_code is None
        making.let_go.set()
        await until(pilot, lambda: pilot.app.return_code == 0)
        assert making.cleaned


async def test_work_that_ends_under_a_question_still_ends(tutor: FakeTutor) -> None:
    done = threading.Event()
    tutor.setting_up = lambda listen, cancel: done.wait(20) and None
    async with running(tutor) as pilot:
        await opened(pilot)
        await pilot.press("enter")
        await sees(pilot, "Setting up")
        await pilot.press("escape")
        await sees(pilot, "Stop?")
        done.set()
        await until(pilot, lambda: pilot.app.work_panel is None)
        await pilot.press("n")
        await sees(pilot, "1 of 4 points")


async def test_an_error_says_what_why_and_what_to_do_with_the_doctors_findings(
    tutor: FakeTutor, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    found = [
        Finding("docker", "fail", "Docker is not running.", "sudo systemctl start docker"),
        Finding("kubectl", "ok", "kubectl v1.36.4"),
    ]
    monkeypatch.setattr("tutor.clusters.doctor.examine", lambda home: found)
    tutor.setting_up = fails_with(
        TutorError("The cluster could not be made.", "Docker does not answer.", "Start Docker.")
    )
    async with running(tutor, size) as pilot:
        await opened(pilot)
        await pilot.press("enter")
        await sees(pilot, "The cluster could not be made.", "Docker does not answer.", "What to do Start Docker.")
        await sees(pilot, "Docker is not running.", "sudo systemctl start docker")
        assert "kubectl v1.36.4" not in seen(pilot.app)
        await pilot.press("c")
        assert pilot.app.clipboard == "sudo systemctl start docker"
        await pilot.press("enter")
        await sees(pilot, "Enter Begin")


async def test_what_nobody_foresaw_is_put_in_words(tutor: FakeTutor) -> None:
    tutor.setting_up = fails_with(ZeroDivisionError("division by zero [bold]"))
    async with running(tutor) as pilot:
        await opened(pilot)
        await pilot.press("enter")
        await sees(pilot, "a mistake of its own", "ZeroDivisionError: division by zero [bold]")
        assert "Traceback" not in seen(pilot.app)
        await pilot.press("escape")
        await sees(pilot, "Enter Begin")


async def test_an_error_while_watching_is_shown_over_what_was_seen(tutor: FakeTutor) -> None:
    async with running(tutor) as pilot:
        await begun(pilot)
        assert tutor.attempt

        def lost(listen: Listener, cancel: Cancel) -> None:
            raise TutorError("Your progress could not be saved.", "The disk is full.", "Make room.")

        tutor.attempt.watch = lost  # type: ignore[method-assign]
        await pilot.press("escape")
        pilot.app.open_entry(tutor.course.exercise("rollback"))
        await sees(pilot, "Your progress could not be saved.", "The disk is full.", "Make room.")


async def test_progress_that_cannot_be_read_is_said_and_the_map_stays(tutor: FakeTutor, monkeypatch) -> None:
    async with running(tutor) as pilot:
        await sees(pilot, "0 of 3")

        def unreadable(id: str) -> None:
            raise TutorError("Your progress could not be read.", "Permission denied.", "Make it readable.")

        monkeypatch.setattr(tutor.progress, "lesson", unreadable)
        await pilot.press("n")
        await sees(pilot, "Your progress could not be read.", "Make it readable.")
        await pilot.press("escape")
        monkeypatch.undo()
        await sees(pilot, "Step 1 of 3")


async def test_leaving_is_at_once_when_nothing_is_under_way(tutor: FakeTutor) -> None:
    async with running(tutor) as pilot:
        await pilot.press("q")
        await until(pilot, lambda: pilot.app.return_code == 0)


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
async def test_leaving_an_exercise_under_way_asks_and_keeps_it(tutor: FakeTutor, key: str) -> None:
    async with running(tutor) as pilot:
        await begun(pilot)
        await pilot.press(key)
        await sees(pilot, "Leave kubetutor?", "“Undo a bad rollout” stays in the cluster as it is")
        await pilot.press("ctrl+c")
        await until(pilot, lambda: isinstance(pilot.app.screen, ExerciseScreen))
        await pilot.press(key)
        await sees(pilot, "Leave kubetutor?")
        await pilot.press("y")
        await until(pilot, lambda: pilot.app.return_code == 0)
        assert tutor.current() == "rollback"


@pytest.mark.parametrize("small", [(40, 10), (59, 30), (100, 17), (10, 3), (1, 1)])
async def test_a_window_too_small_says_so_and_recovers(tutor: FakeTutor, small: tuple[int, int]) -> None:
    async with running(tutor) as pilot:
        await begun(pilot)
        await pilot.press("down")
        await pilot.resize_terminal(*small)
        if small[0] >= 40:
            await sees(pilot, "This window is too small. It needs 60×18.")
        await pilot.press("h")
        await until(pilot, lambda: tutor.calls[-1] == "hint 1")
        await pilot.resize_terminal(80, 24)
        await sees(pilot, "Hint 1 of 3")
        await pilot.press("escape")
        await sees(pilot, "This is looked at when")
        assert pilot.app.focused is not None


async def test_the_smallest_window_shows_every_key(tutor: FakeTutor) -> None:
    async with running(tutor, (60, 18)) as pilot:
        await begun(pilot)
        await sees(pilot, "s Shell", "r Reset", "f Finish", "q Leave", "✗ fails", "Task")
