"""PodDisruptionBudgets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tutor.practice.api.errors import Cause, Obj
from tutor.practice.api.strategy import Strategy
from tutor.practice.rules.checks import int_or_percent, invalid_struct, label_selector, one_of


class PodDisruptionBudgets(Strategy):
    """The rules of PodDisruptionBudgets."""

    first_status: Mapping[str, Any] = dict.fromkeys(
        ("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"), 0
    )
    may_update_unconditionally = False

    def validate(self, obj: Obj) -> list[Cause]:
        """Check that one of the two bounds is given at the most, and the selector."""
        spec = obj.get("spec") or {}
        found: list[Cause] = []
        if spec.get("minAvailable") is not None and spec.get("maxUnavailable") is not None:
            detail = "minAvailable and maxUnavailable cannot be both set"
            found.append(invalid_struct("spec", spec, "io.k8s.api.policy.v1.PodDisruptionBudgetSpec", detail))
        for key in ("minAvailable", "maxUnavailable"):
            found += int_or_percent(spec, "spec", key)
        found += label_selector(spec.get("selector") or {}, "spec.selector")
        found += one_of(spec, "spec", "unhealthyPodEvictionPolicy", ("AlwaysAllow", "IfHealthyBudget"))
        return found
