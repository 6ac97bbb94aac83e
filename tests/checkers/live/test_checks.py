"""The behaviour checks on a real cluster: the misses that learners make, and the way out of them."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from checkers.live.world import LiveWorld
from checkers.result import Verdict
from tests.checkers.behaviour import check

from .conftest import Space, web

pytestmark = pytest.mark.kind


def until(look: Callable[[], Verdict], good: Callable[[Verdict], bool], seconds: float = 20.0) -> Verdict:
    """Look until `good`, and return the last verdict."""
    deadline = time.monotonic() + seconds
    verdict = look()
    while not good(verdict) and time.monotonic() < deadline:
        verdict = look()
    assert good(verdict), verdict
    return verdict


def passes(text: str, world: LiveWorld) -> Verdict:
    return until(lambda: check(text).look(world), lambda verdict: verdict.ok)


def fails(text: str, world: LiveWorld, near: str) -> Verdict:
    return until(lambda: check(text).look(world), lambda verdict: not verdict.ok and near in verdict.near)


ANSWERED = "{http: {host: web, requests: 6}, expect: {status: 200, answered_by: {selector: app=web}}}"


def test_a_service_from_broken_to_whole(world: LiveWorld, space: Space) -> None:
    space.apply(web())
    space.ready("deployment/web")
    passes(ANSWERED, world)
    space.kubectl("set", "selector", "service/web", "app=wbe")
    fails(ANSWERED, world, "Service web selects no Pods: its selector is app=wbe; Pods here carry app=web.")
    space.kubectl("set", "selector", "service/web", "app=web")
    space.kubectl("patch", "service", "web", "-p", '{"spec":{"ports":[{"port":80,"targetPort":81}]}}')
    fails(ANSWERED, world, "Service web sends to port 81 of its Pods; their containers declare 8000 (http).")
    space.kubectl("patch", "service", "web", "-p", '{"spec":{"ports":[{"port":80,"targetPort":8000}]}}')
    passes(ANSWERED, world)
    space.kubectl("scale", "deployment/web", "--replicas=3")
    passes(ANSWERED, world)


def test_strangers_behind_a_service(world: LiveWorld, space: Space) -> None:
    space.apply(web() + "---" + web("posters", 1, "app: posters"))
    space.ready("deployment/posters")
    space.apply(
        "{apiVersion: v1, kind: Service, metadata: {name: both}, "
        "spec: {selector: {team: front}, ports: [{port: 80, targetPort: 8000}]}}"
    )
    space.kubectl("label", "pods", "--all", "team=front")
    text = ANSWERED.replace("host: web", "host: both")
    verdict = until(lambda: check(text).look(world), lambda verdict: "should not" in verdict.found)
    assert "posters-" in verdict.found
    assert verdict.near == "Service both selects team=front."


DOOR = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: door}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress: [{from: [{podSelector: {matchLabels: {app: friend}}}]}]
"""
FRIEND = "{reach: {from: {labels: {app: friend}}, to: {service: web, port: 80}}, expect: open}"
STRANGER = "{reach: {from: {labels: {app: stranger}}, to: {service: web, port: 80}}, expect: closed}"


def test_a_network_policy_opens_and_closes(world: LiveWorld, space: Space) -> None:
    space.apply(web())
    space.ready("deployment/web")
    passes(FRIEND, world)
    fails(STRANGER, world, f"No NetworkPolicy in namespace {space.name} restricts who reaches it.")
    space.apply(DOOR)
    passes(FRIEND, world)
    # The tutor's own Pods are kept out as well: a Pod behind the door answers for it.
    assert passes(STRANGER, world).found == "It is closed from there, and open from elsewhere."
    space.apply(DOOR.replace("friend", "nobody"))
    fails(FRIEND, world, "A NetworkPolicy restricts who reaches the other end: door.")
    space.kubectl("delete", "networkpolicy", "door")
    passes(FRIEND, world)


def test_closed_for_want_of_pods_is_not_closed(world: LiveWorld, space: Space) -> None:
    space.apply(web("empty", 0, "app: empty"))
    text = STRANGER.replace("service: web", "service: empty")
    verdict = fails(text, world, "Service empty selects no Pods")
    assert not verdict.ok


def test_a_way_out_that_forgets_dns(world: LiveWorld, space: Space) -> None:
    space.apply("""
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: out}
spec:
  podSelector: {matchLabels: {app: walker}}
  policyTypes: [Egress]
  egress: [{ports: [{port: 80}, {port: 8000}]}]
""")
    text = FRIEND.replace("friend", "walker")
    fails(text, world, "it is the name that cannot be looked up from there")
    space.kubectl("delete", "networkpolicy", "out")


def test_names(world: LiveWorld, space: Space) -> None:
    passes("{dns: {name: web}, expect: {points_to: {service: web}}}", world)
    space.apply(
        "{apiVersion: v1, kind: Service, metadata: {name: each}, "
        "spec: {clusterIP: None, selector: {app: web}, ports: [{port: 80}]}}"
    )
    passes("{dns: {name: each}, expect: {points_to: {pods: app=web}}}", world)
    fails("{dns: {name: ech}}", world, "there is one called each")


def test_commands_and_logs(world: LiveWorld, space: Space) -> None:
    space.ready("deployment/web")
    passes("{exec: {workload: Deployment/web, command: [wget, -qO-, 'http://web/']}, expect: {stdout: web-}}", world)
    verdict = check("{exec: {workload: Deployment/web, command: [wget, -qO-, 'http://wbe/']}}").look(world)
    assert "bad address" in verdict.evidence
    crash = "echo BOOK_YEAR must be a year; exit 1"
    space.kubectl("run", "crash", "--image=busybox:1.37", "--", "sh", "-c", crash)
    verdict = until(
        lambda: check("{logs: {pod: crash}, expect: {contains: [opened]}}").look(world),
        lambda verdict: not verdict.healing and bool(verdict.evidence),
        60.0,
    )
    assert verdict.evidence == "A line of it: BOOK_YEAR must be a year"
