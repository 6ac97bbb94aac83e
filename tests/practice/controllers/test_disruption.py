"""PodDisruptionBudgets and evictions."""

from __future__ import annotations

import pytest

from tests.practice.controllers.world import World, conditions, workload
from tutor.practice.api.deletion import Deletion
from tutor.practice.api.errors import ApiError, Obj
from tutor.practice.controllers.disruption import evict

BUDGETS, DEPLOYMENTS = "poddisruptionbudgets.policy", "deployments.apps"
SELECTOR = {"selector": {"matchLabels": {"app": "web"}}}


def counts(world: World) -> Obj:
    status = world.get(BUDGETS, "web")["status"]
    return {key: status[key] for key in ("expectedPods", "currentHealthy", "desiredHealthy", "disruptionsAllowed")}


async def budget(world: World, **spec: object) -> None:
    world.create(DEPLOYMENTS, "web", workload("web", 3))
    await world.settle()
    world.create(BUDGETS, "web", {**SELECTOR, **spec})
    await world.settle()


async def test_a_full_budget_forbids_evictions_in_the_words_of_the_server() -> None:
    world = World()
    await budget(world, minAvailable=3)
    assert counts(world) == {"expectedPods": 3, "currentHealthy": 3, "desiredHealthy": 3, "disruptionsAllowed": 0}
    assert conditions(world.get(BUDGETS, "web")) == {"DisruptionAllowed": ("False", "InsufficientPods", "")}
    with pytest.raises(ApiError) as refusal:
        evict(world.api, world.pods()[0], Deletion())
    assert refusal.value.code == 429
    assert refusal.value.message == "Cannot evict pod as it would violate the pod's disruption budget."
    (cause,) = (refusal.value.details or {})["causes"]
    assert cause["reason"] == "DisruptionBudget"
    assert cause["message"] == "The disruption budget web needs 3 healthy pods and has 3 currently"


async def test_an_eviction_is_counted_until_the_pod_is_replaced() -> None:
    world = World()
    await budget(world, maxUnavailable=1)
    assert counts(world) == {"expectedPods": 3, "currentHealthy": 3, "desiredHealthy": 2, "disruptionsAllowed": 1}
    first, second, _ = world.pods()
    evict(world.api, first, Deletion())
    with pytest.raises(ApiError):
        evict(world.api, second, Deletion())
    await world.settle()
    assert counts(world)["disruptionsAllowed"] == 1
    assert "disruptedPods" not in world.get(BUDGETS, "web")["status"]
    assert first["metadata"]["name"] not in {pod["metadata"]["name"] for pod in world.pods()}


async def test_percentages_are_of_the_scale() -> None:
    world = World()
    await budget(world, minAvailable="50%")
    assert counts(world) == {"expectedPods": 3, "currentHealthy": 3, "desiredHealthy": 2, "disruptionsAllowed": 1}
    world.change(DEPLOYMENTS, "web", lambda obj: obj["spec"].update(replicas=5))
    await world.settle()
    assert counts(world)["desiredHealthy"] == 3


async def test_lone_pods_cannot_be_counted_by_scale_and_no_pods_are_told() -> None:
    world = World()
    world.create(BUDGETS, "web", {**SELECTOR, "maxUnavailable": 1})
    await world.settle()
    assert ("Normal", "NoPods", "No matching pods found") in world.said("web")
    pod = {"metadata": {"name": "lone", "labels": {"app": "web"}}, "spec": workload("web")["template"]["spec"]}
    world.api.create("pods", pod, "default")
    await world.settle()
    assert counts(world) == {"expectedPods": 0, "currentHealthy": 1, "desiredHealthy": 0, "disruptionsAllowed": 0}
    assert "UnmanagedPods" in {reason for _, reason, _ in world.said("web")}
