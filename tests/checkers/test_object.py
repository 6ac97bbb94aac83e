"""`object` against recorded objects: pass, each way to fail with its whole message, waiting."""

import pytest

from checkers.result import Verdict
from checkers.world import Kind, LookError
from tests.checkers.looking import changed, check, look, problems
from tests.checkers.recorded import RecordedWorld

DEPLOYMENT = Kind("apps/v1", "Deployment")
WEB = "object: {apiVersion: apps/v1, kind: Deployment, name: web}"
YAML = "kubectl get deployment web -o yaml"


@pytest.fixture
def shop():
    return RecordedWorld.of("shop", namespaces=("shop", "yard"))


def web(world, expect):
    return look(world, f"{WEB}\nexpect: {expect}")


def web_changed(world, **changes):
    world.add(changed(world.get(DEPLOYMENT, "web"), **changes))
    return world


# --- pass ------------------------------------------------------------------------------------------------------


def test_it_is_there(shop):
    assert look(shop, WEB) == Verdict(ok=True, found="Deployment web is there.")


def test_it_looks_as_expected(shop):
    expect = (
        "{spec: {replicas: 3, template: {spec: {containers: [{name: nginx, resources: {requests: {cpu: 0.01}}}]}}}}"
    )
    assert web(shop, expect) == Verdict(ok=True, found="Deployment web is as asked.")


def test_one_of_several_is_enough(shop):
    pods = shop.list(Kind("v1", "Pod"), selector="app=web")
    shop.add(changed(pods[0], metadata__annotations={"mark": "here"}))
    ref = "object: {apiVersion: v1, kind: Pod, selector: app=web}"
    assert look(shop, f"{ref}\nexpect: {{metadata: {{annotations: {{mark: here}}}}}}").ok


def test_an_object_of_the_cluster(shop):
    shop.add(*RecordedWorld.of("nodes").objects)
    node = "object: {apiVersion: v1, kind: Node, name: dev-control-plane}"
    assert look(shop, node).ok


# --- not there -------------------------------------------------------------------------------------------------


def missing(world, ref):
    verdict = look(world, f"object: {ref}")
    assert not verdict.ok
    assert not verdict.healing
    return verdict


def test_a_similar_name_is_the_nearest_miss(shop):
    assert missing(shop, "{apiVersion: apps/v1, kind: Deployment, name: wbe}") == Verdict(
        ok=False,
        found="There is no Deployment wbe.",
        asked="Deployment wbe exists.",
        near="There is a Deployment called web.",
        look="kubectl get deployments",
    )


def test_the_others_are_counted(shop):
    for name in ("api", "cart"):
        shop.add(changed(shop.get(DEPLOYMENT, "web"), metadata__name=name))
    verdict = missing(shop, "{apiVersion: apps/v1, kind: Deployment, name: Web}")
    assert verdict.near == "There is a Deployment called web, and 2 others."
    verdict = missing(shop, "{apiVersion: apps/v1, kind: Deployment, name: checkout}")
    assert verdict.near == "There are 3 objects of the kind Deployment here: api, cart, web."


def test_another_namespace_of_the_exercise_comes_first(shop):
    shop.add(changed(shop.get(DEPLOYMENT, "web"), metadata__name="till", metadata__namespace="yard"))
    shop.add(changed(shop.get(DEPLOYMENT, "web"), metadata__name="tills"))
    verdict = missing(shop, "{apiVersion: apps/v1, kind: Deployment, name: till}")
    assert verdict.near == "There is a Deployment till in namespace yard."


def test_any_namespace_is_better_than_nothing(shop):
    shop.add(changed(shop.get(DEPLOYMENT, "web"), metadata__name="till", metadata__namespace="default"))
    verdict = missing(shop, "{apiVersion: apps/v1, kind: Deployment, name: till}")
    assert verdict.near == "There is a Deployment till in namespace default."


def test_another_kind_of_that_name(shop):
    verdict = missing(shop, "{apiVersion: apps/v1, kind: StatefulSet, name: web}")
    assert verdict.near == "There is a Deployment called web."


def test_elsewhere_the_namespace_is_named(shop):
    verdict = missing(shop, "{apiVersion: apps/v1, kind: Deployment, name: web, namespace: yard}")
    assert verdict.found == "There is no Deployment web in namespace yard."
    assert verdict.near == "There is a Deployment web in namespace shop."
    assert verdict.look == "kubectl get deployments -n yard"


def test_an_empty_namespace_has_no_near_miss():
    verdict = missing(RecordedWorld(), "{apiVersion: v1, kind: Service, name: web}")
    assert (verdict.found, verdict.near) == ("There is no Service web.", "")


def test_labels_that_nothing_carries(shop):
    shop.remove("DaemonSet", "agent")
    verdict = missing(shop, "{apiVersion: apps/v1, kind: Deployment, selector: app=wbe}")
    assert verdict == Verdict(
        ok=False,
        found="There is no Deployment with the labels app=wbe.",
        asked="Deployment with the labels app=wbe exists.",
        near="Deployment objects here carry app=web.",
        look="kubectl get deployments --show-labels",
    )


def test_a_kind_that_the_cluster_does_not_know(shop):
    verdict = missing(shop, "{apiVersion: bakery.example/v1, kind: Cake, name: web}")
    assert verdict.found == "This cluster knows no Cake in bakery.example/v1."
    assert verdict.look == "kubectl api-resources"


def test_a_pod_on_its_way_is_waited_for(shop):
    pod = shop.list(Kind("v1", "Pod"), selector="app=web")[0]
    shop.add(changed(pod, status={"phase": "Pending"}))
    assert look(shop, "object: {apiVersion: v1, kind: Pod, name: web-next}").healing


# --- there, but different --------------------------------------------------------------------------------------


def test_a_wrong_value(shop):
    assert web(shop, "{spec: {replicas: 4}}") == Verdict(
        ok=False,
        found="spec.replicas of Deployment web is 3.",
        asked="spec.replicas of Deployment web is 4.",
        look=YAML,
        path="spec.replicas",
    )


def test_a_field_that_is_not_set_but_stands_next_to_it(shop):
    verdict = web(shop, "{spec: {template: {spec: {containers: [{name: nginx, resources: {limits: {cpu: 10m}}}]}}}}")
    limits = "spec.template.spec.containers[nginx].resources.limits"
    assert verdict.found == f"{limits} of Deployment web is not set."
    assert verdict.asked == f"{limits} of Deployment web contains {{cpu: 10m}}."
    requests = "spec.template.spec.containers[nginx].resources.requests"
    assert verdict.near == f"What was asked stands at {requests}, not at {limits}."


def test_a_label_on_the_wrong_level(shop):
    web_changed(shop, metadata__labels={"app": "web", "tier": "front"})
    verdict = web(shop, "{spec: {template: {metadata: {labels: {tier: front}}}}}")
    assert verdict.near == "What was asked stands at metadata.labels.tier, not at spec.template.metadata.labels.tier."


def test_a_key_one_letter_off(shop):
    web_changed(shop, metadata__labels={"app": "web", "color": "red"})
    verdict = web(shop, "{metadata: {labels: {colour: red}}}")
    assert verdict.found == "metadata.labels.colour of Deployment web is not set."
    assert verdict.near == "metadata.labels.color is set, to red."


@pytest.mark.parametrize(
    ("value", "near"),
    [
        ("wbe", "wbe is one letter away from web."),
        ("Web", "Web and web differ in upper and lower case only."),
        (" web", "It differs from what was asked in white space only."),
        ("shop", ""),
    ],
)
def test_a_value_one_edit_away(shop, value, near):
    web_changed(shop, metadata__labels={"tier": value})
    assert web(shop, "{metadata: {labels: {tier: web}}}").near == near


def test_a_unit_that_is_not_the_one_asked_for(shop):
    verdict = web(
        shop, "{spec: {template: {spec: {containers: [{name: nginx, resources: {requests: {memory: 16M}}}]}}}}"
    )
    assert verdict.near == "16Mi and 16M differ in their unit."


def test_a_container_with_nearly_that_name(shop):
    verdict = web(shop, "{spec: {template: {spec: {containers: [{name: ngnix}]}}}}")
    assert verdict.asked == "spec.template.spec.containers of Deployment web holds {name: ngnix}."
    assert verdict.near == "spec.template.spec.containers has nginx, not ngnix."
    assert verdict.found.startswith("spec.template.spec.containers of Deployment web holds nginx {")


def test_three_differences_are_told_and_the_rest_counted(shop):
    others = "minReadySeconds: 5, revisionHistoryLimit: 1, selector: {matchLabels: {a: b}}"
    verdict = web(shop, f"{{spec: {{replicas: 1, paused: true, {others}}}}}")
    assert verdict.found == (
        "spec.replicas of Deployment web is 3. spec.paused of Deployment web is not set. "
        "spec.minReadySeconds of Deployment web is not set. 2 more fields differ."
    )


def test_a_list_where_a_mapping_was_wanted(shop):
    web_changed(shop, spec__template=["not", "a", "mapping"])
    verdict = web(shop, "{spec: {template: {spec: {}}}}")
    assert verdict.found == "spec.template of Deployment web is a list, not a mapping."


def test_a_mapping_where_a_list_was_wanted(shop):
    web_changed(shop, spec__template__spec__containers={"name": "nginx"})
    verdict = web(shop, "{spec: {template: {spec: {containers: [{name: nginx}]}}}}")
    assert verdict.found == "spec.template.spec.containers of Deployment web is a mapping, not a list."


def test_null_and_unicode(shop):
    web_changed(shop, metadata__annotations={"note": "Grüße 🍰"}, spec__paused=None)
    verdict = web(shop, '{metadata: {annotations: {note: "Gruß 🍰"}}, spec: {paused: null}}')
    assert verdict.found == "metadata.annotations.note of Deployment web is Grüße 🍰."
    assert verdict.asked == "metadata.annotations.note of Deployment web is Gruß 🍰."


def test_a_long_value_is_shown_around_the_difference(shop):
    text = "a" * 50_000 + "X" + "b" * 50_000
    web_changed(shop, metadata__annotations={"note": text})
    verdict = web(shop, f"{{metadata: {{annotations: {{note: '{text.replace('X', 'Y')}'}}}}}}")
    assert "aX" in verdict.found
    assert "aY" in verdict.asked
    assert len(verdict.found) < 200


def test_a_huge_object_is_searched_no_further_than_makes_sense(shop):
    web_changed(shop, metadata__annotations={f"key-{n}": "x" * 100 for n in range(50_000)})
    verdict = web(shop, "{spec: {replicas: 4}}")
    assert verdict.found == "spec.replicas of Deployment web is 3."


def test_control_characters_do_not_reach_the_terminal(shop):
    web_changed(shop, metadata__annotations={"note": "\x1b[31mred\x07"})
    verdict = web(shop, "{metadata: {annotations: {note: plain}}}")
    assert "\x1b" not in verdict.found
    assert "\x07" not in verdict.found


# --- on its way ------------------------------------------------------------------------------------------------


def test_a_rollout_under_way_is_waited_for(shop):
    web_changed(shop, status__readyReplicas=2, status__unavailableReplicas=1)
    verdict = web(shop, "{status: {readyReplicas: 3}}")
    assert verdict.healing
    assert verdict.found == "status.readyReplicas of Deployment web is 2."
    assert verdict.path == "status.readyReplicas"
    assert verdict.look == "kubectl describe deployment web"


def test_a_change_that_nobody_has_looked_at_is_waited_for(shop):
    web_changed(shop, metadata__generation=9)
    assert web(shop, "{status: {readyReplicas: 4}}").healing


def test_a_deployment_at_rest_is_not_waited_for(shop):
    assert not web(shop, "{status: {readyReplicas: 4}}").healing


def test_a_wrong_spec_is_not_waited_for(shop):
    web_changed(shop, status__readyReplicas=2)
    assert not web(shop, "{spec: {replicas: 4}, status: {readyReplicas: 4}}").healing


def test_what_cannot_heal_is_named_and_not_waited_for():
    verdict = look(
        RecordedWorld.of("broken"),
        "{object: {apiVersion: apps/v1, kind: Deployment, name: typo}, expect: {status: {readyReplicas: 1}}}",
    )
    assert not verdict.healing
    assert verdict.found == (
        "status.readyReplicas of Deployment typo is 0. "
        "Pod typo-79469b5b57-f7rbc cannot get the image nginx:1.99: ImagePullBackOff."
    )
    assert verdict.evidence.startswith('Back-off pulling image "nginx:1.99"')
    assert verdict.look == "kubectl describe pod typo-79469b5b57-f7rbc"


def test_a_pod_of_a_deployment_in_motion_may_still_become_right(shop):
    pod = shop.list(Kind("v1", "Pod"), selector="app=web")[0]
    ask = "{object: {apiVersion: v1, kind: Pod, selector: app=web}, expect: {spec: {hostNetwork: true}}}"
    assert not look(shop, ask).healing
    shop.add(changed(pod, metadata__deletionTimestamp="2026-01-01T00:00:00Z"))
    assert look(shop, ask).healing


def test_an_object_on_its_way_out_is_not_there(shop):
    web_changed(shop, metadata__deletionTimestamp="2026-01-01T00:00:00Z")
    verdict = look(shop, WEB)
    assert (verdict.ok, verdict.healing) == (False, True)
    assert verdict.found == "Deployment web is being deleted."


# --- the author, and the cluster -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("object: {apiVersion: v1, kind: Pod}", "object: say which object, by name or by selector (one of the two)"),
        (f"{WEB}\nexpect: {{spec: {{replcas: 1}}}}", "expect.spec: there is no field replcas; did you mean replicas?"),
        (
            f"{WEB}\nexpect: {{spec: {{template: {{spec: {{containers: {{name: a}}}}}}}}}}",
            "expect.spec.template.spec.containers is a list in the API; {'name': 'a'} never matches",
        ),
        (
            f"{WEB}\nexpect: {{status: {{conditions: [{{status: True}}]}}}}",
            'expect.status.conditions[0].status is a string in the API; write "True" in quotes',
        ),
    ],
)
def test_the_author_hears_what_is_wrong(text, message):
    assert problems(text) == [message]


def test_a_cluster_that_is_gone_is_no_verdict(shop):
    shop.broken = LookError("The cluster does not answer.")
    with pytest.raises(LookError):
        look(shop, WEB)


def test_changes_of_pods_and_events_make_a_workload_worth_another_look():
    kinds = {kind.kind for kind in check(WEB).type.reads()}
    assert kinds >= {"Deployment", "ReplicaSet", "Pod", "Event"}
    assert {k.kind for k in check("object: {apiVersion: v1, kind: Secret, name: a}").type.reads()} == {"Secret"}
