"""`rollout` against recorded workloads."""

import pytest

from checkers.result import Verdict
from checkers.world import Kind
from tests.checkers.looking import changed, check, look, problems
from tests.checkers.recorded import RecordedWorld

WEB = "rollout: {name: web}"
DEPLOYMENT = Kind("apps/v1", "Deployment")


@pytest.fixture
def shop():
    return RecordedWorld.of("shop")


def expecting(world, expect, rollout=WEB, **changes):
    if changes:
        world.add(changed(world.get(DEPLOYMENT, "web"), **changes))
    return look(world, f"{rollout}\nexpect: {expect}")


def test_a_complete_rollout(shop):
    assert expecting(shop, "{complete: true}") == Verdict(ok=True, found="The rollout of Deployment web is complete.")


@pytest.mark.parametrize(
    "expect",
    [
        "{revision: 2, paused: false}",
        "{revision: {$gte: 2}, history: {$length: 2}}",
        '{history: [{revision: 1, images: {nginx: "nginx:1.28"}}, {images: {nginx: "nginx:1.29"}}]}',
        "{strategy: RollingUpdate}",
        "{strategy: {rollingUpdate: {maxSurge: 25%}}}",
        '{image: {nginx: "nginx:1.29"}}',
        "{image: {nginx: {$not: {$match: latest}}}}",
    ],
)
def test_what_else_may_be_expected(shop, expect):
    assert expecting(shop, expect) == Verdict(ok=True, found="The rollout of Deployment web is as asked.")


@pytest.mark.parametrize(
    "text",
    [
        "rollout: {kind: DaemonSet, name: agent}\nexpect: {complete: true, revision: 2, history: {$length: 2}}",
        "rollout: {kind: StatefulSet, name: cache}\nexpect: {complete: true, revision: 1, strategy: RollingUpdate}",
    ],
)
def test_workloads_with_controller_revisions(shop, text):
    assert look(shop, text).ok


def test_a_daemon_sets_history_knows_its_images(shop):
    text = (
        'rollout: {kind: DaemonSet, name: agent}\nexpect: {history: [{revision: 1, images: {agent: "busybox:1.37"}}]}'
    )
    assert look(shop, text).ok


def test_revisions_that_are_gone(shop):
    assert expecting(shop, "{revision: {$gte: 4}, history: {$length: {$gte: 3}}}") == Verdict(
        ok=False,
        found=(
            "revision of the rollout of Deployment web is 2. history of the rollout of Deployment web has 2 entries."
        ),
        asked=(
            "revision of the rollout of Deployment web is at least 4. "
            "history of the rollout of Deployment web has at least 3 entries."
        ),
        look="kubectl rollout history deployment/web",
        path="revision",
    )


def test_another_strategy(shop):
    verdict = expecting(shop, "{strategy: Recreate}")
    assert verdict.found == "strategy.type of the rollout of Deployment web is RollingUpdate."
    assert verdict.asked == "strategy.type of the rollout of Deployment web is Recreate."
    assert not verdict.healing


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"status__updatedReplicas": 1}, "1 of 3 Pods of Deployment web are of the newest revision."),
        ({"status__replicas": 4}, "1 Pod of an older revision of Deployment web still runs."),
        ({"status__availableReplicas": 2}, "2 of 3 Pods of Deployment web are available."),
        ({"status": {}}, "The controller has not looked at the newest change of Deployment web yet."),
        ({"metadata__generation": 7}, "The controller has not looked at the newest change of Deployment web yet."),
    ],
)
def test_a_rollout_under_way_says_how_far_it_is(shop, changes, found):
    changes = {"status__unavailableReplicas": 1} | changes
    verdict = expecting(shop, "{complete: true}", **changes)
    assert (verdict.ok, verdict.found, verdict.healing) == (False, found, True)
    assert verdict.asked == "The rollout of Deployment web is complete."
    assert verdict.look == "kubectl rollout status deployment/web"


def test_a_rollout_that_cannot_go_on_is_not_waited_for():
    verdict = look(RecordedWorld.of("broken"), "rollout: {name: typo}\nexpect: {complete: true}")
    assert not verdict.healing
    assert verdict.found == (
        "0 of 1 Pod of Deployment typo is available. "
        "Pod typo-79469b5b57-f7rbc cannot get the image nginx:1.99: ImagePullBackOff."
    )
    assert verdict.look == "kubectl describe pod typo-79469b5b57-f7rbc"


def test_a_rollout_may_be_wanted_incomplete(shop):
    assert expecting(shop, "{complete: false}").asked == "The rollout of Deployment web is not complete."
    assert expecting(shop, "{complete: false, paused: true}", spec__paused=True, status__updatedReplicas=1).ok


def test_a_partition_is_complete_when_its_part_is_updated(shop):
    cache = shop.get(Kind("apps/v1", "StatefulSet"), "cache")
    partition = {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}
    shop.add(changed(cache, spec__updateStrategy=partition, status__updatedReplicas=1))
    assert look(shop, "rollout: {kind: StatefulSet, name: cache}\nexpect: {complete: true}").ok


def test_a_workload_that_is_not_there(shop):
    verdict = expecting(shop, "{complete: true}", rollout="rollout: {name: wbe}")
    assert verdict == Verdict(
        ok=False,
        found="There is no Deployment wbe.",
        asked="Deployment wbe exists.",
        near="There is a Deployment called web.",
        look="kubectl get deployments",
    )


def test_elsewhere_commands_name_the_namespace(shop):
    shop.namespace = "other"
    verdict = expecting(shop, "{revision: 9}", rollout="rollout: {name: web, namespace: shop}")
    assert verdict.look == "kubectl rollout history deployment/web -n shop"


def test_strange_objects_raise_nothing():
    bare = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": None, "status": None}
    verdict = look(RecordedWorld(bare), f"{WEB}\nexpect: {{complete: true, revision: 1, image: {{web: x}}}}")
    assert not verdict.ok


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{WEB}\nexpect: {{}}", "expect: nothing is expected"),
        (f"{WEB}\nexpect: {{revision: {{$gt: x}}}}", "expect.revision: $gt needs a number or a quantity"),
        (
            f"{WEB}\nexpect: {{complte: true}}",
            "expect has no key complte; it knows complete, paused, revision, strategy, history, image",
        ),
        (
            "rollout: {kind: Job, name: a}\nexpect: {complete: true}",
            "rollout.kind: Invalid enum value 'Job'",
        ),
    ],
)
def test_the_author_hears_what_is_wrong(text, message):
    assert problems(text) == [message]


def test_what_to_watch():
    kinds = {kind.kind for kind in check(f"{WEB}\nexpect: {{complete: true}}").type.reads()}
    assert kinds >= {"Deployment", "ReplicaSet", "ControllerRevision", "Pod", "Event"}
