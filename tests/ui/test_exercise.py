"""An exercise from its beginning to its debrief, as the learner sees it."""

import re

from tests.ui.fakes import ALL_PASS, AT_START, WAITING, FakeTutor, checked
from tests.ui.seeing import begun, opened, running, seen, sees, until
from tutor.session.events import Found, Lost, Running
from tutor.ui.screens.lesson import LessonScreen
from tutor.ui.screens.map import MapScreen


async def test_before_the_start_there_is_the_task_and_what_will_be_checked(tutor: FakeTutor) -> None:
    async with running(tutor) as pilot:
        await opened(pilot)
        await sees(pilot, "easy · about 8 min · namespace bakery", "Bring web back to last week's release")
        await sees(pilot, *(result.title for result in AT_START), "Enter begins the exercise")
        for absent in ("s Shell", "h Hint", "a Answer", "r Reset", "f Finish", "d Debrief"):
            assert absent not in seen(pilot.app)


async def test_checks_by_sign_word_and_title_with_the_details_of_one(tutor: FakeTutor, size: tuple[int, int]) -> None:
    async with running(tutor, size) as pilot:
        await begun(pilot)
        await sees(pilot, "✗ fails", "· later", "✓ passes", "1 of 4 points")
        await sees(
            pilot,
            "Deployment web asks for the image nginx:1.92.",
            "Asked: The image nginx:1.29 in the container nginx.",
            "Near: nginx:1.92 is one digit away from nginx:1.29.",
            'Seen: Event: Failed to pull image "nginx:1.92": not found [14 times]',
            "Look: kubectl rollout history deployment/web",
        )
        await pilot.press("down")
        await sees(pilot, "This is looked at when “The Deployment asks for the release that worked” passes.")
        await pilot.press("up", "c")
        await until(pilot, lambda: pilot.app.clipboard == "kubectl rollout history deployment/web")


async def test_verdicts_follow_the_cluster(tutor: FakeTutor) -> None:
    async with running(tutor) as pilot:
        await begun(pilot)
        assert tutor.attempt
        tutor.attempt.tell(Running())
        await sees(pilot, "looking…")
        tutor.attempt.tell(checked(WAITING))
        await sees(pilot, "… wait ", "2 of 3 Pods are ready.", "2 of 4 points")
        await until(pilot, lambda: seconds_left(pilot) < 42, "for the seconds to run down")


def seconds_left(pilot) -> int:
    found = re.search(r"wait (\d+) s", seen(pilot.app))
    assert found
    return int(found[1])


async def test_the_cursor_stays_where_the_learner_put_it(tutor: FakeTutor) -> None:
    async with running(tutor) as pilot:
        await begun(pilot)
        assert tutor.attempt
        await pilot.press("down", "down")
        await sees(pilot, "This is as it should be.")
        tutor.attempt.tell(checked(WAITING))
        await sees(pilot, "2 of 4 points")
        assert "This is as it should be." in seen(pilot.app)


async def test_passing_shows_the_debrief_and_leads_on(tutor: FakeTutor, size: tuple[int, int]) -> None:
    tutor.progress.mark_step("rollouts", 2, True)
    async with running(tutor, size) as pilot:
        await begun(pilot)
        assert tutor.attempt
        tutor.attempt.passes()
        await sees(
            pilot, "✓ Passed in 4 minutes.", "What happened. The new template", "Next: the exercise “Scale it up”"
        )
        await pilot.press("enter")
        await sees(pilot, "Scale it up", "Enter Begin")
        assert tutor.calls == ["start rollback", "finish rollback"]
        await pilot.press("escape")
        await sees(pilot, "1 of 2 exercises passed")


async def test_the_learner_may_stay_after_passing(tutor: FakeTutor) -> None:
    async with running(tutor) as pilot:
        await begun(pilot)
        assert tutor.attempt
        tutor.attempt.passes()
        await sees(pilot, "Esc Stay here")
        await pilot.press("escape")
        await sees(pilot, "4 of 4 points", "d Debrief")
        await pilot.press("d")
        await sees(pilot, "What happened.")
        assert tutor.current() == "rollback"


async def test_hints_come_one_at_a_time(tutor: FakeTutor) -> None:
    async with running(tutor) as pilot:
        await begun(pilot)
        await pilot.press("h")
        await sees(pilot, "Hint 1 of 3", "Which Pods are not ready?", "Enter: next hint")
        assert "The old templates" not in seen(pilot.app)
        await pilot.press("enter")
        await sees(pilot, "Hint 2 of 3", "The old templates are still there.", "Which Pods are not ready?")
        await pilot.press("escape")
        await sees(pilot, "1 of 4 points")
        await pilot.press("h")  # what was shown is read again, and nothing more is noted
        await sees(pilot, "Hint 2 of 3")
        assert tutor.calls[1:] == ["hint 1", "hint 2"]
        await pilot.press("enter")
        await sees(pilot, "Hint 3 of 3")
        assert "next hint" not in seen(pilot.app)


async def test_the_answer_is_shown_after_a_question(tutor: FakeTutor) -> None:
    async with running(tutor) as pilot:
        await begun(pilot)
        await pilot.press("a")
        await sees(pilot, "Show an answer?", "There are 3 hints left.")
        await pilot.press("enter")  # the harmless answer has the focus
        await sees(pilot, "1 of 4 points")
        assert "solution" not in tutor.calls
        await pilot.press("a")
        await sees(pilot, "Show an answer?")
        await pilot.press("y")
        await sees(pilot, "One right answer", "kubectl rollout undo deployment/web")
        await pilot.press("c")
        assert pilot.app.clipboard == "kubectl rollout undo deployment/web"


async def test_reset_asks_and_watches_again(tutor: FakeTutor) -> None:
    async with running(tutor) as pilot:
        await begun(pilot)
        assert tutor.attempt
        tutor.attempt.tell(checked(WAITING))
        await sees(pilot, "2 of 4 points")
        await pilot.press("r")
        await sees(pilot, "Begin again?", "(bakery)")
        await pilot.press("n")
        await sees(pilot, "2 of 4 points")
        await pilot.press("r")
        await sees(pilot, "Begin again?")
        await pilot.press("y")
        await sees(pilot, "1 of 4 points")
        assert tutor.calls == ["start rollback", "reset"]


async def test_finish_asks_and_frees_the_way(tutor: FakeTutor) -> None:
    async with running(tutor) as pilot:
        await begun(pilot)
        await pilot.press("f")
        await sees(pilot, "Clean up?")
        await pilot.press("y")
        await sees(pilot, "Enter Begin", "“Undo a bad rollout” is cleaned up.")
        assert tutor.current() is None


async def test_escape_leaves_it_under_way_and_enter_takes_it_up(tutor: FakeTutor) -> None:
    async with running(tutor) as pilot:
        await begun(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, MapScreen))
        assert tutor.current() == "rollback"
        await opened_again(pilot)
        assert tutor.calls == ["start rollback"]


async def opened_again(pilot) -> None:
    pilot.app.open_entry(pilot.app.tutor.course.exercise("rollback"))
    await sees(pilot, "1 of 4 points")


async def test_another_exercise_under_way_is_cleaned_up_only_after_a_question(tutor: FakeTutor) -> None:
    async with running(tutor) as pilot:
        await begun(pilot)
        await opened(pilot, "scale")
        await pilot.press("enter")
        await sees(pilot, "Another exercise is under way", "“Undo a bad rollout” must be cleaned up first.")
        await pilot.press("n")
        await sees(pilot, "Scale it up", "Enter Begin")
        assert tutor.current() == "rollback"
        await pilot.press("enter")
        await sees(pilot, "Another exercise is under way")
        await pilot.press("y")
        await sees(pilot, "Scale it up", "1 of 4 points")
        assert tutor.calls == ["start rollback", "finish rollback", "start scale"]


async def test_the_lesson_is_read_while_the_exercise_goes_on(tutor: FakeTutor) -> None:
    async with running(tutor) as pilot:
        await begun(pilot)
        assert tutor.attempt
        await pilot.press("l")
        await until(pilot, lambda: isinstance(pilot.app.screen, LessonScreen))
        await sees(pilot, "s Shell")
        tutor.attempt.tell(checked(WAITING))
        await pilot.press("escape")
        await sees(pilot, "2 of 4 points")


async def test_passing_while_a_dialog_is_open_waits_behind_it(tutor: FakeTutor) -> None:
    async with running(tutor) as pilot:
        await begun(pilot)
        assert tutor.attempt
        await pilot.press("h")
        await sees(pilot, "Hint 1 of 3")
        tutor.attempt.tell(checked(ALL_PASS))
        await pilot.press("escape")
        await sees(pilot, "4 of 4 points")


async def test_what_is_lost_is_said_with_the_way_out_and_unsaid_when_found(tutor: FakeTutor) -> None:
    async with running(tutor) as pilot:
        await begun(pilot)
        assert tutor.attempt
        tutor.attempt.tell(Lost("namespace", "The namespace bakery was deleted.", "kubetutor reset"))
        await sees(pilot, "The namespace bakery was deleted. Press r to set the exercise up anew.")
        tutor.attempt.tell(Found())
        await until(pilot, lambda: "was deleted" not in seen(pilot.app))


async def test_an_exercise_ended_in_another_terminal_is_let_go(tutor: FakeTutor) -> None:
    async with running(tutor) as pilot:
        await begun(pilot)
        assert tutor.attempt
        tutor.progress.end()
        tutor.attempt.tell(Lost("namespace", "It was finished in another terminal.", ""))
        await sees(pilot, "It was finished in another terminal.", "Enter Begin")
        assert "Press r" not in seen(pilot.app)


async def test_the_line_for_another_terminal_is_copied(tutor: FakeTutor) -> None:
    async with running(tutor) as pilot:
        await begun(pilot)
        await pilot.press("t")
        await sees(pilot, "export KUBECONFIG='/home/kim/kube tutor/rollback.yaml'", 'eval "$(kubetutor env)"')
        await pilot.press("c")
        assert pilot.app.clipboard == "export KUBECONFIG='/home/kim/kube tutor/rollback.yaml'"


async def test_where_no_shell_can_open_the_other_terminal_is_named(tutor: FakeTutor) -> None:
    async with running(tutor) as pilot:  # a test's screen cannot step aside
        await begun(pilot)
        await pilot.press("s")
        await sees(pilot, "The shell cannot be opened here.", "Press t for a line that sets up another terminal.")
