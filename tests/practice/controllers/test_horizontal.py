"""HorizontalPodAutoscalers up and down."""

from __future__ import annotations

from typing import Any

from tests.practice.controllers.world import World, conditions, workload
from tutor.practice.api.errors import Obj
from tutor.practice.controllers import replica_math
from tutor.practice.controllers.horizontal import METRICS

SCALERS, DEPLOYMENTS = "horizontalpodautoscalers.autoscaling", "deployments.apps"
UNSERVED = "the server could not find the requested resource (get pods.metrics.k8s.io)"


def scaler(name: str = "web", least: int = 1, most: int = 5, **more: Any) -> Obj:
    target = {"type": "Utilization", "averageUtilization": 50}
    return {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
        "minReplicas": least,
        "maxReplicas": most,
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
        **more,
    }


def deployment(world: World, replicas: int = 1, request: str = "100m") -> None:
    spec = workload("web", replicas)
    spec["template"]["spec"]["containers"][0]["resources"] = {"requests": {"cpu": request}} if request else {}
    world.create(DEPLOYMENTS, "web", spec)


def with_metrics() -> World:
    world = World()
    world.store.put(METRICS[0], {"metadata": {"name": METRICS[2]}})
    return world


def replicas(world: World) -> int:
    return int(world.get(DEPLOYMENTS, "web")["spec"]["replicas"])


async def test_load_brings_replicas_and_calm_takes_them_away_after_a_while() -> None:
    world = with_metrics()
    deployment(world)
    world.create(SCALERS, "web", scaler())
    world.usage["web"] = 50
    await world.run(60)
    assert replicas(world) == 1
    world.usage["web"] = 200
    await world.run(16)
    assert replicas(world) == 4
    message = "New size: 4; reason: cpu resource utilization (percentage of request) above target"
    assert ("Normal", "SuccessfulRescale", message) in world.said("web")
    await world.run(31)
    assert replicas(world) == 5
    found = world.get(SCALERS, "web")
    assert conditions(found)["ScalingLimited"] == (
        "True",
        "TooManyReplicas",
        "the desired replica count is more than the maximum replica count",
    )
    assert conditions(found)["ScalingActive"] == (
        "True",
        "ValidMetricFound",
        "the HPA was able to successfully calculate a replica count from "
        "cpu resource utilization (percentage of request)",
    )
    assert found["status"]["currentMetrics"] == [
        {
            "type": "Resource",
            "resource": {"name": "cpu", "current": {"averageUtilization": 200, "averageValue": "200m"}},
        }
    ]
    world.usage["web"] = 10
    await world.run(200)
    assert replicas(world) == 5
    assert conditions(world.get(SCALERS, "web"))["AbleToScale"] == (
        "True",
        "ScaleDownStabilized",
        "recent recommendations were higher than current one, applying the highest recent recommendation",
    )
    await world.run(150)
    assert replicas(world) == 1
    assert ("Normal", "SuccessfulRescale", "New size: 1; reason: All metrics below target") in world.said("web")


async def test_without_metrics_it_says_what_a_real_cluster_says() -> None:
    world = World()
    world.store.remove(*METRICS)
    deployment(world, 2)
    world.create(SCALERS, "web", scaler(least=3))
    await world.run(20)
    why = "failed to get cpu utilization: unable to get metrics for resource cpu: "
    why += f"unable to fetch metrics from resource metrics API: {UNSERVED}"
    status = world.get(SCALERS, "web")["status"]
    found = conditions(world.get(SCALERS, "web"))
    assert list(found) == ["AbleToScale", "ScaledToZero", "ScalingActive"]
    assert found["AbleToScale"][1:] == (
        "SucceededGetScale",
        "the HPA controller was able to get the target's current scale",
    )
    assert found["ScaledToZero"] == (
        "False",
        "NotScaledToZero",
        "the HPA controller did not scale the workload to zero",
    )
    message = f"the HPA was unable to compute the replica count: {why}"
    assert found["ScalingActive"] == ("False", "FailedGetResourceMetric", message)
    assert {key: status[key] for key in ("currentMetrics", "currentReplicas", "desiredReplicas")} == {
        "currentMetrics": [{"type": ""}],
        "currentReplicas": 3,
        "desiredReplicas": 3,
    }
    said = [each for each in world.said("web") if each[1] not in ("ScalingReplicaSet",)]
    first = "invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: "
    assert said == [
        ("Normal", "SuccessfulRescale", "New size: 3; reason: Current number of replicas below Spec.MinReplicas"),
        ("Warning", "FailedGetResourceMetric", why),
        ("Warning", "FailedComputeMetricsReplicas", first + why),
    ]


async def test_a_missing_target_and_a_missing_request_are_told() -> None:
    world = with_metrics()
    world.create(SCALERS, "web", scaler())
    await world.settle()
    status = world.get(SCALERS, "web")["status"]
    assert (status["currentMetrics"], status["desiredReplicas"]) == (None, 0)
    message = 'the HPA controller was unable to get the target\'s current scale: deployments.apps "web" not found'
    assert conditions(world.get(SCALERS, "web")) == {"AbleToScale": ("False", "FailedGetScale", message)}
    deployment(world, request="")
    world.usage["web"] = 10
    await world.run(31)
    name = world.pods()[0]["metadata"]["name"]
    why = f"failed to get cpu utilization: missing request for cpu in container c of Pod {name}"
    assert conditions(world.get(SCALERS, "web"))["ScalingActive"][2].endswith(why)


def test_quantities_are_read() -> None:
    assert replica_math.millis("1", "cpu") == 1000
    assert replica_math.millis("250m", "cpu") == 250
    assert replica_math.millis("2Mi", "memory") == 2 << 20
    assert replica_math.shown(2000, "cpu") == "2"
