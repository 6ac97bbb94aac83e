"""Lessons: step by step, commands to copy, the place kept."""

from tests.ui.fakes import FakeTutor
from tests.ui.seeing import lines, running, seen, sees, until
from tutor.ui.screens.exercise import ExerciseScreen


async def test_one_step_at_a_time(tutor: FakeTutor, size: tuple[int, int]) -> None:
    async with running(tutor, size) as pilot:
        await pilot.press("n")
        await sees(pilot, "Step 1 of 3", "A Deployment does not own Pods", "It owns ReplicaSets.")
        await sees(pilot, "web-67654b4779 3 3 3 4s")
        assert "Previous" not in seen(pilot.app)
        await pilot.press("right")
        await sees(pilot, "Step 2 of 3", "goes to the revision before", "← Previous")
        await pilot.press("left")
        await sees(pilot, "Step 1 of 3", "It owns ReplicaSets.")


async def test_numbered_commands_are_copied(tutor: FakeTutor) -> None:
    async with running(tutor) as pilot:
        await pilot.press("n")
        await sees(pilot, "1: copy", "2: copy")
        await pilot.press("2")
        await sees(pilot, "Copied: kubectl rollout history deployment/web")
        assert pilot.app.clipboard == "kubectl rollout history deployment/web"
        await pilot.press("1")
        assert pilot.app.clipboard == "kubectl get replicaset\nkubectl get pods --show-labels"
        await pilot.press("c")
        assert pilot.app.clipboard.splitlines()[-1] == "kubectl rollout history deployment/web"
        await pilot.press("9")
        assert len(pilot.app.clipboard.splitlines()) == 3


async def test_lines_of_76_cells_are_whole_in_80_columns(tutor: FakeTutor) -> None:
    lesson = tutor.course.lesson("rollouts")
    assert lesson
    wide = "x" * 75 + "Z"
    lesson.path.write_text(
        f"---\ntitle: t\nminutes: 1\n---\n\n## Wide\n\n```run\n{wide}\n```\n\n```output\n{wide}\n```\n"
    )
    async with running(tutor) as pilot:
        await pilot.press("n")
        await sees(pilot, "1: copy")
        assert sum(wide in line for line in lines(pilot.app)) == 2


async def test_the_place_is_kept(tutor: FakeTutor) -> None:
    async with running(tutor) as pilot:
        await pilot.press("n")
        await sees(pilot, "Step 1 of 3")
        await pilot.press("right")
        await until(pilot, lambda: tutor.progress.lesson("rollouts").step == 1)
        await pilot.press("escape", "n")
        await sees(pilot, "Step 2 of 3")
        assert not tutor.progress.lesson("rollouts").done


async def test_the_last_step_leads_to_the_exercise(tutor: FakeTutor) -> None:
    async with running(tutor) as pilot:
        await pilot.press("n")
        await sees(pilot, "Step 1 of 3")
        await pilot.press("right", "right")
        await sees(pilot, "Enter opens the exercise “Undo a bad rollout”.")
        await until(pilot, lambda: tutor.progress.lesson("rollouts").done)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ExerciseScreen))
        await pilot.press("escape")
        await sees(pilot, "1 of 3")


async def test_space_reads_on_to_the_end_and_then_turns_the_page(tutor: FakeTutor) -> None:
    lesson = tutor.course.lesson("rollouts")
    assert lesson
    long = "\n\n".join(f"Paragraph {number}." for number in range(30))
    lesson.path.write_text(f"---\ntitle: t\nminutes: 1\n---\n\n## Long\n\n{long}\n\n## Short\n\nThe end.\n")
    async with running(tutor) as pilot:
        await pilot.press("n")
        await sees(pilot, "Paragraph 0.")
        await pilot.press("space")
        await until(pilot, lambda: "Paragraph 0." not in seen(pilot.app))
        assert "Step 1 of 2" in seen(pilot.app)
        for _ in range(6):
            await pilot.press("space")
            await pilot.wait_for_scheduled_animations()
        await sees(pilot, "Step 2 of 2")
