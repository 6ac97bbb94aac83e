"""What is done to a real cluster and to the practice cluster's controllers, to compare what both report."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from tutor.practice.api.errors import Obj

Step = tuple[Any, ...]
"""`("create", resource, name, spec)`, `("patch", resource, name, merge patch)` or
`("wait", seconds)`."""
RESOURCES = {
    "Deployment": "deployments.apps",
    "ReplicaSet": "replicasets.apps",
    "DaemonSet": "daemonsets.apps",
    "StatefulSet": "statefulsets.apps",
    "Job": "jobs.batch",
    "PodDisruptionBudget": "poddisruptionbudgets.policy",
    "HorizontalPodAutoscaler": "horizontalpodautoscalers.autoscaling",
    "ReplicationController": "replicationcontrollers",
}


def template(command: Iterable[str] = ("sleep", "3600"), image: str = "busybox:1.37", **spec: Any) -> Obj:
    container = {"name": "c", "image": image, "command": list(command), "imagePullPolicy": "Never"}
    return {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [container], "terminationGracePeriodSeconds": 1, **spec},
    }


def workload(replicas: int = 3, **spec: Any) -> Obj:
    return {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": template(), **spec}


def job(*command: str, **spec: Any) -> Obj:
    return {**spec, "template": {"spec": {**template(command)["spec"], "restartPolicy": "Never"}}}


def container(**fields: Any) -> Obj:
    """A merge patch with another container."""
    return {"spec": {"template": template(**fields)}}


SLEEP_2 = {"command": ["sleep", "3601"]}
SCENARIOS: dict[str, list[Step]] = {
    "rollout": [
        ("create", "Deployment", "web", workload()),
        ("wait", 10),
        ("patch", "Deployment", "web", container(**SLEEP_2)),
        ("wait", 25),
    ],
    "bad image and undo": [
        ("create", "Deployment", "web", workload(4, progressDeadlineSeconds=15)),
        ("wait", 10),
        ("patch", "Deployment", "web", container(image="bad:1")),
        ("wait", 20),
        ("patch", "Deployment", "web", container()),
        ("wait", 10),
    ],
    "bad image": [
        ("create", "Deployment", "web", workload(4, progressDeadlineSeconds=15)),
        ("wait", 10),
        ("patch", "Deployment", "web", container(image="bad:1")),
        ("wait", 22),
    ],
    "scaled while stuck": [
        ("create", "Deployment", "web", workload(4)),
        ("wait", 10),
        ("patch", "Deployment", "web", container(image="bad:1")),
        ("wait", 5),
        ("patch", "Deployment", "web", {"spec": {"replicas": 8}}),
        ("wait", 10),
    ],
    "recreate": [
        ("create", "Deployment", "web", workload(2, strategy={"type": "Recreate"})),
        ("wait", 10),
        ("patch", "Deployment", "web", container(**SLEEP_2)),
        ("wait", 20),
    ],
    "paused": [
        ("create", "Deployment", "web", workload(1, paused=True)),
        ("wait", 3),
        ("patch", "Deployment", "web", {"spec": {"paused": False}}),
        ("wait", 8),
        ("patch", "Deployment", "web", {"spec": {"paused": True}}),
        ("patch", "Deployment", "web", container(**SLEEP_2)),
        ("wait", 3),
        ("patch", "Deployment", "web", {"spec": {"replicas": 2}}),
        ("wait", 8),
    ],
    "no replicas": [
        ("create", "Deployment", "web", workload(0)),
        ("wait", 5),
    ],
    "scaled": [
        ("create", "Deployment", "web", workload(2)),
        ("wait", 8),
        ("patch", "Deployment", "web", {"spec": {"replicas": 4}}),
        ("wait", 8),
        ("patch", "Deployment", "web", {"spec": {"replicas": 1}}),
        ("wait", 8),
    ],
    "daemon set rollout": [
        ("create", "DaemonSet", "web", {"selector": {"matchLabels": {"app": "web"}}, "template": template()}),
        ("wait", 8),
        ("patch", "DaemonSet", "web", container(**SLEEP_2)),
        ("wait", 12),
    ],
    "daemon set without nodes": [
        (
            "create",
            "DaemonSet",
            "web",
            {"selector": {"matchLabels": {"app": "web"}}, "template": template(nodeSelector={"no": "where"})},
        ),
        ("wait", 4),
    ],
    "stateful set rollout": [
        ("create", "StatefulSet", "web", workload(2, serviceName="web")),
        ("wait", 10),
        ("patch", "StatefulSet", "web", container(**SLEEP_2)),
        ("wait", 18),
        ("patch", "StatefulSet", "web", {"spec": {"replicas": 1}}),
        ("wait", 5),
    ],
    "stateful set stuck": [
        ("create", "StatefulSet", "web", workload(2, serviceName="web")),
        ("wait", 10),
        ("patch", "StatefulSet", "web", container(image="bad:1")),
        ("wait", 8),
    ],
    "stateful set partition": [
        (
            "create",
            "StatefulSet",
            "web",
            workload(2, serviceName="web", updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}),
        ),
        ("wait", 10),
        ("patch", "StatefulSet", "web", container(**SLEEP_2)),
        ("wait", 12),
    ],
    "job": [("create", "Job", "web", job("true", completions=2)), ("wait", 20)],
    "job that fails": [("create", "Job", "web", job("false", backoffLimit=1)), ("wait", 22)],
    "job without a limit": [("create", "Job", "web", job("true", parallelism=2)), ("wait", 12)],
    "indexed job": [
        ("create", "Job", "web", job("true", completions=3, parallelism=2, completionMode="Indexed")),
        ("wait", 14),
    ],
    "job with a deadline": [("create", "Job", "web", job("sleep", "99", activeDeadlineSeconds=4)), ("wait", 12)],
    "job suspended and resumed": [
        ("create", "Job", "web", job("sleep", "99", suspend=True)),
        ("wait", 3),
        ("patch", "Job", "web", {"spec": {"suspend": False}}),
        ("wait", 5),
        ("patch", "Job", "web", {"spec": {"suspend": True}}),
        ("wait", 6),
    ],
    "job running": [("create", "Job", "web", job("sleep", "99")), ("wait", 5)],
    "job with a failure policy": [
        (
            "create",
            "Job",
            "web",
            job(
                "sh",
                "-c",
                "exit 42",
                podFailurePolicy={"rules": [{"action": "FailJob", "onExitCodes": {"operator": "In", "values": [42]}}]},
            ),
        ),
        ("wait", 10),
    ],
    "job with failing indexes": [
        (
            "create",
            "Job",
            "web",
            job(
                "sh",
                "-c",
                "exit $JOB_COMPLETION_INDEX",
                completions=2,
                parallelism=2,
                completionMode="Indexed",
                backoffLimitPerIndex=1,
            ),
        ),
        ("wait", 25),
    ],
    "budget": [
        ("create", "Deployment", "web", workload(3)),
        ("wait", 1),
        ("create", "PodDisruptionBudget", "web", {"minAvailable": 2, "selector": {"matchLabels": {"app": "web"}}}),
        ("wait", 8),
    ],
    "budget without pods": [
        ("create", "PodDisruptionBudget", "web", {"maxUnavailable": 1, "selector": {"matchLabels": {"app": "web"}}}),
        ("wait", 4),
    ],
    "no metrics": [
        ("create", "Deployment", "web", workload(2)),
        (
            "create",
            "HorizontalPodAutoscaler",
            "web",
            {
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
                "minReplicas": 3,
                "maxReplicas": 5,
                "metrics": [
                    {
                        "type": "Resource",
                        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}},
                    }
                ],
            },
        ),
        ("wait", 34),
    ],
}


def report(objects: Iterable[Obj], events: Iterable[Obj]) -> Obj:
    """Return the statuses and Events of a namespace, without what differs from run to run: times, hashes, names."""
    names: dict[str, str] = {}
    objects = [each for each in objects if each["kind"] in RESOURCES]
    for each in objects:
        revision = (each["metadata"].get("annotations") or {}).get("deployment.kubernetes.io/revision")
        if each["kind"] == "ReplicaSet" and revision:
            names[each["metadata"]["name"]] = f"web-R{revision}"
    statuses = {}
    for each in objects:
        name = names.get(each["metadata"]["name"], each["metadata"]["name"])
        kept = {
            key: value for key, value in (each["metadata"].get("annotations") or {}).items() if "last-app" not in key
        }
        statuses[f"{each['kind']} {name}"] = _plain({"annotations": kept, "status": each.get("status") or {}}, names)
    lines = set()
    for each in events:
        about = each["involvedObject"]
        if about["kind"] in RESOURCES:
            parts = (about["kind"], about["name"], each["type"], each["reason"], each["message"])
            source = (each.get("source") or {}).get("component", "")
            lines.add("|".join(_plain(part, names) for part in (*parts, source)))
    return {"objects": statuses, "events": sorted(lines)}


def _plain(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        dropped = ("Time", "Timestamp")
        return {key: _plain(each, names) for key, each in value.items() if not key.endswith(dropped)}
    if isinstance(value, list):
        return [_plain(each, names) for each in value]
    if not isinstance(value, str):
        return value
    for name, plain in names.items():
        value = re.sub(rf"{name}(-[a-z0-9]{{5}})?\b", lambda found, p=plain: p + ("-POD" if found[1] else ""), value)
    value = re.sub(r"pod \S+/web", "pod NAMESPACE/web", value)
    value = re.sub(
        r"\bweb-([0-9]-)?[bcdfghjklmnpqrstvwxz2456789]{5}\b", lambda found: f"web-{found[1] or ''}POD", value
    )
    return re.sub(r"\bweb-[bcdfghjklmnpqrstvwxz2456789]{6,10}\b", "web-HASH", value)
