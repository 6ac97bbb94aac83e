"""The check type `logs`: what containers wrote."""

from __future__ import annotations

import pytest

from checkers.result import Verdict
from checkers.world import LookError

from .behaviour import look, pod, problems
from .recorded import RecordedWorld

OPENED = "{logs: {pod: ledger}, expect: {contains: [opened the book of 2026]}}"
ASKED = "The log contains “opened the book of 2026”."


def world(*objects, **logs: str) -> RecordedWorld:
    return RecordedWorld(*objects, logs=logs)


def test_passes() -> None:
    made = world(pod("ledger"), ledger="hello\nopened the book of 2026\n")
    assert look(OPENED, made) == Verdict(ok=True, found="The log of ledger is as it should be.", asked=ASKED)


def test_another_line() -> None:
    assert look(OPENED, world(pod("ledger"), ledger="hello\nopened the book of 2025\n\n")) == Verdict(
        ok=False,
        found="The log of Pod ledger does not hold it.",
        asked=ASKED,
        evidence="A line of it: opened the book of 2025",
        look="kubectl logs ledger",
        path="contains",
        healing=True,
    )


def test_an_empty_log() -> None:
    verdict = look(OPENED, world(pod("ledger")))
    assert (verdict.found, verdict.evidence, verdict.healing) == ("The log of Pod ledger is empty.", "", True)


def test_a_pod_that_crashes_tells_why() -> None:
    back_off = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s"}}
    crashing = pod("ledger", ready=False, state=back_off)
    verdict = look(OPENED, world(crashing, ledger="BOOK_YEAR must be a year\n"))
    assert verdict.evidence == "A line of it: BOOK_YEAR must be a year"
    assert not verdict.healing
    assert "CrashLoopBackOff" in look(OPENED, world(crashing)).evidence


def test_what_must_not_be_there() -> None:
    text = "{logs: {selector: app=web}, expect: {lacks: [{$match: '^panic'}]}}"
    made = world(pod("web-1"), pod("web-2"), **{"web-1": "fine\n", "web-2": "fine\npanic: no\nfine\n"})
    verdict = look(text, made)
    assert verdict.found == "The log of Pod web-2 holds what it must not."
    assert verdict.evidence == "A line of it: panic: no"
    assert verdict.asked == "The log does not contain “^panic”."
    made.log_texts["web-2"] = "do not panic\n"
    assert look(text, made).ok


def test_one_of_several_pods_is_enough() -> None:
    text = "{logs: {selector: app=web}, expect: {contains: [leader]}}"
    assert look(text, world(pod("web-1"), pod("web-2"), **{"web-2": "I am the leader\n"})).ok


def test_the_container_before_the_restart() -> None:
    text = "{logs: {pod: ledger, container: main, previous: true, namespace: shop}, expect: {contains: [bye]}}"
    assert look(text, world(pod("ledger"), **{"ledger/main/previous": "bye\n"})).ok
    verdict = look(text, world(pod("ledger"), ledger="bye\n"))
    assert verdict.found == "Pod ledger has no log from before a restart."
    assert verdict.look == "kubectl logs ledger -c main --previous -n shop"


def test_no_pod() -> None:
    verdict = look(OPENED, world())
    assert (verdict.found, verdict.healing) == ("There is no Pod ledger.", False)


def test_a_cluster_that_is_gone_is_no_verdict() -> None:
    with pytest.raises(LookError, match="gone"):
        look(OPENED, RecordedWorld(broken=LookError("gone")))


def test_what_is_wrong_with_a_check() -> None:
    assert "contains or lacks" in problems("{logs: {pod: a}, expect: {}}")[0]
    assert "exactly one of" in problems("{logs: {pod: a, selector: b}, expect: {lacks: [c]}}")[0]
