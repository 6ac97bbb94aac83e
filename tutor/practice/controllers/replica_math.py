"""How many replicas a HorizontalPodAutoscaler asks for: from usage, and within its limits.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/podautoscaler/replica_calculator.go
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tutor.practice.api.errors import Obj
from tutor.practice.controllers import podtools
from tutor.practice.schema.quantity import units

Usage = Callable[[Obj], "tuple[int, int] | None"]
"""Returns a Pod's use of millicores and bytes, None where nothing is known."""
TOLERANCE = 0.1


class NoMetric(Exception):
    """There is nothing to compute with; the text says why."""


@dataclass
class Metric:
    """What one metric asks for."""

    replicas: int
    name: str
    """As messages name it: `cpu resource utilization (percentage of request)`."""
    current: Obj
    """Its part of `status.currentMetrics`."""


Past = list[tuple[float, int]]
"""What an autoscaler recommended lately: moments and numbers of replicas."""


def millis(quantity: str, resource: str) -> int:
    """Return a quantity of `cpu` in millicores, of anything else in bytes."""
    return units(quantity, 1000 if resource == "cpu" else 1)


def shown(value: int, resource: str) -> str:
    """Return a number of millicores or bytes as a quantity."""
    if resource != "cpu":
        return str(value)
    return f"{value}m" if value % 1000 else str(value // 1000)


def resource_metric(spec: Obj, pods: Sequence[Obj], current: int, usage: Usage | None) -> Metric:
    """Return what a metric of type Resource asks for. Raises NoMetric."""
    resource, target = spec["name"], spec["target"]
    absolute = "averageValue" in target and target.get("averageUtilization") is None
    subject = f"failed to get {resource} usage: " if absolute else f"failed to get {resource} utilization: "
    trouble = f"{subject}unable to get metrics for resource {resource}: "
    if usage is None:
        unserved = "the server could not find the requested resource (get pods.metrics.k8s.io)"
        raise NoMetric(f"{trouble}unable to fetch metrics from resource metrics API: {unserved}")
    alive = [pod for pod in pods if not podtools.is_terminating(pod) and podtools.phase(pod) != "Failed"]
    found = {pod["metadata"]["name"]: usage(pod) for pod in alive}
    if not any(found.values()):
        raise NoMetric(f"{trouble}no metrics returned from resource metrics API")
    unready = [
        pod for pod in alive if podtools.phase(pod) == "Pending" or (resource == "cpu" and not podtools.is_ready(pod))
    ]
    ready = [pod for pod in alive if pod not in unready and found[pod["metadata"]["name"]]]
    missing = [pod for pod in alive if pod not in unready and pod not in ready]
    used = {pod["metadata"]["name"]: (found[pod["metadata"]["name"]] or (0, 0))[resource != "cpu"] for pod in ready}
    if not used:
        raise NoMetric(f"{subject}did not receive metrics for targeted pods (pods might be unready)")
    if absolute:
        wanted, requests = float(millis(target["averageValue"], resource)), dict.fromkeys(found, 1)
        now: Obj = {}
    else:
        wanted = float(target["averageUtilization"])
        requests = {pod["metadata"]["name"]: _request(pod, resource, subject) for pod in alive}
        now = {"averageUtilization": 100 * sum(used.values()) // max(sum(requests[name] for name in used), 1)}
    now["averageValue"] = shown(sum(used.values()) // len(used), resource)

    def ratio() -> float:
        total = sum(used.values())
        if absolute:
            return total / len(used) / wanted
        return 100 * total // max(sum(requests[name] for name in used), 1) / wanted

    def within(value: float) -> bool:
        return abs(value - 1) <= TOLERANCE + 1e-9

    first = ratio()
    replicas = current
    if not missing and not (unready and first > 1):
        if not within(first):
            replicas = math.ceil(first * len(used) - 1e-9)
    else:
        for pod in missing:
            name = pod["metadata"]["name"]
            full = int(wanted) if absolute else int(wanted * requests[name] / 100)
            used[name] = full if first < 1 else 0
        used |= {pod["metadata"]["name"]: 0 for pod in unready if first > 1}
        second = ratio()
        asked = math.ceil(second * len(used) - 1e-9)
        crossed = (first < 1) != (second < 1) or (asked > current if second < 1 else asked < current)
        replicas = current if within(second) or crossed else asked
    name = f"{resource} resource" if absolute else f"{resource} resource utilization (percentage of request)"
    return Metric(replicas, name, {"type": "Resource", "resource": {"name": resource, "current": now}})


def _request(pod: Obj, resource: str, subject: str) -> int:
    total = 0
    for container in pod["spec"]["containers"]:
        request = ((container.get("resources") or {}).get("requests") or {}).get(resource)
        if request is None:
            where = f"container {container['name']} of Pod {pod['metadata']['name']}"
            raise NoMetric(f"{subject}missing request for {resource} in {where}")
        total += millis(request, resource)
    return total


def stabilised(behaviour: Obj | None, past: Past, desired: int, current: int, now: float) -> tuple[int, str, str]:
    """Return the number that recent recommendations leave, with reason and message of AbleToScale."""
    up = ((behaviour or {}).get("scaleUp") or {}).get("stabilizationWindowSeconds") or 0
    down = ((behaviour or {}).get("scaleDown") or {}).get("stabilizationWindowSeconds")
    down = 300 if down is None else down
    least = min([each for moment, each in past if moment > now - up], default=desired)
    most = max([each for moment, each in past if moment > now - down], default=desired)
    past[:] = [each for each in past if each[0] > now - max(up, down)] + [(now, desired)]
    held = max(current, min(desired, least)) if desired > current else min(current, max(desired, most))
    if held == desired:
        return desired, "ReadyForNewScale", "recommended size matches current size"
    if desired < held:
        text = "recent recommendations were higher than current one, applying the highest recent recommendation"
        return held, "ScaleDownStabilized", text
    text = "recent recommendations were lower than current one, applying the lowest recent recommendation"
    return held, "ScaleUpStabilized", text


def limited(spec: Obj, desired: int, current: int) -> tuple[int, str, str, str]:
    """Return the number within the limits, with status, reason and message of ScalingLimited."""
    least, most = spec.get("minReplicas", 1), spec["maxReplicas"]
    fastest = max(2 * current, 4)
    if desired > min(fastest, most):
        if fastest < most:
            text = "the desired replica count is increasing faster than the maximum scale rate"
            return fastest, "True", "ScaleUpLimit", text
        return most, "True", "TooManyReplicas", "the desired replica count is more than the maximum replica count"
    if desired < least:
        return least, "True", "TooFewReplicas", "the desired replica count is less than the minimum replica count"
    return desired, "False", "DesiredWithinRange", "the desired count is within the acceptable range"
