"""Autoscalers in version v1 know of no metric but the use of CPU."""

from __future__ import annotations

from typing import Any

from tutor.practice.rules.autoscaling_v1 import from_v1, to_v1

SPEC: dict[str, Any] = {"scaleTargetRef": {"kind": "Deployment", "name": "x"}, "minReplicas": 1, "maxReplicas": 3}


def test_the_use_of_cpu_has_a_field_in_v1() -> None:
    metric = {
        "type": "Resource",
        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 7}},
    }
    seen = {"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 30}}}
    stored = {"spec": {**SPEC, "metrics": [metric]}, "status": {"desiredReplicas": 2, "currentMetrics": [seen]}}
    shown = to_v1(stored)
    assert shown["spec"] == {**SPEC, "targetCPUUtilizationPercentage": 7}
    assert shown["status"] == {"currentReplicas": 0, "desiredReplicas": 2, "currentCPUUtilizationPercentage": 30}
    assert from_v1(shown)["spec"] == stored["spec"]


def test_what_v1_has_no_field_for_is_left_out() -> None:
    pods = {
        "type": "Pods",
        "pods": {"metric": {"name": "rps"}, "target": {"type": "AverageValue", "averageValue": "1"}},
    }
    stored = {"spec": {**SPEC, "metrics": [pods], "behavior": {}}, "status": {"conditions": [], "desiredReplicas": 0}}
    assert to_v1(stored)["spec"] == SPEC
    assert from_v1({"spec": SPEC})["spec"] == SPEC
