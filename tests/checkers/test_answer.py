"""The check type `answer`: what the learner wrote, against what is computed at that moment."""

from __future__ import annotations

import itertools

import pytest

from checkers.result import Verdict
from checkers.world import LookError

from .behaviour import look, problems
from .recorded import RecordedWorld

LEASE = {
    "apiVersion": "coordination.k8s.io/v1",
    "kind": "Lease",
    "metadata": {"name": "kube-scheduler", "namespace": "kube-system"},
    "spec": {"holderIdentity": "lab-control-plane_3f1c", "leaseDurationSeconds": 15},
}
ASKED = "The right answer stands under the key it of ConfigMap answers."
LEADER = """
answer: {key: it}
expect:
  object: {apiVersion: coordination.k8s.io/v1, kind: Lease, name: kube-scheduler, namespace: kube-system}
  path: spec.holderIdentity
  transform: '^(.*)_'
"""
PODS = "{apiVersion: v1, kind: Pod, selector: app=web}"
COUNT = f"{{answer: {{key: it}}, expect: {{count: {PODS}}}}}"
NAMES = f"{{answer: {{key: it}}, expect: {{names_of: {PODS}}}}}"
GREEDY = f"{{answer: {{key: it}}, expect: {{name_of: {PODS}, most: 'spec.containers[*].resources.requests.cpu'}}}}"
SUM = f"{{answer: {{key: it}}, expect: {{sum: {PODS}, path: 'spec.containers[*].resources.requests.cpu'}}}}"
IMAGES = f"{{answer: {{key: it}}, expect: {{values_of: {PODS}, path: 'spec.containers[*].image'}}}}"


def pod(name: str, *cpu: str, app: str = "web", image: str = "nginx:1.28") -> dict:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop", "labels": {"app": app}},
        "spec": {
            "containers": [
                {"name": f"c{i}", "image": image, "resources": {"requests": {"cpu": c}}} for i, c in enumerate(cpu)
            ]
        },
    }


THREE = (pod("web-abcde", "100m", "0.2"), pod("web-fghij", "250m"), pod("web-klmno", "50m", image="redis:7.4"))


def notes(data: dict | None, name: str = "answers", namespace: str = "shop") -> dict:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace}, "data": data}


def wrote(answer: str | None, *objects: dict) -> RecordedWorld:
    return RecordedWorld(notes({"it": answer}), *(objects or (LEASE,)))


@pytest.mark.parametrize(
    "answer",
    [
        "lab-control-plane",
        " Lab-Control-Plane\n",
        "node/lab-control-plane",
        '"lab-control-plane"',
        "nodes/lab-control-plane.",
    ],
)
def test_the_right_answer_however_it_is_written(answer: str) -> None:
    assert look(LEADER, wrote(answer)).ok


def test_the_whole_verdict_when_right() -> None:
    assert look(COUNT, wrote("3", *THREE)) == Verdict(ok=True, found="Your answer is right: 3", asked=ASKED)


def test_a_wrong_answer() -> None:
    assert look(COUNT, wrote("8", *THREE)) == Verdict(
        ok=False,
        found="Your answer under it, “8”, is not right.",
        asked=ASKED,
        look="kubectl get pods",
        path="data.it",
    )


def test_one_letter_off() -> None:
    verdict = look(LEADER, wrote("lab-control-plan"))
    assert verdict.near == "It is one letter away from being right."
    assert verdict.look == "kubectl get leases.coordination.k8s.io -n kube-system"


def test_one_digit_off_is_another_answer() -> None:
    made = [pod(f"web-{number}", "1") for number in range(1234)]
    assert look(COUNT, wrote("1235", *made)).near == ""


def test_more_or_less_than_was_asked() -> None:
    assert look(LEADER, wrote("lab-control-plane_3f1c")).near == "You wrote more than was asked for."
    assert look(LEADER, wrote("lab-control")).near == "You wrote only a part of it."


SECRETS = [
    (LEADER, (LEASE,), ["lab-control-plane"]),
    (COUNT, THREE, ["3"]),
    (NAMES, THREE, ["web-abcde", "web-fghij", "web-klmno"]),
    (GREEDY, THREE, ["web-abcde"]),
    (SUM, THREE, ["0.6", "600m"]),
    (IMAGES, THREE, ["nginx:1.28", "redis:7.4"]),
]
WRONG = [
    "",
    "x",
    "7",
    "lab-control-plan",
    "lab-control-plane_3f1c",
    "web-abcde-2",
    "web-fghij",
    "web-abcde web-fghij",
    "web-abcdf,web-fghij",
    "nginx:1.28",
    "0.7",
]


@pytest.mark.parametrize(("case", "answer"), list(itertools.product(SECRETS, WRONG)))
def test_no_text_of_a_failure_holds_the_computed_answer(case, answer) -> None:
    text, objects, secrets = case
    verdict = look(text, wrote(answer, *objects))
    if not verdict.ok:
        told = " ".join((verdict.found, verdict.asked, verdict.near, verdict.evidence, verdict.look))
        assert not [each for each in secrets if each in told], told


@pytest.mark.parametrize(
    "answer",
    ["web-klmno web-abcde web-fghij", "web-abcde, pod/web-fghij;\nWEB-KLMNO", "pods/web-abcde\nweb-klmno\nweb-fghij\n"],
)
def test_names_in_any_order(answer: str) -> None:
    assert look(NAMES, wrote(answer, *THREE)).ok


@pytest.mark.parametrize(
    ("answer", "near"),
    [
        ("web-abcde, web-fghij", "What you wrote is right, but something is missing."),
        ("web-abcde web-fghij web-klmno web-x", "Nothing is missing, but there is too much: web-x."),
        ("web-abcde web-x", "Part of it is right. This does not belong there: web-x."),
        ("web-abcdf", "One letter is off in web-abcdf."),
        ("something else", ""),
    ],
)
def test_names_that_are_nearly_right(answer: str, near: str) -> None:
    assert look(NAMES, wrote(answer, *THREE)).near == near


def test_the_object_with_the_most() -> None:
    assert look(GREEDY, wrote("web-abcde", *THREE)).ok
    assert not look(GREEDY, wrote("web-fghij", *THREE)).ok
    assert look(GREEDY.replace("most", "least"), wrote("web-klmno", *THREE)).ok


def test_of_two_that_share_the_first_place_either_is_right_but_not_both() -> None:
    made = (pod("web-1", "1"), pod("web-2", "1000m"))
    assert look(GREEDY, wrote("web-1", *made)).ok
    assert look(GREEDY, wrote("web-2", *made)).ok
    assert not look(GREEDY, wrote("web-1 web-2", *made)).ok


@pytest.mark.parametrize("answer", ["600m", "0.6", "0.60"])
def test_quantities_count_by_value(answer: str) -> None:
    assert look(SUM, wrote(answer, *THREE)).ok


def test_mega_is_not_milli() -> None:
    assert not look(SUM, wrote("600M", *THREE)).ok


def test_all_values_of_a_path() -> None:
    assert look(IMAGES, wrote("redis:7.4 nginx:1.28", *THREE)).ok
    assert look(IMAGES, wrote("nginx:1.28", *THREE)).near == "What you wrote is right, but something is missing."


def test_objects_can_be_chosen_by_a_tree() -> None:
    where = "where: {spec: {containers: [{image: 'redis:7.4'}]}}"
    text = f"{{answer: {{key: it}}, expect: {{name_of: {{apiVersion: v1, kind: Pod, {where}}}}}}}"
    assert look(text, wrote("web-klmno", *THREE)).ok
    assert not look(text, wrote("web-abcde", *THREE)).ok


def test_what_is_being_deleted_does_not_count() -> None:
    leaving = pod("web-gone", "1")
    leaving["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert look(COUNT, wrote("3", *THREE, leaving)).ok


def test_the_answer_follows_the_cluster() -> None:
    made = wrote("3", *THREE)
    assert look(COUNT, made).ok
    assert not look(COUNT, made.remove("Pod", "web-abcde")).ok


def test_no_config_map() -> None:
    assert look(LEADER, RecordedWorld(LEASE)) == Verdict(
        ok=False,
        found="There is no ConfigMap answers in namespace shop.",
        asked=ASKED,
        look="kubectl get configmaps",
    )


def test_a_config_map_of_another_name_or_namespace() -> None:
    assert look(LEADER, RecordedWorld(LEASE, notes({}, "answer"))).near == "There is a ConfigMap called answer."
    elsewhere = RecordedWorld(LEASE, notes({"it": "x"}, namespace="default"))
    assert look(LEADER, elsewhere).near == "There is a ConfigMap answers in namespace default."


def test_a_key_that_is_missing_misspelt_or_empty() -> None:
    verdict = look(LEADER.replace("it", "leader"), RecordedWorld(LEASE, notes({"leadr": "x"})))
    assert verdict.found == "ConfigMap answers has no key leader."
    assert verdict.near == "It has a key leadr."
    assert verdict.look == "kubectl get configmap answers -o yaml"
    assert look(LEADER, RecordedWorld(LEASE, notes({"other": "x", "more": ""}))).near == "Its keys: more, other."
    assert look(LEADER, wrote(" ")).found == "The key it of ConfigMap answers is empty."
    assert look(LEADER, RecordedWorld(LEASE, notes(None))).found == "ConfigMap answers has no key it."


@pytest.mark.parametrize(
    "answer", ["早安", "e\u0301té", "\x00\x1b[31m", "a" * 100_000, "null", "[]", "{}", "///", ", ,"]
)
def test_odd_answers_are_only_wrong(answer: str) -> None:
    for text in (LEADER, COUNT, NAMES, GREEDY, SUM):
        verdict = look(text, wrote(answer, LEASE, *THREE))
        assert not verdict.ok
        assert "\x1b" not in verdict.found + verdict.near


def test_odd_objects_have_no_answer() -> None:
    for spec in (None, [], {"holderIdentity": None}, {"holderIdentity": {"a": 1}}, {"holderIdentity": "no-underscore"}):
        with pytest.raises(LookError, match="no answer to this question"):
            look(LEADER, wrote("x", LEASE | {"spec": spec}))


def test_a_cluster_that_is_gone_is_no_verdict() -> None:
    with pytest.raises(LookError, match="gone"):
        look(LEADER, RecordedWorld(broken=LookError("gone")))


@pytest.mark.parametrize(
    ("expect", "problem"),
    [
        ("{}", "exactly one of object, count"),
        (f"{{count: {PODS}, names_of: {PODS}}}", "exactly one of object, count"),
        (f"{{count: {PODS}, path: spec.x}}", "count goes without a path"),
        (f"{{sum: {PODS}}}", "sum needs a path"),
        (f"{{sum: {PODS}, path: 'spec..x'}}", "is not a path"),
        (f"{{count: {PODS}, most: spec.x}}", "together with name_of"),
        (f"{{count: {PODS}, transform: '('}}", "not a regular expression"),
        ("{count: {apiVersion: v1, kind: Pod, where: {spec: {contaners: []}}}}", "did you mean containers"),
        ("{object: {apiVersion: v1, kind: Pod}, path: spec.x}", "by name or by selector"),
    ],
)
def test_what_is_wrong_with_a_check(expect: str, problem: str) -> None:
    assert problem in " ".join(problems(f"{{answer: {{key: it}}, expect: {expect}}}"))
