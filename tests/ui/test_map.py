"""The map: what is there, what is done, what is next, and the way in."""

from tests.ui.fakes import TITLES, FakeTutor
from tests.ui.seeing import lines, running, seen, sees, until
from tutor.ui.screens.exercise import ExerciseScreen
from tutor.ui.screens.lesson import LessonScreen


async def test_eleven_topics_with_progress_and_keys(tutor: FakeTutor, size: tuple[int, int]) -> None:
    async with running(tutor, size) as pilot:
        await sees(pilot, *TITLES)
        assert "0 of 2 exercises passed" in seen(pilot.app)
        assert "▸ 5 Controllers 0 of 3" in seen(pilot.app)
        assert "n Go on Enter Open ? Help q Leave" in lines(pilot.app)[-1].replace("  ", " ")


async def test_a_topic_opens_into_lessons_and_exercises(tutor: FakeTutor, size: tuple[int, int]) -> None:
    async with running(tutor, size) as pilot:
        await pilot.press("enter")
        await sees(
            pilot, "All about controllers.", "▸ lesson 8 min Rollouts", "easy 8 min Undo a bad rollout", "Esc Topics"
        )
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ExerciseScreen))
        await pilot.press("escape", "escape")
        await sees(pilot, "Topics", "Enter Open")
        assert "Esc Topics" not in seen(pilot.app)


async def test_a_topic_without_lessons_says_so(tutor: FakeTutor) -> None:
    async with running(tutor) as pilot:
        await pilot.press("home", "enter")
        await sees(pilot, "This topic has no lessons yet.")


async def test_what_was_done_is_marked_and_the_next_thing_moves_on(tutor: FakeTutor) -> None:
    tutor.progress.mark_step("rollouts", 2, True)
    async with running(tutor) as pilot:
        await sees(pilot, "Next: the exercise “Undo a bad rollout”", "5 Controllers 1 of 3")
        await pilot.press("enter")
        await sees(pilot, "✓ lesson", "▸ easy")


async def test_n_opens_what_comes_next(tutor: FakeTutor) -> None:
    async with running(tutor) as pilot:
        await pilot.press("n")
        await until(pilot, lambda: isinstance(pilot.app.screen, LessonScreen))
        await sees(pilot, "Step 1 of 3")


async def test_help_names_the_keys_and_the_signs(tutor: FakeTutor) -> None:
    async with running(tutor) as pilot:
        await pilot.press("question_mark")
        await sees(pilot, "▸ is what comes next, … is begun, ✓ is done, – cannot run here.", "n Go on", "q Leave")


async def test_an_exercise_under_way_is_offered_at_the_start(tutor: FakeTutor) -> None:
    with_one = FakeTutor(tutor.progress.path.parent / "again", current="rollback")
    async with running(with_one) as pilot:
        await sees(pilot, "“Undo a bad rollout” is under way. Go on with it?")
        await pilot.press("enter")
        await sees(pilot, "1 of 4 points")
        assert with_one.calls == ["start rollback"]


async def test_a_broken_progress_file_is_told_once(tutor: FakeTutor) -> None:
    tutor.progress.notice = "Your progress could not be read."
    async with running(tutor) as pilot:
        await sees(pilot, "Your progress could not be read.")
