"""The check type `admission`: accepted, refused, and refused for another reason."""

from __future__ import annotations

import pytest

from checkers.result import Verdict
from checkers.world import Admission, LookError, Subject

from .behaviour import look, problems
from .recorded import RecordedWorld

MANIFEST = "{apiVersion: v1, kind: Pod, metadata: {name: intruder}, spec: {containers: [{name: a, image: busybox}]}}"
REFUSED = f"{{admission: {{manifest: {MANIFEST}}}, expect: {{accepted: false, message: violates PodSecurity}}}}"
ACCEPTED = f"{{admission: {{manifest: {MANIFEST}}}}}"
ASKED = "Pod intruder is refused in namespace shop. message contains “violates PodSecurity”."
VIOLATES = (
    'pods "intruder" is forbidden: violates PodSecurity "baseline:latest": '
    'privileged (container "a" must not set securityContext.privileged=true)'
)
LEVEL = "pod-security.kubernetes.io/"
POLICIES = "kubectl get validatingadmissionpolicies,validatingadmissionpolicybindings"


def space(**labels: str) -> dict:
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "shop", "labels": {LEVEL + k: v for k, v in labels.items()}},
    }


def thing(kind: str, name: str, **fields) -> dict:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "shop"}, **fields}


def policy(name: str) -> dict:
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": name},
    }


def bound(name: str, to: str, *actions: str, **labels: str) -> dict:
    selector = {"matchLabels": labels, "matchExpressions": [{"key": "secret", "operator": "DoesNotExist"}]}
    spec = {"policyName": to, "validationActions": list(actions), "matchResources": {"namespaceSelector": selector}}
    return policy(name) | {"kind": "ValidatingAdmissionPolicyBinding", "spec": spec}


def says(answer: Admission, *objects: dict) -> RecordedWorld:
    made = RecordedWorld(*objects)
    made.admits = lambda manifest, who: answer
    return made


YES = Admission(True, stored={"spec": {"containers": [{"name": "a", "resources": {"limits": {"cpu": "500m"}}}]}})
NO = Admission(False, VIOLATES, "Forbidden")


def test_refused_as_asked() -> None:
    assert look(REFUSED, says(NO, space(enforce="baseline"))) == Verdict(
        ok=True,
        found="The API server refuses Pod intruder in namespace shop.",
        evidence=f"The API server says: {VIOLATES}",
    )


def test_accepted_as_asked() -> None:
    assert look(ACCEPTED, says(YES)) == Verdict(ok=True, found="The API server accepts Pod intruder in namespace shop.")


def test_accepted_though_it_should_be_refused() -> None:
    assert look(REFUSED, says(YES, space())) == Verdict(
        ok=False,
        found="The API server accepts Pod intruder in namespace shop.",
        asked=ASKED,
        evidence="Nothing is in force on namespace shop: no Pod Security label, quota, limits or policy.",
        look="kubectl describe namespace shop",
    )


@pytest.mark.parametrize(
    ("objects", "near"),
    [
        ([space(warn="restricted")], f"Namespace shop has {LEVEL}warn=restricted, which refuses nothing."),
        ([space(audit="baseline")], f"Namespace shop has {LEVEL}audit=baseline, which refuses nothing."),
        ([space(enforcd="baseline")], f"Namespace shop carries {LEVEL}enforcd=baseline, a label that nobody reads."),
        ([space(enforce="privileged")], "Namespace shop enforces the level privileged."),
        ([policy("p")], "ValidatingAdmissionPolicy p has no binding."),
        ([policy("p"), bound("b", "p", "Warn")], "Binding b of policy p has the actions Warn: it refuses nothing."),
        ([policy("p"), bound("b", "q", "Deny")], "Binding b names the policy q, which does not exist."),
        ([policy("p"), bound("b", "p", "Deny", env="prod")], "Binding b of policy p leaves namespace shop out."),
        (
            [policy("p"), bound("b", "p", "Deny"), space(warn="baseline")],
            f"Namespace shop has {LEVEL}warn=baseline, which refuses nothing.",
        ),
        ([], ""),
    ],
)
def test_what_is_there_and_refuses_nothing(objects: list, near: str) -> None:
    assert look(REFUSED, says(YES, *objects)).near == near


def test_the_words_tell_which_near_miss_is_meant() -> None:
    text = REFUSED.replace("violates PodSecurity", "too many replicas")
    verdict = look(text, says(YES, space(warn="baseline"), policy("p")))
    assert verdict.near == "ValidatingAdmissionPolicy p has no binding."


def test_a_policy_for_other_namespaces_is_not_in_force_here() -> None:
    verdict = look(REFUSED, says(YES, policy("p"), bound("b", "p", "Deny", env="prod")))
    assert verdict.evidence.startswith("Nothing is in force")
    assert not verdict.healing


def test_what_is_in_force_is_told() -> None:
    objects = (
        space(enforce="baseline", warn="restricted"),
        thing("ResourceQuota", "small"),
        thing("LimitRange", "bounds"),
        policy("p"),
        bound("b", "p", "Deny", "Audit"),
    )
    verdict = look(REFUSED, says(YES, *objects))
    assert verdict.evidence == (
        "In force on namespace shop: Pod Security enforce=baseline; Pod Security warn=restricted; "
        "ResourceQuota small; LimitRange bounds; policy p (Deny, Audit)."
    )
    assert verdict.look == POLICIES


def test_a_policy_takes_its_time() -> None:
    assert look(REFUSED, says(YES, policy("p"), bound("b", "p", "Deny"))).healing
    assert not look(REFUSED, says(YES, space(warn="baseline"))).healing


def test_refused_though_it_should_be_accepted() -> None:
    assert look(ACCEPTED, says(NO, space(enforce="baseline"))) == Verdict(
        ok=False,
        found="The API server refuses Pod intruder in namespace shop.",
        asked="Pod intruder is accepted in namespace shop.",
        near="Namespace shop enforces the level baseline.",
        evidence=f"The API server says: {VIOLATES}",
        look="kubectl describe namespace shop",
    )


def test_refused_for_another_reason() -> None:
    message = 'pods "intruder" is forbidden: exceeded quota: small, requested: pods=1, used: pods=2, limited: pods=2'
    quota = thing("ResourceQuota", "small", status={"hard": {"pods": "2", "cpu": "1"}, "used": {"pods": "2"}})
    verdict = look(REFUSED, says(Admission(False, message, "Forbidden"), quota))
    assert verdict == Verdict(
        ok=False,
        found="The API server refuses Pod intruder in namespace shop, but for another reason.",
        asked=ASKED,
        near="ResourceQuota small has in use: cpu 0/1, pods 2/2.",
        evidence=f"The API server says: {message}",
        look="kubectl describe namespace shop",
    )


@pytest.mark.parametrize(
    ("message", "objects", "near"),
    [
        (
            "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: too many replicas",
            [policy("p"), policy("other")],
            "ValidatingAdmissionPolicy p decided.",
        ),
        (
            "maximum cpu usage per Container is 500m, but limit is 1",
            [thing("LimitRange", "bounds")],
            "LimitRange bounds sets the bounds here.",
        ),
        ('Pod "intruder" is invalid: spec.containers[0].image: Required value', [thing("LimitRange", "bounds")], ""),
    ],
)
def test_what_stands_behind_a_refusal(message: str, objects: list, near: str) -> None:
    assert look(ACCEPTED, says(Admission(False, message, "Invalid"), *objects)).near == near


def test_a_kind_or_namespace_that_is_not_there_is_no_refusal() -> None:
    text = REFUSED.replace(", message: violates PodSecurity", "")
    assert look(text, says(NO)).ok
    missing = Admission(False, "no matches for kind Boat in version sea.example/v1", "NotFound")
    assert look(text, says(missing)).found.endswith("but for another reason.")


def test_a_new_quota_counts_first() -> None:
    message = "pods is forbidden: status unknown for quota: small, resources: pods"
    assert look(ACCEPTED, says(Admission(False, message, "Forbidden"))).healing


def test_what_would_be_stored() -> None:
    stored = "{spec: {containers: [{name: a, resources: {limits: {cpu: %s}}}]}}"
    text = f"{{admission: {{manifest: {MANIFEST}}}, expect: {{stored: {stored}}}}}"
    assert look(text % "'0.5'", says(YES)).ok
    verdict = look(text % "200m", says(YES, thing("LimitRange", "bounds")))
    assert verdict.found == "spec.containers[a].resources.limits.cpu of Pod intruder, as it would be stored is 500m."
    assert verdict.asked == "spec.containers[a].resources.limits.cpu of Pod intruder, as it would be stored is 200m."
    assert verdict.evidence == "In force on namespace shop: LimitRange bounds."
    assert "is a list, not a mapping" in look(text % "1", says(Admission(True, stored={"spec": []}))).found


def test_sent_by_somebody() -> None:
    senders = []
    made = RecordedWorld()
    made.admits = lambda manifest, who: senders.append(who) or NO
    text = f"{{admission: {{manifest: {MANIFEST}, as: {{serviceaccount: robot}}}}}}"
    assert look(text, made).asked == "Pod intruder is accepted in namespace shop. ServiceAccount robot sends it."
    assert senders == [
        Subject(
            "system:serviceaccount:shop:robot",
            ("system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"),
        )
    ]


def test_another_namespace() -> None:
    text = ACCEPTED.replace("{name: intruder}", "{name: intruder, namespace: den}")
    assert look(text, says(NO)).look == "kubectl describe namespace den"


def test_unicode_nulls_and_length() -> None:
    long = Admission(False, "策略 拒绝\n" + "x" * 10_000, "")
    verdict = look(ACCEPTED, says(long, thing("ResourceQuota", "q", status=None), bound("b", "p") | {"spec": None}))
    assert verdict.evidence.startswith("The API server says: 策略 拒绝 xxx")
    assert len(verdict.evidence) < 500


def test_a_cluster_that_is_gone_is_no_verdict() -> None:
    with pytest.raises(LookError, match="gone"):
        look(ACCEPTED, RecordedWorld(broken=LookError("gone")))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (ACCEPTED.replace("kind: Pod", "kind: Pdo"), "did you mean Pod"),
        (ACCEPTED.replace("image:", "imgae:"), "did you mean image"),
        (f"{{admission: {{manifest: {MANIFEST}}}, expect: {{message: x}}}}", "message goes with accepted: false"),
        (
            f"{{admission: {{manifest: {MANIFEST}}}, expect: {{accepted: false, stored: {{spec: {{}}}}}}}}",
            "stored goes with",
        ),
        (f"{{admission: {{manifest: {MANIFEST}}}, expect: {{stored: {{spce: {{}}}}}}}}", "did you mean spec"),
        (f"{{admission: {{manifest: {MANIFEST}, as: {{groups: [a]}}}}}}", "a user or a serviceaccount"),
    ],
)
def test_what_is_wrong_with_a_check(text: str, problem: str) -> None:
    assert problem in " ".join(problems(text))
