"""The check type `exec`: how commands end, and what they print."""

from __future__ import annotations

import pytest

from checkers.result import Verdict
from checkers.world import LookError, Ran

from .behaviour import look, pod, problems
from .recorded import RecordedWorld

CAT = "{exec: {pod: news, command: [cat, /paper/index.html]}, expect: {stdout: good news}}"
ASKED = "The command ends with code 0. stdout contains “good news”."
COMMAND = "kubectl exec news -- cat /paper/index.html"


def world(*objects, ran: Ran | None = None) -> RecordedWorld:
    made = RecordedWorld(*objects)
    made.runs = lambda pod, argv, **how: ran or Ran(0, "good news\n", "")
    return made


def test_passes() -> None:
    verdict = look(CAT, world(pod("news"), ran=Ran(0, "first\ngood news\n", "")))
    assert verdict == Verdict(ok=True, found="In Pod news: good news", asked=ASKED)


def test_a_command_that_fails_shows_its_last_words() -> None:
    ran = Ran(1, "", "cat: can't open '/paper/index.html': No such file or directory\n")
    assert look(CAT, world(pod("news"), ran=ran)) == Verdict(
        ok=False,
        found="In Pod news, cat /paper/index.html ended with code 1.",
        asked=ASKED,
        evidence="cat: can't open '/paper/index.html': No such file or directory",
        look=COMMAND,
        path="code",
        healing=True,
    )


def test_another_output() -> None:
    verdict = look(CAT, world(pod("news"), ran=Ran(0, "bad\x1b[31m news\n", "warning: old\n")))
    assert verdict.found == "In Pod news, cat /paper/index.html printed: bad [31m news"
    assert (verdict.path, verdict.evidence) == ("stdout", "warning: old")
    verdict = look(CAT, world(pod("news"), ran=Ran(0, " \n", "")))
    assert verdict.found == "In Pod news, cat /paper/index.html wrote nothing to stdout."


def test_a_huge_output_is_cut() -> None:
    found = look(CAT, world(pod("news"), ran=Ran(0, "x" * 100_000, ""))).found
    assert len(found) < 260
    assert found.endswith("…")


def test_other_codes() -> None:
    text = "{exec: {pod: news, command: [nc, -z, db, '1']}, expect: {code: %s}}"
    assert look(text % 1, world(pod("news"), ran=Ran(1, "", ""))).ok
    assert look(text % "{$not: 0}", world(pod("news"), ran=Ran(3, "", ""))).ok
    assert look(text % "null", world(pod("news"), ran=Ran(3, "", ""))).ok
    assert look(text % "{$not: 0}", world(pod("news"))).asked == "The command ends with code ≠ 0."


def test_a_command_that_does_not_end() -> None:
    verdict = look(CAT, world(pod("news"), ran=Ran(124, "", "")))
    assert verdict.found == "In Pod news, cat /paper/index.html was still running after 10 seconds."


def test_no_such_pod_or_container() -> None:
    assert look(CAT, world()) == Verdict(
        ok=False, found="There is no Pod news.", asked=ASKED, look="kubectl get pods", healing=False
    )
    text = "{exec: {pod: news, container: mian, command: [ls]}}"
    verdict = look(text, world(pod("news")))
    assert (verdict.found, verdict.near) == ("Pod news has no container mian.", "Its containers: main.")
    assert not verdict.healing


def test_a_pod_that_does_not_run() -> None:
    waiting = {"waiting": {"reason": "ImagePullBackOff", "message": "nginx:1.99 is not there"}}
    stuck = pod("news", phase="Pending", ready=False, state=waiting)
    verdict = look(CAT, world(stuck))
    assert verdict.found == "Pod news does not run, so no command can."
    assert "nginx:1.99 is not there" in verdict.evidence
    assert not verdict.healing
    young = pod("news", phase="Pending", ready=False, state={"waiting": {"reason": "ContainerCreating"}})
    assert look(CAT, world(young)).healing


def test_the_newest_revision_of_a_workload() -> None:
    asked = []
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "door", "namespace": "shop"},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "door"}}},
    }
    old = pod("old", {"app": "door", "pod-template-hash": "a"})
    starting = pod("new-1", {"app": "door", "pod-template-hash": "b"}, ready=False)
    new = pod("new-2", {"app": "door", "pod-template-hash": "b"})
    for each in (starting, new):
        each["metadata"]["creationTimestamp"] = "2026-01-02T00:00:00Z"
    made = world(deployment, old, starting, new)
    made.runs = lambda pod, argv, **how: asked.append(pod) or Ran(0, "", "")
    text = "{exec: {workload: Deployment/door, command: [ls]}}"
    assert look(text, made).ok
    assert asked == ["new-2"]
    assert look(text, world(deployment)).found == "Deployment door has no Pods yet."
    assert look(text, world(deployment)).healing
    assert look(text, world()).found == "There is no Deployment door."
    assert look("{exec: {selector: app=x, command: [ls]}}", world()).found == "No Pod carries the labels app=x."


def test_the_command_to_look_with_can_be_pasted() -> None:
    text = (
        "{exec: {pod: news, namespace: barn, container: main, command: [sh, -c, 'echo \"$A\"']}, expect: {stdout: x}}"
    )
    barn = pod("news")
    barn["metadata"]["namespace"] = "barn"
    verdict = look(text, world(barn))
    assert verdict.look == "kubectl exec news -c main -n barn -- sh -c 'echo \"$A\"'"


def test_a_cluster_that_is_gone_is_no_verdict() -> None:
    with pytest.raises(LookError, match="gone"):
        look(CAT, RecordedWorld(broken=LookError("gone")))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{exec: {command: [ls]}}", "exactly one of pod, selector and workload"),
        ("{exec: {pod: a, command: []}}", "at least one word"),
        ("{exec: {workload: web, command: [ls]}}", "Deployment/web"),
        ("{exec: {pod: a, command: [ls]}, expect: {stdout: {$like: a}}}", "$match, $equals and $not"),
    ],
)
def test_what_is_wrong_with_a_check(text: str, problem: str) -> None:
    assert any(problem in each for each in problems(text)), problems(text)
