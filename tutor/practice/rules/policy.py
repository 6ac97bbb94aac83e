"""PodDisruptionBudgets."""

from __future__ import annotations

from tutor.practice.api.errors import Obj
from tutor.practice.rules.checks import Causes, int_or_percent, invalid_struct, label_selector, one_of


def disruption_budget(obj: Obj) -> Causes:
    """Check that one of the two bounds is given at the most, and the selector."""
    spec = obj.get("spec") or {}
    if spec.get("minAvailable") is not None and spec.get("maxUnavailable") is not None:
        detail = "minAvailable and maxUnavailable cannot be both set"
        yield invalid_struct("spec", spec, "io.k8s.api.policy.v1.PodDisruptionBudgetSpec", detail)
    for key in ("minAvailable", "maxUnavailable"):
        yield from int_or_percent(spec, "spec", key)
    yield from label_selector(spec.get("selector") or {}, "spec.selector")
    yield from one_of(spec, "spec", "unhealthyPodEvictionPolicy", ("AlwaysAllow", "IfHealthyBudget"))
