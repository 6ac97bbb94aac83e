"""Autoscalers in version v1 keep in annotations what v1 has no field for."""

from __future__ import annotations

from typing import Any

from tutor.practice.rules.autoscaling_v1 import from_v1, to_v1

TARGET = {"kind": "Deployment", "name": "x", "apiVersion": "apps/v1"}
METRICS = [
    {
        "type": "Pods",
        "pods": {
            "metric": {"name": "rps", "selector": {"matchLabels": {"a": "b"}}},
            "target": {"type": "AverageValue", "averageValue": "10"},
        },
    },
    {
        "type": "Object",
        "object": {"describedObject": TARGET, "metric": {"name": "rps"}, "target": {"type": "Value", "value": "10"}},
    },
    {
        "type": "External",
        "external": {
            "metric": {"name": "q", "selector": {"matchLabels": {"a": "b"}}},
            "target": {"type": "AverageValue", "averageValue": "3"},
        },
    },
    {
        "type": "ContainerResource",
        "containerResource": {
            "name": "cpu",
            "container": "c",
            "target": {"type": "Utilization", "averageUtilization": 5},
        },
    },
]
# As a real API server (1.37) shows these in v1:
METRICS_NOTE = (
    '[{"type":"Pods","pods":{"metricName":"rps","targetAverageValue":"10","selector":{"matchLabels":{"a":"b"}}}},'
    '{"type":"Object","object":{"target":{"kind":"Deployment","name":"x","apiVersion":"apps/v1"},"metricName":"rps",'
    '"targetValue":"10"}},'
    '{"type":"External","external":{"metricName":"q","metricSelector":{"matchLabels":{"a":"b"}},"targetAverageValue":"3"}},'
    '{"type":"ContainerResource","containerResource":{"name":"cpu","targetAverageUtilization":5,"container":"c"}}]'
)
BEHAVIOR_NOTE = (
    '{"ScaleUp":null,"ScaleDown":{"StabilizationWindowSeconds":60,"SelectPolicy":"Max","Policies":'
    '[{"Type":"Percent","Value":100,"PeriodSeconds":15}],"Tolerance":null}}'
)


def scaler(**spec: Any) -> dict[str, Any]:
    """Return a stored autoscaler."""
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "q"},
        "spec": {"scaleTargetRef": TARGET, "minReplicas": 1, "maxReplicas": 3, **spec},
        "status": {"desiredReplicas": 0, "currentMetrics": None},
    }


def cpu(percent: int) -> dict[str, Any]:
    """Return a metric: the use of CPU."""
    target = {"type": "Utilization", "averageUtilization": percent}
    return {"type": "Resource", "resource": {"name": "cpu", "target": target}}


def test_the_use_of_cpu_is_a_field_of_v1() -> None:
    shown = to_v1(scaler(metrics=[cpu(50)]))
    assert shown["apiVersion"] == "autoscaling/v1"
    assert shown["metadata"] == {"name": "q"}
    assert shown["spec"] == {
        "scaleTargetRef": TARGET,
        "minReplicas": 1,
        "maxReplicas": 3,
        "targetCPUUtilizationPercentage": 50,
    }
    assert shown["status"] == {"currentReplicas": 0, "desiredReplicas": 0}
    assert from_v1(shown)["spec"] == scaler(metrics=[cpu(50)])["spec"]


def test_other_metrics_and_behaviour_are_annotations_of_v1() -> None:
    policy = {"type": "Percent", "value": 100, "periodSeconds": 15}
    behavior = {"scaleDown": {"stabilizationWindowSeconds": 60, "selectPolicy": "Max", "policies": [policy]}}
    stored = scaler(metrics=METRICS, behavior=behavior)
    shown = to_v1(stored)
    assert shown["metadata"]["annotations"] == {
        "autoscaling.alpha.kubernetes.io/metrics": METRICS_NOTE,
        "autoscaling.alpha.kubernetes.io/behavior": BEHAVIOR_NOTE,
    }
    back = from_v1(shown)
    assert back["spec"] == stored["spec"]
    assert back["metadata"] == {"name": "q"}


def test_what_was_measured_is_shown_in_v1() -> None:
    stored = scaler(metrics=[cpu(50)])
    current = {"averageUtilization": 7, "averageValue": "7m"}
    stored["status"]["currentMetrics"] = [{"type": "Resource", "resource": {"name": "cpu", "current": current}}]
    shown = to_v1(stored)
    assert shown["status"]["currentCPUUtilizationPercentage"] == 7
    assert shown["metadata"]["annotations"] == {
        "autoscaling.alpha.kubernetes.io/current-metrics": (
            '[{"type":"Resource","resource":{"name":"cpu","currentAverageUtilization":7,"currentAverageValue":"7m"}}]'
        )
    }
