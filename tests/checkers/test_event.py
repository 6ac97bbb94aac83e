"""`event` against recorded events."""

import pytest

from checkers.result import Verdict
from checkers.world import Kind
from tests.checkers.looking import check, look, problems
from tests.checkers.recorded import RecordedWorld

UNREADY = "{apiVersion: v1, kind: Pod, selector: app=unready}"


@pytest.fixture
def broken():
    return RecordedWorld.of("broken")


def event(kind="Pod", name="web", reason="Started", namespace="shop", **more):
    target = {"kind": kind, "name": name} | ({"namespace": namespace} if namespace else {})
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{name}.{reason}", "namespace": namespace or "default"},
        "involvedObject": target,
        "reason": reason,
        "message": "Grüße",
        "type": "Normal",
    } | more


def test_something_happened(broken):
    verdict = look(broken, f"event: {{object: {UNREADY}, reason: Unhealthy, type: Warning, message: Readiness}}")
    assert verdict == Verdict(ok=True, found="The event Pod app=unready Unhealthy “Readiness” was seen 25 times.")


@pytest.mark.parametrize(
    "told", ["reason: [Killing, Unhealthy]", "message: {$match: 'statuscode: 4\\d\\d$'}", "type: Warning"]
)
def test_other_ways_to_say_which_event(broken, told):
    assert look(broken, f"event: {{object: {UNREADY}, {told}}}\nexpect: {{count: {{$gte: 20}}}}").ok


def test_what_has_not_happened_is_waited_for(broken):
    verdict = look(broken, f"event: {{object: {UNREADY}, reason: Unhealty}}")
    assert verdict == Verdict(
        ok=False,
        found="There is no event Pod app=unready Unhealty.",
        asked="The event Pod app=unready Unhealty happens.",
        near="There is an event with the reason Unhealthy.",
        evidence=(
            "Event of Pod unready-6676c69c57-snvwf: Unhealthy: Readiness probe failed: "
            "HTTP probe failed with statuscode: 404"
        ),
        look="kubectl get events --field-selector involvedObject.kind=Pod",
        healing=True,
    )


def test_the_reasons_that_are_there_are_named(broken):
    verdict = look(broken, f"event: {{object: {UNREADY}, reason: Evicted}}")
    assert verdict.near == "Events about it have the reasons Created, Pulled, Scheduled, Started, Unhealthy."
    verdict = look(broken, "event: {object: {kind: Pod, name: nobody}}")
    assert verdict.near == "There are no events about Pod nobody at all."
    assert verdict.look == "kubectl events --for pod/nobody"


def test_not_often_enough_is_waited_for_and_too_often_is_not(broken):
    seldom = look(broken, f"event: {{object: {UNREADY}, reason: Unhealthy}}\nexpect: {{count: {{$gte: 26}}}}")
    assert (seldom.ok, seldom.healing) == (False, True)
    assert seldom.found == "The event Pod app=unready Unhealthy was seen 25 times."
    assert seldom.asked == "The event Pod app=unready Unhealthy is seen this often: ≥ 26."
    often = look(broken, f"event: {{object: {UNREADY}, reason: Unhealthy}}\nexpect: {{count: {{$lte: 3}}}}")
    assert (often.ok, often.healing) == (False, False)


def test_what_never_happened(broken):
    assert look(broken, f"event: {{object: {UNREADY}, reason: Evicted}}\nnever: true") == Verdict(
        ok=True, found="There is no event Pod app=unready Evicted."
    )


def test_what_should_never_have_happened_fails_at_once(broken):
    verdict = look(broken, f"event: {{object: {UNREADY}, reason: Unhealthy}}\nnever: true")
    assert (verdict.ok, verdict.healing) == (False, False)
    assert verdict.asked == "The event Pod app=unready Unhealthy never happens."
    assert verdict.evidence.startswith("Event of Pod unready-6676c69c57-snvwf: Unhealthy:")


def test_series_are_counted():
    world = RecordedWorld(
        event(series={"count": 7, "lastObservedTime": "2026-01-01T00:00:00.000000Z"}), event(name="x")
    )
    assert look(world, "event: {object: {kind: Pod, name: web}}\nexpect: {count: 7}").ok


def test_events_of_nodes_are_found_where_the_cluster_keeps_them():
    ready = event(kind="Node", name="dev", reason="NodeReady", namespace="")
    other = event(kind="Pod", name="dev", reason="NodeReady", namespace="default")
    world = RecordedWorld(ready, other)
    assert look(world, "event: {object: {kind: Node, name: dev}, reason: NodeReady}\nexpect: {count: 1}").ok
    assert not look(world, "event: {object: {kind: Pod, name: dev}}").ok


def test_strange_events_raise_nothing():
    bare = {"apiVersion": "v1", "kind": "Event", "metadata": {"name": "a"}}
    odd = event() | {"message": None, "count": None, "series": None, "lastTimestamp": None}
    verdict = look(RecordedWorld(bare, odd), "event: {object: {kind: Pod, name: web}, message: {$match: x}}")
    assert verdict.evidence == "Event of Pod web: Started:"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "event: {object: {kind: Pod, selector: a=b}}",
            "event.object: with selector, write apiVersion and no name",
        ),
        (
            "event: {object: {kind: Pod}, message: {$equals: x}}",
            "event.message: a text that is contained, or {$match: regex}",
        ),
        ("event: {object: {kind: Pod}, message: {$match: '('}}", "event.message: $match needs a regular expression"),
        (
            "event: {object: {kind: Pod}}\nnever: true\nexpect: {count: 2}",
            "never and expect do not go together",
        ),
    ],
)
def test_the_author_hears_what_is_wrong(text, message):
    assert problems(text) == [message]


def test_what_to_watch():
    assert check("event: {object: {kind: Pod}}").type.reads() == {Kind("v1", "Event")}
