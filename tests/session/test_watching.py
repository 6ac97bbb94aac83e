"""Which checks run again, and when."""

from __future__ import annotations

import threading
import time
from typing import ClassVar

import pytest

from checkers.check import Check, CheckType
from checkers.result import Result, Status
from checkers.world import Kind
from tutor.cancel import Cancel
from tutor.session import watching
from tutor.session.watching import Changes, Standing

POD, SERVICE = Kind("v1", "Pod"), Kind("v1", "Service")


class Reads(CheckType, frozen=True):
    kind: str = "Pod"

    def reads(self) -> frozenset[Kind]:
        return frozenset({Kind("v1", self.kind)})


class Polls(Reads, frozen=True):
    polls: ClassVar[bool] = True


CHECKS = (
    Check(id="pod", title="", type=Reads()),
    Check(id="service", title="", type=Reads(kind="Service")),
    Check(id="answers", title="", type=Polls(kind="Service"), after=("service",)),
    Check(id="last", title="", type=Reads(kind="Secret"), after=("answers",)),
)


def result(id: str, status: Status, left: float | None = None) -> Result:
    return Result(id=id, title="", status=status, left=left)


def stood(**statuses: Status) -> Standing:
    standing = Standing(CHECKS)
    standing.take([result(each.id, statuses.get(each.id, Status.PASS)) for each in CHECKS])
    return standing


def test_everything_is_due_at_first() -> None:
    assert Standing(CHECKS).due(time.monotonic()) == {"pod", "service", "answers", "last"}


def test_a_change_runs_what_reads_it_and_what_comes_after() -> None:
    assert stood().touched({POD}) == {"pod"}
    assert stood().touched({SERVICE}) == {"service", "answers", "last"}
    assert stood().touched({Kind("v1", "Node")}) == set()


def test_without_a_change_only_what_polls_waits_or_could_not_look_is_due() -> None:
    soon, later = time.monotonic() + 0.1, time.monotonic() + watching.POLL_SECONDS + 0.1
    assert stood().due(soon) == set()
    assert stood().due(later) == {"answers", "last"}
    assert stood(answers=Status.BLOCKED).due(later) == set()
    assert stood(pod=Status.ERROR, answers=Status.BLOCKED).due(later) == {"pod"}
    waiting = stood(pod=Status.WAIT)
    assert waiting.due(time.monotonic() + watching.WAIT_SECONDS + 0.1) == {"pod"}


def test_a_wait_is_over_when_its_time_is() -> None:
    standing = stood()
    standing.take([result("pod", Status.WAIT, left=0.05)])
    assert standing.next() <= time.monotonic() + 0.05


def test_how_all_stand_is_told_in_the_exercise_s_order() -> None:
    told = stood().take([result("last", Status.FAIL), result("pod", Status.WAIT)])
    assert [(each.id, str(each.status)) for each in told] == [
        ("pod", "wait"),
        ("service", "pass"),
        ("answers", "pass"),
        ("last", "fail"),
    ]


class FakeWatcher:
    """Stands for the watches on a cluster; a test changes things by hand."""

    def __init__(self, world, kinds, namespaces, on_change, on_lost, on_found) -> None:
        self.change, self.lose, self.find = on_change, on_lost, on_found
        FakeWatcher.last = self

    last: ClassVar[FakeWatcher]


class NoWorld:
    namespaces = ("shop",)


@pytest.fixture
def changes(monkeypatch: pytest.MonkeyPatch) -> Changes:
    monkeypatch.setattr(watching, "Watcher", FakeWatcher)
    return Changes(NoWorld(), [POD])  # type: ignore[arg-type]


def test_changes_that_come_together_are_one_run(changes: Changes) -> None:
    for kind in (POD, SERVICE, POD):
        FakeWatcher.last.change(frozenset({kind}))
    began = time.monotonic()
    assert changes.gather(began + 10, Cancel()) == {POD, SERVICE}
    assert watching.QUIET_SECONDS <= time.monotonic() - began < 2


def test_a_cluster_that_never_rests_gets_verdicts_all_the_same(changes: Changes) -> None:
    over = threading.Event()

    def restless() -> None:
        while not over.wait(0.05):
            FakeWatcher.last.change(frozenset({POD}))

    thread = threading.Thread(target=restless)
    thread.start()
    try:
        began = time.monotonic()
        assert changes.gather(began + 30, Cancel()) == {POD}
        assert time.monotonic() - began < 3
    finally:
        over.set()
        thread.join()


def test_nothing_changes_until_the_time_is_over_or_somebody_stops_it(changes: Changes) -> None:
    assert changes.gather(time.monotonic() + 0.05, Cancel()) == set()
    cancel = Cancel()
    threading.Timer(0.1, cancel.set).start()
    began = time.monotonic()
    assert changes.gather(began + 30, cancel) == set()
    assert time.monotonic() - began < 2


def test_a_cluster_that_is_lost_wakes_the_loop(changes: Changes) -> None:
    FakeWatcher.last.lose("connection refused")
    assert changes.gather(time.monotonic() + 10, Cancel()) == {watching.NAMESPACE}
    assert changes.lost == "connection refused"
    FakeWatcher.last.find()
    assert changes.lost == ""
