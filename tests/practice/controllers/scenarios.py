"""What is done to a real cluster and to the practice cluster's controllers, to compare what both report."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from tutor.practice.api.errors import Obj

Step = tuple[Any, ...]
"""`("create", resource, name, spec)`, `("patch", resource, name, merge patch)`, `("wait", seconds)`, or
`("delete pods",)`: all of them."""
RESOURCES = {
    "Deployment": "deployments.apps",
    "ReplicaSet": "replicasets.apps",
    "DaemonSet": "daemonsets.apps",
    "StatefulSet": "statefulsets.apps",
    "Job": "jobs.batch",
    "CronJob": "cronjobs.batch",
    "PodDisruptionBudget": "poddisruptionbudgets.policy",
    "HorizontalPodAutoscaler": "horizontalpodautoscalers.autoscaling",
    "ReplicationController": "replicationcontrollers",
}
MADE = {
    "Pod": "pods",
    "ReplicaSet": "replicasets.apps",
    "ControllerRevision": "controllerrevisions.apps",
    "PersistentVolumeClaim": "persistentvolumeclaims",
    "Job": "jobs.batch",
}
"""What controllers make: of these, who owns them and how they are labelled is compared."""


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


def scaler(most: int = 5, **more: Any) -> Obj:
    target = {"type": "Utilization", "averageUtilization": 50}
    return {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
        "minReplicas": 1,
        "maxReplicas": most,
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
        **more,
    }


LONE: Obj = {
    "selector": {"matchLabels": {"app": "own"}},
    "template": {**template(), "metadata": {"labels": {"app": "own"}}},
}
"""For what shares a namespace with another workload: a selector of its own."""
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
    "undone twice": [
        ("create", "Deployment", "web", workload(1)),
        ("wait", 6),
        ("patch", "Deployment", "web", container(**SLEEP_2)),
        ("wait", 6),
        ("patch", "Deployment", "web", container()),
        ("wait", 6),
        ("patch", "Deployment", "web", container(**SLEEP_2)),
        ("wait", 6),
    ],
    "history of one": [
        ("create", "Deployment", "web", workload(1, revisionHistoryLimit=1)),
        ("wait", 6),
        ("patch", "Deployment", "web", container(**SLEEP_2)),
        ("wait", 6),
        ("patch", "Deployment", "web", container(command=["sleep", "3602"])),
        ("wait", 8),
    ],
    "slowly available": [
        ("create", "Deployment", "web", workload(2, minReadySeconds=8)),
        ("wait", 5),
    ],
    "replication controller": [
        ("create", "ReplicationController", "web", {"replicas": 2, "selector": {"app": "web"}, "template": template()}),
        ("wait", 8),
    ],
    "stateful set with claims": [
        (
            "create",
            "StatefulSet",
            "web",
            workload(
                2,
                serviceName="web",
                persistentVolumeClaimRetentionPolicy={"whenDeleted": "Delete", "whenScaled": "Retain"},
                volumeClaimTemplates=[
                    {
                        "metadata": {"name": "data", "labels": {"own": "label"}},
                        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}},
                    }
                ],
            ),
        ),
        ("wait", 20),
    ],
    "parallel stateful set": [
        (
            "create",
            "StatefulSet",
            "web",
            workload(
                4,
                serviceName="web",
                podManagementPolicy="Parallel",
                updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 2}},
            ),
        ),
        ("wait", 10),
        ("patch", "StatefulSet", "web", container(image="bad:1")),
        ("wait", 10),
    ],
    "stateful set repaired": [
        ("create", "StatefulSet", "web", workload(2, serviceName="web")),
        ("wait", 8),
        ("patch", "StatefulSet", "web", container(image="bad:1")),
        ("wait", 6),
        ("patch", "StatefulSet", "web", container(**SLEEP_2)),
        ("wait", 10),
    ],
    "parallel stateful set repaired": [
        ("create", "StatefulSet", "web", workload(2, serviceName="web", podManagementPolicy="Parallel")),
        ("wait", 8),
        ("patch", "StatefulSet", "web", container(image="bad:1")),
        ("wait", 6),
        ("patch", "StatefulSet", "web", container(**SLEEP_2)),
        ("wait", 10),
    ],
    "daemon set broken": [
        ("create", "DaemonSet", "web", {"selector": {"matchLabels": {"app": "web"}}, "template": template()}),
        ("wait", 8),
        ("patch", "DaemonSet", "web", container(image="bad:1")),
        ("wait", 8),
        ("patch", "DaemonSet", "web", container(**SLEEP_2)),
        ("wait", 8),
    ],
    "job scaled": [
        ("create", "Job", "web", job("sleep", "99", parallelism=3, completions=5)),
        ("wait", 6),
        ("patch", "Job", "web", {"spec": {"parallelism": 1}}),
        ("wait", 6),
    ],
    "no surge": [
        (
            "create",
            "Deployment",
            "web",
            workload(4, strategy={"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": "50%"}}),
        ),
        ("wait", 8),
        ("patch", "Deployment", "web", container(image="bad:1")),
        ("wait", 10),
    ],
    "no deadline": [
        ("create", "Deployment", "web", workload(1, progressDeadlineSeconds=2**31 - 1)),
        ("wait", 8),
    ],
    "pods deleted": [
        ("create", "Deployment", "web", workload(2)),
        ("create", "StatefulSet", "web", {**LONE, "replicas": 2, "serviceName": "web"}),
        ("create", "DaemonSet", "web", LONE),
        ("create", "Job", "web", job("sleep", "99", completions=2, parallelism=2)),
        ("wait", 12),
        ("delete pods",),
        ("wait", 16),
    ],
    "replica set": [
        ("create", "Pod", "lone", {"containers": template()["spec"]["containers"]}),
        ("create", "ReplicaSet", "web", workload(3)),
        ("wait", 8),
        ("patch", "Pod", "lone", {"metadata": {"labels": {"app": "stray"}}}),
        ("patch", "ReplicaSet", "web", {"spec": {"replicas": 1}}),
        ("wait", 8),
    ],
    "job that fails in parallel": [
        ("create", "Job", "web", job("false", parallelism=2, completions=4, backoffLimit=2)),
        ("wait", 50),
    ],
    "cron job": [
        ("create", "CronJob", "web", {"schedule": "* * * * *", "jobTemplate": {"spec": job("true")}}),
        ("wait", 64),
    ],
    "cron job that runs": [
        ("create", "CronJob", "web", {"schedule": "* * * * *", "jobTemplate": {"spec": job("sleep", "199")}}),
        ("wait", 64),
    ],
    "cron job suspended": [
        ("create", "CronJob", "web", {"schedule": "* * * * *", "suspend": True, "jobTemplate": {"spec": job("true")}}),
        ("wait", 3),
    ],
    "autoscaler without target": [("create", "HorizontalPodAutoscaler", "web", scaler()), ("wait", 5)],
    "autoscaler at zero": [
        ("create", "Deployment", "web", workload(0)),
        ("create", "HorizontalPodAutoscaler", "web", scaler()),
        ("wait", 5),
    ],
    "autoscaler above": [
        ("create", "Deployment", "web", workload(4)),
        ("create", "HorizontalPodAutoscaler", "web", scaler(most=2)),
        ("wait", 20),
    ],
    "autoscaler of memory": [
        ("create", "Deployment", "web", workload(1)),
        (
            "create",
            "HorizontalPodAutoscaler",
            "web",
            scaler(
                metrics=[
                    {
                        "type": "Resource",
                        "resource": {"name": "memory", "target": {"type": "AverageValue", "averageValue": "10Mi"}},
                    },
                    {
                        "type": "Resource",
                        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}},
                    },
                ]
            ),
        ),
        ("wait", 5),
    ],
    "autoscaler of other metrics": [
        ("create", "Deployment", "web", workload(1)),
        (
            "create",
            "HorizontalPodAutoscaler",
            "web",
            scaler(
                metrics=[
                    {
                        "type": "Pods",
                        "pods": {
                            "metric": {"name": "requests"},
                            "target": {"type": "AverageValue", "averageValue": "10"},
                        },
                    }
                ]
            ),
        ),
        ("wait", 5),
    ],
    "budget of a lone pod": [
        ("create", "Pod", "lone", {"containers": template()["spec"]["containers"]}),
        ("wait", 4),
        ("create", "PodDisruptionBudget", "web", {"maxUnavailable": 1, "selector": {"matchLabels": {"app": "web"}}}),
        ("wait", 4),
    ],
    "budget of a daemon set": [
        ("create", "DaemonSet", "web", LONE),
        ("wait", 6),
        ("create", "PodDisruptionBudget", "web", {"minAvailable": "50%", "selector": {"matchLabels": {"app": "web"}}}),
        ("wait", 4),
    ],
    "budget in percent": [
        ("create", "Deployment", "web", workload(3)),
        ("wait", 6),
        (
            "create",
            "PodDisruptionBudget",
            "web",
            {"maxUnavailable": "50%", "selector": {"matchLabels": {"app": "web"}}},
        ),
        ("wait", 4),
        ("patch", "Deployment", "web", {"spec": {"replicas": 5}}),
        ("wait", 6),
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
    everything = list(objects)
    objects = [each for each in everything if each["kind"] in RESOURCES]
    for each in objects:
        revision = (each["metadata"].get("annotations") or {}).get("deployment.kubernetes.io/revision")
        if each["kind"] == "ReplicaSet" and revision:
            names[each["metadata"]["name"]] = f"web-R{revision}"
    statuses = {}
    for each in objects:
        name = _plain(each["metadata"]["name"], names)
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
    made = sorted(
        json.dumps(_plain(_made(each), names), sort_keys=True)
        for each in everything
        if each["kind"] in MADE and "ownerReferences" in each["metadata"]
    )
    return {"objects": statuses, "events": sorted(lines), "made": made}


def _made(obj: Obj) -> Obj:
    meta, spec = obj["metadata"], obj.get("spec") or {}
    owners = meta.get("ownerReferences") or []
    kept = {key: meta[key] for key in ("generateName", "labels", "annotations", "finalizers") if key in meta}
    kept["annotations"] = {
        key: each for key, each in kept.get("annotations", {}).items() if "kubernetes.io/" not in key or "batch" in key
    }
    kept["labels"] = {key: "HASH" if key.endswith("hash") else each for key, each in kept.get("labels", {}).items()}
    if obj["kind"] == "Job":
        kept["labels"] = {}  # the API server gives it those of its template
    found = {"kind": obj["kind"], **kept, "owners": owners}
    if obj["kind"] == "Pod":
        found |= {key: spec[key] for key in ("hostname", "subdomain") if key in spec}
        found["image"] = [spec["containers"][0]["image"], spec["containers"][0]["command"]]
        names = [each["name"] for each in spec.get("volumes") or [] if "persistentVolumeClaim" in each]
        found["claims"] = names
    if obj["kind"] == "ControllerRevision":
        found["revision"] = obj["revision"]
    if obj["kind"] == "PersistentVolumeClaim":
        found["finalizers"] = []
    return found


def _plain(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        dropped = ("Time", "Timestamp", "scheduled-timestamp", "resourceVersion", "namespace")
        return {key: _plain(each, names) for key, each in value.items() if not key.endswith(dropped)}
    if isinstance(value, list):
        return [_plain(each, names) for each in value]
    if not isinstance(value, str):
        return value
    for name, plain in names.items():
        value = re.sub(rf"{name}(-[a-z0-9]{{5}})?\b", lambda found, p=plain: p + ("-POD" if found[1] else ""), value)
    value = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UID", value)
    value = re.sub(r"\bweb-[0-9]{8}(-[a-z0-9]{5})?\b", "web-MINUTE", value)
    value = re.sub(r"pod \S+/web", "pod NAMESPACE/web", value)
    value = re.sub(
        r"\bweb-([0-9]-)?[bcdfghjklmnpqrstvwxz2456789]{5}\b", lambda found: f"web-{found[1] or ''}POD", value
    )
    return re.sub(r"\bweb-[bcdfghjklmnpqrstvwxz2456789]{6,10}(-[a-z0-9]{5})?\b", "web-HASH", value)
