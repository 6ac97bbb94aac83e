"""HorizontalPodAutoscalers as `autoscaling/v1` has them: it knows of no metric but the use of CPU.

https://kubernetes.io/docs/reference/kubernetes-api/autoscaling/horizontal-pod-autoscaler-v1/
"""

from __future__ import annotations

from tutor.practice.api.errors import Obj

TARGET, CURRENT = "targetCPUUtilizationPercentage", "currentCPUUtilizationPercentage"


def to_v1(scaler: Obj) -> Obj:
    """Return a stored (v2) autoscaler as v1 shows it; other metrics and the behaviour are left out."""
    spec = {key: value for key, value in scaler["spec"].items() if key not in ("metrics", "behavior")}
    status = {"currentReplicas": 0, **(scaler.get("status") or {})}
    status.pop("conditions", None)
    for part, name, metrics, side in (
        (spec, TARGET, scaler["spec"].get("metrics"), "target"),
        (status, CURRENT, status.pop("currentMetrics", None), "current"),
    ):
        uses = [use for each in metrics or [] if (use := _cpu_use(each, side)) is not None]
        if uses:
            part[name] = uses[0]
    return {**scaler, "apiVersion": "autoscaling/v1", "spec": spec, "status": status}


def from_v1(scaler: Obj) -> Obj:
    """Return a v1 autoscaler as v2, as which it is stored."""
    spec, status = dict(scaler.get("spec") or {}), dict(scaler.get("status") or {})
    if (percent := spec.pop(TARGET, None)) is not None:
        use = {"type": "Utilization", "averageUtilization": percent}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": use}}]
    status.pop(CURRENT, None)
    return {**scaler, "apiVersion": "autoscaling/v2", "spec": spec, "status": status}


def _cpu_use(metric: Obj, side: str) -> int | None:
    resource = metric.get("resource") or {}
    use: int | None = (resource.get(side) or {}).get("averageUtilization")
    return use if resource.get("name") == "cpu" else None
