"""On the practice cluster every screen says that it is simulated, and no exercise begins that it cannot run."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.ui.fakes import FakeTutor
from tests.ui.seeing import begun, lines, running, seen, sees, until
from tutor.errors import TutorError
from tutor.ui.screens.debrief import DebriefScreen

WORDS = "practice cluster: simulated, no containers run"
REFUSED = TutorError("Scale it up cannot be done here.", "It needs real containers.", "Install Docker and kind.")
SIZES = [(60, 18), (80, 24), (120, 40)]


@pytest.fixture
def practice(tutor: FakeTutor) -> FakeTutor:
    tutor.simulated = True
    tutor.refused = {"scale": REFUSED}
    return tutor


async def lesson(pilot: Pilot[Any]) -> None:
    await pilot.press("n")
    await sees(pilot, "Step 1 of 3", "Rollouts and how")


async def exercise(pilot: Pilot[Any]) -> None:
    await begun(pilot)


async def debrief(pilot: Pilot[Any]) -> None:
    await begun(pilot)
    pilot.app.tutor.attempt.passes()  # type: ignore[attr-defined]
    await until(pilot, lambda: isinstance(pilot.app.screen, DebriefScreen))
    await sees(pilot, "Undo a bad rollout", "passed")


async def question(pilot: Pilot[Any]) -> None:
    await begun(pilot)
    await pilot.press("r")
    await sees(pilot, "Begin again?")


async def hints(pilot: Pilot[Any]) -> None:
    await begun(pilot)
    await pilot.press("h")
    await sees(pilot, "Hint 1 of 3")


async def help_panel(pilot: Pilot[Any]) -> None:
    await pilot.press("question_mark")
    await sees(pilot, "q Leave")


async def error(pilot: Pilot[Any]) -> None:
    pilot.app.show_error(TutorError("It broke. " * 20, "Why. " * 200, "What to do. " * 100))  # type: ignore[attr-defined]
    await sees(pilot, "It broke.")


async def start_map(pilot: Pilot[Any]) -> None:
    await sees(pilot, "kubetutor: Kubernetes", "0 of 2 exercises passed")


SCREENS = [start_map, lesson, exercise, debrief, question, hints, help_panel, error]


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("go", SCREENS)
async def test_every_screen_says_that_it_is_simulated(
    practice: FakeTutor, go: Callable[[Pilot[Any]], Awaitable[None]], size: tuple[int, int]
) -> None:
    async with running(practice, size) as pilot:
        await go(pilot)
        await until(pilot, lambda: any(WORDS in line for line in lines(pilot.app)[:2]), "for the words")


async def test_the_title_and_the_state_are_not_hidden(practice: FakeTutor) -> None:
    async with running(practice, (60, 18)) as pilot:
        await begun(pilot)
        await sees(pilot, WORDS)
        assert lines(pilot.app)[0].split() == ["Undo", "a", "bad", "rollout", "1", "of", "4", "points"]


@pytest.mark.parametrize("go", [start_map, exercise, question])
async def test_nothing_is_said_on_a_real_cluster(tutor: FakeTutor, go: Callable[[Pilot[Any]], Awaitable[None]]) -> None:
    async with running(tutor) as pilot:
        await go(pilot)
        assert WORDS not in seen(pilot.app)


async def test_an_exercise_that_cannot_run_says_so_before_it_begins(practice: FakeTutor, size: tuple[int, int]) -> None:
    async with running(practice, size) as pilot:
        pilot.app.open_entry(practice.course.exercise("scale"))  # type: ignore[attr-defined]
        await sees(pilot, "Scale it up cannot be done here. It needs real containers. Install Docker and kind.")
        assert "Begin" not in seen(pilot.app)
        await pilot.press("enter")
        assert practice.calls == []


async def test_the_map_marks_what_cannot_run_and_passes_over_it(practice: FakeTutor) -> None:
    practice.progress.mark_step("rollouts", 2, True)
    async with running(practice) as pilot:
        await pilot.press("enter")
        await sees(pilot, "▸ easy 8 min Undo a bad rollout", "– easy 8 min Scale it up")
        await begun(pilot)
        practice.attempt.passes()  # type: ignore[union-attr]
        await sees(pilot, "You have done everything that can run here. Exercises marked – need Docker and kind.")


async def test_the_words_go_when_the_exercises_move_to_a_real_cluster(practice: FakeTutor) -> None:
    async with running(practice) as pilot:
        await sees(pilot, WORDS)
        practice.simulated = False
        practice.refused = {}
        await begun(pilot)
        await until(pilot, lambda: WORDS not in seen(pilot.app))
