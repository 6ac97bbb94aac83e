"""`absent` and `count` against recorded objects."""

import pytest

from checkers.result import Verdict
from checkers.world import Kind
from tests.checkers.looking import changed, check, look, problems
from tests.checkers.recorded import RecordedWorld

POD = Kind("v1", "Pod")
PODS = "apiVersion: v1, kind: Pod, selector: app=web"
SHOW = "kubectl get pods --show-labels"


@pytest.fixture
def shop():
    return RecordedWorld.of("shop", namespaces=("shop", "yard"))


def pods(world):
    return world.list(POD, selector="app=web")


def leaving(obj):
    return changed(obj, metadata__deletionTimestamp="2026-11-23T16:00:00Z")


# --- absent ----------------------------------------------------------------------------------------------------


def test_absent_passes_when_there_is_none(shop):
    verdict = look(shop, "absent: {apiVersion: apps/v1, kind: Deployment, name: old}")
    assert verdict == Verdict(ok=True, found="There is no Deployment old.")
    assert look(shop, "absent: {apiVersion: v1, kind: Pod, selector: app=old}").ok
    assert look(shop, "absent: {apiVersion: v1, kind: Secret}").ok
    assert look(shop, "absent: {apiVersion: bakery.example/v1, kind: Cake, name: a}").ok


def test_absent_fails_at_once_on_what_is_there(shop):
    assert look(shop, "absent: {apiVersion: apps/v1, kind: Deployment, name: web}") == Verdict(
        ok=False,
        found="Deployment web is still there.",
        asked="There is no Deployment web.",
        look="kubectl get deployment web",
    )


def test_absent_counts_the_others(shop):
    verdict = look(shop, f"absent: {{{PODS}}}")
    assert verdict.found == "Pod web-67cc8cb79b-6tqh6 and 2 more are still there."
    assert verdict.asked == "There is no Pod with the labels app=web."
    assert (verdict.look, verdict.healing) == (SHOW, False)


def test_absent_looks_only_at_what_matches(shop):
    assert look(shop, f"absent: {{{PODS}}}\nmatching: {{status: {{phase: Failed}}}}").ok
    assert not look(shop, f"absent: {{{PODS}}}\nmatching: {{status: {{phase: Running}}}}").ok


def test_absent_waits_for_what_is_being_deleted(shop):
    for pod in pods(shop):
        shop.add(leaving(pod))
    verdict = look(shop, f"absent: {{{PODS}}}")
    assert verdict.healing
    assert verdict.found == "Pod web-67cc8cb79b-6tqh6 and 2 more are being deleted."


def test_absent_waits_while_only_some_are_leaving(shop):
    shop.add(leaving(pods(shop)[0]))
    assert look(shop, f"absent: {{{PODS}}}").healing


def test_absent_names_a_finalizer():
    verdict = look(RecordedWorld.of("broken"), "absent: {apiVersion: v1, kind: ConfigMap, name: stuck}")
    assert verdict == Verdict(
        ok=False,
        found="ConfigMap stuck is being deleted, but its finalizer holds it back: shop.example/audit.",
        asked="There is no ConfigMap stuck.",
        look="kubectl get configmap stuck -o yaml",
        healing=True,
    )


# --- count -----------------------------------------------------------------------------------------------------


def test_count_passes(shop):
    verdict = look(shop, f"count: {{{PODS}}}\nexpect: 3")
    assert verdict.ok
    assert verdict.found.startswith("3 objects are there (Pod with the labels app=web): web-67cc8cb79b-")
    assert look(shop, f"count: {{{PODS}}}\nexpect: {{$gte: 2}}").ok
    assert look(shop, "count: {apiVersion: v1, kind: Secret}\nexpect: 0").ok


def test_count_over_all_namespaces(shop):
    shop.add(changed(pods(shop)[0], metadata__namespace="yard"))
    assert look(shop, f"count: {{{PODS}, namespace: '*'}}\nexpect: 4").ok


def test_count_names_what_is_too_many(shop):
    verdict = look(shop, f"count: {{{PODS}}}\nexpect: 1")
    assert verdict.found == (
        "3 objects are there (Pod with the labels app=web): "
        "web-67cc8cb79b-6tqh6, web-67cc8cb79b-bbf5v, web-67cc8cb79b-zkc58."
    )
    assert verdict.asked == "1 object (Pod with the labels app=web)."
    assert (verdict.look, verdict.healing) == (SHOW, False)


@pytest.mark.parametrize(
    ("expect", "asked"),
    [
        ("{$gte: 4}", "At least 4 objects (Pod with the labels app=web)."),
        ("{$lt: 1}", "Fewer than 1 object (Pod with the labels app=web)."),
        ("{$in: [1, 2]}", "[1, 2] (Pod with the labels app=web)."),
        ("0", "There is no Pod with the labels app=web."),
    ],
)
def test_count_says_what_was_asked(shop, expect, asked):
    assert look(shop, f"count: {{{PODS}}}\nexpect: {expect}").asked == asked


def test_count_tells_the_nearest_that_does_not_match(shop):
    verdict = look(shop, f"count: {{{PODS}}}\nmatching: {{status: {{qosClass: Guaranteed}}}}\nexpect: 1")
    assert verdict == Verdict(
        ok=False,
        found="No Pod with the labels app=web matches.",
        asked="1 object (Pod with the labels app=web).",
        near="status.qosClass of Pod web-67cc8cb79b-6tqh6 is Burstable. 2 others do not match either.",
        look=SHOW,
        path="status.qosClass",
    )


def test_count_tells_labels_that_are_nearly_right(shop):
    verdict = look(shop, "count: {apiVersion: apps/v1, kind: Deployment, selector: app=wbe}\nexpect: 1")
    assert verdict.found == "There is no Deployment with the labels app=wbe."
    assert verdict.near == "Deployment objects here carry app=web."


def test_count_leaves_out_what_is_being_deleted_and_waits(shop):
    shop.add(leaving(pods(shop)[0]))
    assert look(shop, f"count: {{{PODS}}}\nexpect: 2").ok
    assert look(shop, f"count: {{{PODS}}}\nexpect: 3").healing


def test_count_does_not_wait_for_what_cannot_heal():
    world = RecordedWorld.of("broken")
    verdict = look(
        world,
        "count: {apiVersion: v1, kind: Pod, selector: app=typo}\nmatching: {status: {phase: Running}}\nexpect: 1",
    )
    assert not verdict.healing
    assert verdict.near == "status.phase of Pod typo-79469b5b57-f7rbc is Pending."
    assert verdict.evidence.startswith('Back-off pulling image "nginx:1.99"')


def test_count_meets_strange_objects():
    cakes = [
        {"apiVersion": "bakery.example/v1", "kind": "Job", "metadata": {"name": f"🍰-{number}"}, "status": status}
        for number, status in enumerate([["a", "list"], None, "text", {"phase": "Running"}])
    ]
    ask = "count: {apiVersion: bakery.example/v1, kind: Job}\nmatching: {status: {phase: Running}}\nexpect: 3"
    verdict = look(RecordedWorld(*cakes), ask)
    assert verdict.found == "1 object matches (Job): 🍰-3."
    assert verdict.near == "status of Job 🍰-0 is a list, not a mapping. 2 others do not match either."


# --- the author ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("absent: {apiVersion: v1, kind: Pod, name: a, selector: b=c}", "absent: by name or by selector, not both"),
        (
            "absent: {apiVersion: v1, kind: Pod}\nmatching: {stauts: {}}",
            "matching: there is no field stauts; did you mean status?",
        ),
        ("count: {apiVersion: v1, kind: Pod}\nexpect: {$gt: many}", "expect: $gt needs a number or a quantity"),
        ("count: {apiVersion: v1, kind: Pod}", "a check of the type count needs the key expect"),
    ],
)
def test_the_author_hears_what_is_wrong(text, message):
    assert problems(text) == [message]


def test_what_to_watch():
    assert POD in check(f"count: {{{PODS}}}\nexpect: 1").type.reads()
    assert check("absent: {apiVersion: v1, kind: Secret, name: a}").type.reads() == {Kind("v1", "Secret")}
