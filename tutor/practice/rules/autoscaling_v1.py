"""HorizontalPodAutoscalers as `autoscaling/v1` has them: all but the use of CPU is in annotations, in JSON.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/autoscaling/v1/conversion.go
"""

from __future__ import annotations

from typing import Any

import orjson

from tutor.practice.api.errors import Obj
from tutor.practice.rules.checks import go_struct

_PREFIX = "autoscaling.alpha.kubernetes.io/"
_BEHAVIOR = "io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerBehavior"
_RESOURCE = (
    ("name", "name"),
    ("SIDEAverageUtilization", "SIDE averageUtilization"),
    ("SIDEAverageValue", "SIDE averageValue"),
)
_FIELDS = {
    "Resource": _RESOURCE,
    "ContainerResource": (*_RESOURCE, ("container", "container")),
    "Pods": (("metricName", "metric name"), ("SIDEAverageValue", "SIDE averageValue"), ("selector", "metric selector")),
    "Object": (
        ("target", "describedObject"),
        ("metricName", "metric name"),
        ("SIDEValue", "SIDE value"),
        ("selector", "metric selector"),
        ("averageValue", "SIDE averageValue"),
    ),
    "External": (
        ("metricName", "metric name"),
        ("metricSelector", "metric selector"),
        ("SIDEValue", "SIDE value"),
        ("SIDEAverageValue", "SIDE averageValue"),
    ),
}
"""For each type of metric: the field of v1, and where v2 has it; SIDE is `target`, or `current` in the status."""


def to_v1(scaler: Obj) -> Obj:
    """Return a stored (v2) autoscaler as v1 shows it."""
    spec, status = dict(scaler["spec"]), {"currentReplicas": 0, **(scaler.get("status") or {})}
    metrics, current = spec.pop("metrics", None) or [], status.pop("currentMetrics", None) or []
    behavior, conditions = spec.pop("behavior", None), status.pop("conditions", None)
    uses = [each for each in metrics if _cpu_use(each, "target") is not None]
    if uses:
        spec["targetCPUUtilizationPercentage"] = _cpu_use(uses[0], "target")
    measured = [use for each in current if (use := _cpu_use(each, "current")) is not None]
    if measured:
        status["currentCPUUtilizationPercentage"] = measured[0]
    notes = {
        "metrics": [_old(each, "target") for each in metrics if each not in uses],
        "current-metrics": [_old(each, "current") for each in current],
        "conditions": conditions,
        "behavior": go_struct(behavior, f"*{_BEHAVIOR}"),
    }
    texts = {_PREFIX + key: orjson.dumps(value).decode() for key, value in notes.items() if value}
    meta = dict(scaler["metadata"])
    if texts:
        meta["annotations"] = {**(meta.get("annotations") or {}), **texts}
    return {**scaler, "apiVersion": "autoscaling/v1", "metadata": meta, "spec": spec, "status": status}


def from_v1(scaler: Obj) -> Obj:
    """Return a v1 autoscaler as v2, as which it is stored."""
    meta, spec, status = dict(scaler["metadata"]), dict(scaler.get("spec") or {}), dict(scaler.get("status") or {})
    annotations = meta.get("annotations") or {}
    notes = {key: _parsed(value) for key, value in annotations.items() if key.startswith(_PREFIX)}
    if notes:
        meta["annotations"] = {key: value for key, value in annotations.items() if key not in notes}
        if not meta["annotations"]:
            del meta["annotations"]
    metrics = [_new(each, "target") for each in notes.get(f"{_PREFIX}metrics") or []]
    if (percent := spec.pop("targetCPUUtilizationPercentage", None)) is not None:
        use = {"type": "Utilization", "averageUtilization": percent}
        metrics.insert(0, {"type": "Resource", "resource": {"name": "cpu", "target": use}})
    if metrics:
        spec["metrics"] = metrics
    if behavior := notes.get(f"{_PREFIX}behavior"):
        spec["behavior"] = _lowered(behavior)
    status.pop("currentCPUUtilizationPercentage", None)
    return {**scaler, "apiVersion": "autoscaling/v2", "metadata": meta, "spec": spec, "status": status}


def _cpu_use(metric: Obj, side: str) -> int | None:
    resource = metric.get("resource") or {}
    use: int | None = (resource.get(side) or {}).get("averageUtilization")
    return use if resource.get("name") == "cpu" else None


def _key(kind: str) -> str:
    return kind[:1].lower() + kind[1:]


def _old(metric: Obj, side: str) -> Obj:
    source, shown = metric.get(_key(metric["type"])) or {}, {}
    for old, new in _FIELDS[metric["type"]]:
        value: Any = source
        for part in new.replace("SIDE", side).split():
            value = (value or {}).get(part)
        if value is not None:
            shown[old.replace("SIDE", side)] = value
    return {"type": metric["type"], _key(metric["type"]): shown}


def _new(metric: Obj, side: str) -> Obj:
    kind = metric.get("type") or ""
    given: Obj = metric.get(_key(kind)) or {}
    source: Obj = {side: {}}
    for old, new in _FIELDS.get(kind, ()):
        value = given.get(old.replace("SIDE", side))
        if value is not None:
            *outer, last = new.replace("SIDE", side).split()
            (source.setdefault(outer[0], {}) if outer else source)[last] = value
    values = source[side]
    chosen = (
        "Utilization" if "averageUtilization" in values else "AverageValue" if "averageValue" in values else "Value"
    )
    source[side] = {"type": chosen, **values}
    return {"type": kind, _key(kind): source}


def _parsed(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _lowered(value: Any) -> Any:
    if isinstance(value, list):
        return [_lowered(each) for each in value]
    if isinstance(value, dict):
        return {_key(name): _lowered(each) for name, each in value.items() if each is not None}
    return value
