"""The grader: order, patience, and what never counts against the learner."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from checkers.check import Check, CheckType
from checkers.engine import Grader
from checkers.memo import Memo
from checkers.result import Result, Status, Verdict, score
from checkers.world import Kind, LookError, World
from tests.checkers.recorded import RecordedWorld

POD = Kind("v1", "Pod")
RIGHT = Verdict(ok=True, found="right")
WRONG = Verdict(ok=False, found="wrong", asked="right", near="nearly", evidence="see", look="kubectl", path="spec.a")
COMING = Verdict(ok=False, found="2 of 3", asked="3", path="status.a", healing=True)


@dataclass
class Script:
    """What a check says, look by look; the last word is repeated."""

    words: list[Verdict | Exception | Callable[[World], Verdict]]
    looks: int = field(default=0)


class Scripted(CheckType, frozen=True, kw_only=True):
    """A check that says what its script says."""

    key = "scripted"
    script: Script

    def reads(self) -> frozenset[Kind]:
        """Pods."""
        return frozenset({POD})

    def look(self, world: World) -> Verdict:
        """Say the next word."""
        script = self.script
        word = script.words[min(script.looks, len(script.words) - 1)]
        script.looks += 1
        if isinstance(word, Exception):
            raise word
        return word if isinstance(word, Verdict) else word(world)


class Polling(Scripted, frozen=True, kw_only=True):
    """A check that no watch wakes."""

    key = "polling"
    polls = True


def check(id: str, *words, **more) -> Check:
    return Check(id=id, title=f"Title of {id}", type=Scripted(script=Script(list(words))), **more)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def run(*checks: Check, **how) -> dict[str, Result]:
    return {result.id: result for result in Grader(checks).run(RecordedWorld(), **how)}


def test_the_results_come_in_the_order_of_the_exercise():
    checks = [check("late", RIGHT, after=("early",)), check("early", RIGHT)]
    assert [result.id for result in Grader(checks).run(RecordedWorld())] == ["late", "early"]


def test_a_failure_carries_everything_that_was_said():
    result = run(check("it", WRONG, weight=3))["it"]
    assert result.status is Status.FAIL
    assert result.text() == "Title of it\nwrong\nright\nnearly\nsee\nkubectl"
    assert (result.path, result.weight, result.left) == ("spec.a", 3, None)
    assert result.elapsed >= 0


def test_what_comes_after_a_failure_is_blocked_and_not_looked_at():
    later, last = check("later", RIGHT, after=("first",)), check("last", RIGHT, after=("later",))
    results = run(check("first", WRONG), later, last)
    assert results["later"].status is Status.BLOCKED
    assert results["later"].blocked_by == "first"
    assert results["later"].found == "This check comes after “Title of first”, which has not passed yet."
    assert results["last"].blocked_by == "later"
    assert later.type.script.looks == last.type.script.looks == 0


def test_what_comes_after_a_pass_is_looked_at_in_the_same_run():
    assert run(check("b", RIGHT, after=("a",)), check("a", RIGHT))["b"].status is Status.PASS


def test_only_runs_the_chosen_checks_and_what_they_come_after():
    checks = [check("a", RIGHT), check("b", RIGHT, after=("a",)), check("c", RIGHT)]
    assert set(run(*checks, only={"b"})) == {"a", "b"}
    assert run(*checks, only={"unknown"}) == {}


def test_a_wait_counts_down_and_becomes_a_failure():
    clock = Clock()
    grader = Grader([check("it", COMING, within=10)], clock)

    def look():
        (result,) = grader.run(RecordedWorld())
        return result.status, result.left

    assert look() == (Status.WAIT, 10)
    clock.now += 4
    assert look() == (Status.WAIT, 6)
    clock.now += 6
    assert look() == (Status.FAIL, None)
    clock.now += 60
    assert look() == (Status.FAIL, None)


def test_a_wait_begins_anew_when_what_is_waited_for_changes():
    clock = Clock()
    other = Verdict(ok=False, asked="4", path="status.b", healing=True)
    grader = Grader([check("it", COMING, other, within=10)], clock)
    grader.run(RecordedWorld())
    clock.now += 9
    (result,) = grader.run(RecordedWorld())
    assert (result.status, result.left) == (Status.WAIT, 10)


def test_progress_alone_does_not_begin_the_wait_anew():
    clock = Clock()
    progress = Verdict(ok=False, found="another sentence", asked="3", path="status.a", healing=True)
    grader = Grader([check("it", COMING, progress, within=10)], clock)
    grader.run(RecordedWorld())
    clock.now += 9
    (result,) = grader.run(RecordedWorld())
    assert result.left == 1


def test_after_a_pass_or_a_definite_failure_a_wait_begins_anew():
    for between in (RIGHT, WRONG):
        clock = Clock()
        grader = Grader([check("it", COMING, between, COMING, within=10)], clock)
        for _ in range(2):
            grader.run(RecordedWorld())
            clock.now += 8
        (result,) = grader.run(RecordedWorld())
        assert result.left == 10


def test_reset_forgets_the_waits():
    clock = Clock()
    grader = Grader([check("it", COMING, within=10)], clock)
    grader.run(RecordedWorld())
    clock.now += 8
    grader.reset()
    (result,) = grader.run(RecordedWorld())
    assert result.left == 10


def test_what_cannot_heal_fails_at_once():
    assert run(check("it", WRONG, within=600))["it"].status is Status.FAIL


def test_a_look_that_fails_is_an_error_with_its_hint():
    result = run(check("it", LookError("The cluster does not answer.", "Look: kubetutor doctor")))["it"]
    assert (result.status, result.found, result.look) == (
        Status.ERROR,
        "The cluster does not answer.",
        "Look: kubetutor doctor",
    )


def test_an_error_does_not_end_a_wait():
    clock = Clock()
    grader = Grader([check("it", COMING, LookError("gone"), COMING, within=10)], clock)
    statuses = []
    for _ in range(3):
        statuses.append(grader.run(RecordedWorld())[0])
        clock.now += 3
    assert [result.status for result in statuses] == [Status.WAIT, Status.ERROR, Status.WAIT]
    assert statuses[2].left == 4


def test_a_bug_of_ours_is_an_error_in_a_plain_sentence():
    result = run(check("it", KeyError("boom")), check("other", RIGHT))
    assert result["it"].status is Status.ERROR
    assert result["it"].found == (
        "The tutor itself stumbled over this check (scripted: KeyError: 'boom'). It does not count against you."
    )
    assert result["other"].status is Status.PASS


def test_an_error_earns_nothing_and_blocks_what_comes_after():
    results = run(check("a", LookError("gone")), check("b", RIGHT, after=("a",)))
    assert results["b"].status is Status.BLOCKED
    assert not score(results.values()).passed


def test_checks_of_one_level_look_at_the_same_time():
    barrier = threading.Barrier(3, timeout=10)

    def meet(_world):
        barrier.wait()  # raises unless all three are here at once
        return RIGHT

    results = run(*(check(name, meet) for name in "abc"))
    assert {result.status for result in results.values()} == {Status.PASS}


def test_one_run_lists_everything_once():
    def lists(world):
        world.list(POD)
        world.get(POD, "web")
        world.list(POD, "other")
        return RIGHT

    world = RecordedWorld()
    grader = Grader([check("a", lists), check("b", lists), check("c", lists, after=("a",))])
    grader.run(world)
    assert len(world.reads) == 3
    grader.run(world)
    assert len(world.reads) == 6


def test_an_error_is_remembered_for_the_run_too():
    world = RecordedWorld(broken=LookError("gone"))
    memo = Memo(world)
    for _ in range(2):
        with pytest.raises(LookError, match="gone"):
            memo.list(POD)
    world.broken = None
    with pytest.raises(LookError, match="gone"):
        memo.list(POD)


def test_what_acts_is_done_every_time():
    world = RecordedWorld()
    calls = []
    world.runs = lambda pod, argv, **how: calls.append(argv)
    memo = Memo(world)
    memo.exec("web", ["true"])
    memo.exec("web", ["true"])
    assert len(calls) == 2
    assert memo.namespace == "shop"


@pytest.mark.parametrize(
    ("checks", "message"),
    [
        ([check("a", RIGHT), check("a", RIGHT)], "two checks have the same id"),
        ([check("a", RIGHT, after=("b",))], "check a comes after b, which does not exist"),
        ([check("a", RIGHT, after=("b",)), check("b", RIGHT, after=("a",))], "these checks wait for each other: a, b"),
    ],
)
def test_an_impossible_order_is_refused(checks, message):
    with pytest.raises(ValueError, match=message):
        Grader(checks)


def test_it_tells_what_to_watch():
    polling = Check(id="p", title="P", type=Polling(script=Script([RIGHT])))
    assert Grader([check("a", RIGHT)]).reads() == {POD}
    assert not Grader([check("a", RIGHT)]).polls()
    assert Grader([check("a", RIGHT), polling]).polls()
