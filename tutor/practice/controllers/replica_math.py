"""How many replicas a HorizontalPodAutoscaler asks for: from usage, and within the rates of its behaviour.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/podautoscaler/replica_calculator.go
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tutor.practice.api.errors import Obj
from tutor.practice.controllers import podtools
from tutor.practice.schema.quantity import parse

Usage = Callable[[Obj], "tuple[int, int] | None"]
"""Returns a Pod's use of millicores and bytes, None where nothing is known."""
TOLERANCE = 0.1
DOUBLE: Obj = {"type": "Percent", "value": 100, "periodSeconds": 15}
DEFAULT_POLICIES = {"scaleUp": [{"type": "Pods", "value": 4, "periodSeconds": 15}, DOUBLE], "scaleDown": [DOUBLE]}


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


@dataclass
class Past:
    """What an autoscaler did and recommended lately: moments and numbers."""

    recommended: list[tuple[float, int]] = field(default_factory=list)
    changes: list[tuple[float, int]] = field(default_factory=list)
    """Pods added (or taken away, below 0)."""


def millis(quantity: str | int | float, resource: str) -> int:
    """Return a quantity of `cpu` in millicores, of anything else in bytes."""
    return math.ceil(parse(str(quantity)).value * (1000 if resource == "cpu" else 1))


def shown(value: int, resource: str) -> str:
    """Return a number of millicores or bytes as a quantity."""
    if resource != "cpu":
        return str(value)
    return f"{value}m" if value % 1000 else str(value // 1000)


def resource_metric(spec: Obj, pods: Sequence[Obj], current: int, usage: Usage | None, hpa_tolerance: Obj) -> Metric:
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
        side = (hpa_tolerance.get("scaleUp" if value > 1 else "scaleDown") or {}).get("tolerance", TOLERANCE)
        return abs(value - 1) <= float(side) + 1e-9

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
    least = min([each for moment, each in past.recommended if moment > now - up], default=desired)
    most = max([each for moment, each in past.recommended if moment > now - down], default=desired)
    past.recommended = [each for each in past.recommended if each[0] > now - max(up, down)] + [(now, desired)]
    held = max(current, min(desired, least)) if desired > current else min(current, max(desired, most))
    if held == desired:
        return desired, "ReadyForNewScale", "recommended size matches current size"
    if desired < held:
        text = "recent recommendations were higher than current one, applying the highest recent recommendation"
        return held, "ScaleDownStabilized", text
    text = "recent recommendations were lower than current one, applying the lowest recent recommendation"
    return held, "ScaleUpStabilized", text


def limited(spec: Obj, past: Past, desired: int, current: int, now: float) -> tuple[int, str, str, str]:
    """Return the number within limits and rates, with status, reason and message of ScalingLimited."""
    least, most = spec.get("minReplicas", 1), spec["maxReplicas"]
    if desired > current:
        limit = max(_rate(spec, "scaleUp", past, current, now), current)
        if desired > min(limit, most):
            if limit < most:
                text = "the desired replica count is increasing faster than the maximum scale rate"
                return limit, "True", "ScaleUpLimit", text
            text = "the desired replica count is more than the maximum replica count"
            return most, "True", "TooManyReplicas", text
    elif desired < current:
        limit = min(_rate(spec, "scaleDown", past, current, now), current)
        if desired < max(limit, least):
            if limit > least:
                text = "the desired replica count is decreasing faster than the maximum scale rate"
                return limit, "True", "ScaleDownLimit", text
            text = "the desired replica count is less than the minimum replica count"
            return least, "True", "TooFewReplicas", text
    return desired, "False", "DesiredWithinRange", "the desired count is within the acceptable range"


def _rate(spec: Obj, way: str, past: Past, current: int, now: float) -> int:
    """Return how far the policies let the number go up or down now."""
    if not spec.get("behavior"):
        return max(2 * current, 4) if way == "scaleUp" else 0
    rules = spec["behavior"].get(way) or {}
    if rules.get("selectPolicy") == "Disabled":
        return current
    up = way == "scaleUp"
    found = []
    for policy in rules.get("policies") or DEFAULT_POLICIES[way]:
        recent = [each for moment, each in past.changes if moment > now - float(policy["periodSeconds"])]
        start = current - sum(each for each in recent if (each > 0) is up)
        value = int(policy["value"])
        step = math.ceil(start * value / 100) if policy["type"] == "Percent" else value
        found.append(start + step if up else max(start - step, 0))
    farthest = rules.get("selectPolicy", "Max") == "Max"
    return max(found) if farthest is up else min(found)
