"""HorizontalPodAutoscalers, stored as autoscaling/v2.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/autoscaling/v2/defaults.go
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from tutor.practice.api.errors import Cause, Obj
from tutor.practice.api.strategy import Strategy
from tutor.practice.rules.autoscaling_checks import autoscaler

_CPU = {
    "type": "Resource",
    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}},
}
_DOUBLE = {"type": "Percent", "value": 100, "periodSeconds": 15}
_BEHAVIOR: dict[str, dict[str, Any]] = {
    "scaleUp": {
        "stabilizationWindowSeconds": 0,
        "selectPolicy": "Max",
        "policies": [{"type": "Pods", "value": 4, "periodSeconds": 15}, _DOUBLE],
    },
    "scaleDown": {"selectPolicy": "Max", "policies": [_DOUBLE]},
}


class HorizontalPodAutoscalers(Strategy):
    """The rules of HorizontalPodAutoscalers."""

    first_status: Mapping[str, Any] = {"desiredReplicas": 0, "currentMetrics": None}

    def default(self, obj: Obj) -> None:
        """Fill in the least number of replicas, the metric and the behaviour."""
        spec = obj.setdefault("spec", {})
        spec.setdefault("minReplicas", 1)
        if not spec.get("metrics"):
            spec["metrics"] = [copy.deepcopy(_CPU)]
        if spec.get("behavior") is not None:
            for key, values in _BEHAVIOR.items():
                rules = spec["behavior"].setdefault(key, {})
                for field, value in values.items():
                    rules.setdefault(field, copy.deepcopy(value))

    def validate(self, obj: Obj) -> list[Cause]:
        """Check the spec."""
        return list(autoscaler(obj["spec"]))
