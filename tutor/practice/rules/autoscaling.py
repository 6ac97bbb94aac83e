"""HorizontalPodAutoscalers, stored as autoscaling/v2.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/autoscaling/validation/validation.go
"""

from __future__ import annotations

from tutor.practice.api.causes import forbidden, invalid, required
from tutor.practice.api.errors import Obj
from tutor.practice.rules.checks import NEGATIVE, Causes, items, needed, one_of
from tutor.practice.rules.plain import fill
from tutor.practice.schema.quantity import number

_SOURCES = {
    "ContainerResource": "containerResource",
    "External": "external",
    "Object": "object",
    "Pods": "pods",
    "Resource": "resource",
}
_POSITIVE = "must be greater than zero"
_CPU = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}
_DOUBLE = {"type": "Percent", "value": 100, "periodSeconds": 15}
_BEHAVIOR = {
    "scaleUp": {
        "stabilizationWindowSeconds": 0,
        "selectPolicy": "Max",
        "policies": [{"type": "Pods", "value": 4, "periodSeconds": 15}, _DOUBLE],
    },
    "scaleDown": {"selectPolicy": "Max", "policies": [_DOUBLE]},
}


def default_autoscaler(obj: Obj) -> None:
    """Fill in the least number of replicas, the metric and the behaviour."""
    fill(obj, {"spec": {"minReplicas": 1, "metrics": [_CPU]}})
    if obj["spec"].get("behavior") is not None:
        fill(obj["spec"]["behavior"], _BEHAVIOR)


def autoscaler(obj: Obj) -> Causes:
    """Check a HorizontalPodAutoscaler."""
    spec = obj["spec"]
    least, most, metrics = spec.get("minReplicas", 1), spec.get("maxReplicas", 0), spec.get("metrics") or []
    if least < 0:
        yield invalid("spec.minReplicas", least, NEGATIVE)
    if most < least:
        yield invalid("spec.maxReplicas", most, "must be greater than or equal to `minReplicas`")
    if most < 1:
        yield (
            required("spec.maxReplicas")
            if not most
            else invalid("spec.maxReplicas", most, "must be greater than or equal to 1")
        )
    yield from _reference(spec.get("scaleTargetRef") or {}, "spec.scaleTargetRef", group_needed=True)
    for index, metric in enumerate(metrics):
        yield from _metric(metric, f"spec.metrics[{index}]")
    if not least and not any(metric.get("type") in ("Object", "External") for metric in metrics):
        detail = "must specify at least one Object or External metric to support scaling to zero replicas"
        yield forbidden("spec.metrics", detail)
    for key in ("scaleUp", "scaleDown"):
        if (spec.get("behavior") or {}).get(key) is not None:
            yield from _rules(spec["behavior"][key], f"spec.behavior.{key}")


def _segment(obj: Obj, path: str, key: str, detail: str = "") -> Causes:
    """Check a name that becomes part of a URL's path."""
    value = obj.get(key) or ""
    yield from needed(obj, path, key, detail=detail)
    if value in (".", ".."):
        yield invalid(f"{path}.{key}", value, f"may not be '{value}'")
    for character in "/%":
        if character in value:
            yield invalid(f"{path}.{key}", value, f"may not contain '{character}'")


def _reference(reference: Obj, path: str, *, group_needed: bool = False) -> Causes:
    yield from _segment(reference, path, "kind")
    yield from _segment(reference, path, "name")
    if group_needed and "/" not in (reference.get("apiVersion") or ""):
        yield invalid(f"{path}.apiVersion", reference.get("apiVersion") or "", "apiVersion must specify API group")


def _metric(metric: Obj, path: str) -> Causes:
    kind = metric.get("type") or ""
    yield from one_of(metric, path, "type", tuple(_SOURCES), optional=False)
    key = _SOURCES.get(kind)
    if key is None:
        return
    source, at = metric.get(key), f"{path}.{key}"
    if source is None:
        yield required(at, "must populate information for the given metric source")
        return
    if kind == "ContainerResource":
        yield from needed(source, at, "container", detail="must specify a container")
    if kind == "Object":
        yield from _reference(source.get("describedObject") or {}, f"{at}.describedObject")
    if kind.endswith("Resource"):
        yield from needed(source, at, "name", detail="must specify a resource name")
    else:
        identifier = source.get("metric") or {}
        yield from _segment(identifier, f"{at}.metric", "name", "must specify a metric name")
    yield from _target(source.get("target") or {}, f"{at}.target", kind)
    for other in _SOURCES.values():
        if other != key and metric.get(other) is not None:
            yield forbidden(f"{path}.{other}", "must populate the given metric source only")


def _target(target: Obj, path: str, kind: str) -> Causes:
    yield from needed(target, path, "type", detail="must specify a metric target type")
    if target.get("type") not in ("Utilization", "Value", "AverageValue"):
        yield invalid(f"{path}.type", target.get("type") or "", "must be either Utilization, Value, or AverageValue")
    value, average = target.get("value"), target.get("averageValue")
    percent = target.get("averageUtilization")
    if percent is not None and percent < 1:
        yield invalid(f"{path}.averageUtilization", percent, "must be greater than 0")
    for key, amount in (("value", value), ("averageValue", average)):
        if amount is not None and number(amount) <= 0:
            yield invalid(f"{path}.{key}", amount, "must be positive")
    if kind.endswith("Resource"):
        if percent is None and average is None:
            detail = "must set either a target raw value or a target utilization"
            yield required(f"{path}.averageUtilization", detail)
        elif percent is not None and average is not None:
            detail = "may not set both a target raw value and a target utilization"
            yield forbidden(f"{path}.averageValue", detail)
    elif kind == "Pods":
        if average is None:
            yield required(f"{path}.averageValue", "must specify a positive target averageValue")
    elif value is None and average is None:
        what = "for metric or a per-pod target" if kind == "External" else "or averageValue"
        yield required(f"{path}.averageValue", f"must set either a target value {what}")
    elif kind == "External" and value is not None and average is not None:
        detail = "may not set both a target value for metric and a per-pod target"
        yield forbidden(f"{path}.value", detail)


def _rules(rules: Obj, path: str) -> Causes:
    window = rules.get("stabilizationWindowSeconds")
    if window is not None and window < 0:
        yield invalid(f"{path}.stabilizationWindowSeconds", window, "must be greater than or equal to zero")
    elif window is not None and window > 3600:
        yield invalid(f"{path}.stabilizationWindowSeconds", window, "must be less than or equal to 3600")
    yield from one_of(rules, path, "selectPolicy", ("Disabled", "Max", "Min"))
    if number(rules.get("tolerance") or 0) < 0:
        yield invalid(f"{path}.tolerance", rules["tolerance"], NEGATIVE)
    if not rules.get("policies"):
        yield required(f"{path}.policies", "must specify at least one Policy")
    for at, policy in items(rules, path, "policies"):
        yield from one_of(policy, at, "type", ("Percent", "Pods"), optional=False)
        for key in ("value", "periodSeconds"):
            if policy.get(key, 0) <= 0:
                yield invalid(f"{at}.{key}", policy.get(key, 0), _POSITIVE)
        if policy.get("periodSeconds", 0) > 1800:
            yield invalid(f"{at}.periodSeconds", policy["periodSeconds"], "must be less than or equal to 1800")
