"""`answer` on a real cluster: questions whose answers nobody wrote into a test."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from checkers.live.world import LiveWorld

from .conftest import Space
from .test_checks import check, fails, passes

pytestmark = pytest.mark.kind

LEADER = """
answer: {key: leader}
expect:
  object: {apiVersion: coordination.k8s.io/v1, kind: Lease, name: kube-scheduler, namespace: kube-system}
  path: spec.holderIdentity
  transform: '^(.*)_'
"""
NAMES = """
answer: {key: names}
expect: {names_of: {apiVersion: v1, kind: Pod, namespace: kube-system, selector: tier=control-plane}}
"""


def test_questions(world: LiveWorld, space: Space, make_space: Callable[[], Space]) -> None:
    fails(LEADER, world, "")
    lease = json.loads(space.kubectl("get", "lease", "kube-scheduler", "-n", "kube-system", "-o", "json"))
    leader = lease["spec"]["holderIdentity"].rpartition("_")[0]
    pods = json.loads(space.kubectl("get", "pods", "-n", "kube-system", "-l", "tier=control-plane", "-o", "json"))[
        "items"
    ]
    names = [each["metadata"]["name"] for each in pods]
    space.kubectl("create", "configmap", "answer", f"--from-literal=leader={leader}")
    fails(LEADER, world, "There is a ConfigMap called answer.")
    space.kubectl(
        "create",
        "configmap",
        "answers",
        f"--from-literal=leader={leader[:-1]}",
        f"--from-literal=names={' '.join(names[1:])}",
    )
    verdict = fails(LEADER, world, "It is one letter away from being right.")
    assert leader not in " ".join((verdict.found, verdict.asked, verdict.near, verdict.look))
    fails(NAMES, world, "something is missing")
    answers = {"leader": f"node/{leader.upper()}", "names": "\n".join(f"pod/{name}" for name in reversed(names))}
    space.kubectl("patch", "configmap", "answers", "-p", json.dumps({"data": answers}))
    passes(LEADER, world)
    passes(NAMES, world)
    assert not check(NAMES.replace("tier=control-plane", "k8s-app=kube-dns")).look(world).ok
