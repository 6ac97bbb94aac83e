"""`admission` on a real cluster: Pod Security, a quota, limits, a policy, and an account that may not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from checkers.live.world import LiveWorld

from .conftest import Space
from .test_checks import check, fails, passes, until

pytestmark = pytest.mark.kind

CONTAINER = '{name: a, image: "busybox:1.37", securityContext: {privileged: true}}'
MANIFEST = f"{{apiVersion: v1, kind: Pod, metadata: {{name: intruder}}, spec: {{containers: [{CONTAINER}]}}}}"


def refused(words: str) -> str:
    return f"{{admission: {{manifest: {MANIFEST}}}, expect: {{accepted: false, message: {words}}}}}"


ACCEPTED = f"{{admission: {{manifest: {MANIFEST}}}}}"


def test_pod_security(world: LiveWorld, space: Space) -> None:
    passes(ACCEPTED, world)
    space.kubectl("label", "namespace", space.name, "pod-security.kubernetes.io/warn=baseline")
    fails(refused("violates PodSecurity"), world, "pod-security.kubernetes.io/warn=baseline, which refuses nothing.")
    space.kubectl("label", "namespace", space.name, "pod-security.kubernetes.io/enforce=baseline")
    passes(refused("violates PodSecurity"), world)
    verdict = fails(refused("exceeded quota"), world, f"Namespace {space.name} enforces the level baseline.")
    assert "must not set securityContext.privileged=true" in verdict.evidence
    space.kubectl("label", "namespace", space.name, "pod-security.kubernetes.io/enforce-")
    passes(ACCEPTED, world)


def test_a_quota(world: LiveWorld, space: Space) -> None:
    space.kubectl("create", "quota", "none", "--hard=pods=0")
    passes(refused("exceeded quota"), world)
    fails(ACCEPTED, world, "ResourceQuota none has in use: pods 0/0.")
    space.kubectl("delete", "quota", "none")


def test_what_a_limit_range_adds(world: LiveWorld, space: Space) -> None:
    stored = "{spec: {containers: [{name: a, resources: {limits: {cpu: 0.2}}}]}}"
    text = f"{{admission: {{manifest: {MANIFEST}}}, expect: {{stored: {stored}}}}}"
    assert not check(text).look(world).ok
    limits = "[{type: Container, default: {cpu: 200m}, max: {cpu: 300m}}]"
    space.apply(f"{{apiVersion: v1, kind: LimitRange, metadata: {{name: bounds}}, spec: {{limits: {limits}}}}}")
    passes(text, world)
    space.kubectl("delete", "limitrange", "bounds")


def test_an_account_that_may_not(world: LiveWorld, space: Space) -> None:
    text = f"{{admission: {{manifest: {MANIFEST}, as: {{serviceaccount: default}}}}}}"
    verdict = check(text).look(world)
    assert 'cannot create resource "pods"' in verdict.evidence
    space.kubectl("create", "rolebinding", "edit", "--clusterrole=edit", f"--serviceaccount={space.name}:default")
    passes(text, world)


POLICY = """
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: NAME}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
  validations: [{expression: "has(object.metadata.labels)", message: "every Pod wants a label"}]
"""
BINDING = """
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: NAME}
spec:
  policyName: NAME
  validationActions: [Deny]
  matchResources: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: NAME}}}
"""


@pytest.fixture
def policy(space: Space) -> Iterator[str]:
    space.apply(POLICY.replace("NAME", space.name))
    yield space.name
    for kind in ("validatingadmissionpolicybinding", "validatingadmissionpolicy"):
        space.kubectl("delete", kind, space.name, "--ignore-not-found")


def test_a_policy(world: LiveWorld, space: Space, policy: str) -> None:
    text = refused("every Pod wants a label")
    fails(text, world, f"ValidatingAdmissionPolicy {policy} has no binding.")
    space.apply(BINDING.replace("NAME", policy))
    until(lambda: check(text).look(world), lambda verdict: verdict.ok or verdict.healing)
    passes(text, world)
    fails(ACCEPTED, world, f"ValidatingAdmissionPolicy {policy} decided.")
