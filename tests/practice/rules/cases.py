"""The cases of this room: manifests with changes, and what a real API server answered to them."""

from __future__ import annotations

import copy
import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
PATHS = {
    "Pod": "api/v1 pods",
    "ReplicationController": "api/v1 replicationcontrollers",
    "PodTemplate": "api/v1 podtemplates",
    "ReplicaSet": "apis/apps/v1 replicasets",
    "Deployment": "apis/apps/v1 deployments",
    "DaemonSet": "apis/apps/v1 daemonsets",
    "StatefulSet": "apis/apps/v1 statefulsets",
    "ControllerRevision": "apis/apps/v1 controllerrevisions",
    "Job": "apis/batch/v1 jobs",
    "CronJob": "apis/batch/v1 cronjobs",
    "HorizontalPodAutoscaler": "apis/autoscaling/v2 horizontalpodautoscalers",
    "PodDisruptionBudget": "apis/policy/v1 poddisruptionbudgets",
}
Obj = dict[str, Any]


def resource(kind: str) -> str:
    """Return the key of a kind's resource, as `jobs.batch`."""
    prefix, plural = PATHS[kind].split()
    group = prefix.split("/")[1]
    return plural if prefix == "api/v1" else f"{plural}.{group}"


def load(name: str) -> Any:
    """Return a file of this directory."""
    path = HERE / name
    if path.suffix == ".json":
        return json.loads(path.read_text())
    return json.loads(json.dumps(yaml.safe_load(path.read_text())))  # no shared parts


def changed(base: Obj, changes: Obj) -> Obj:
    """Return `base` with values put in at `a.b.0.c`; null takes the field away."""
    obj = copy.deepcopy(base)
    for path, value in copy.deepcopy(changes).items():
        keys = [int(part) if part.isdigit() else part for part in path.split(".")]
        last = keys[-1]
        at: Any = obj
        for part, following in pairwise(keys):
            if isinstance(at, dict) and part not in at:
                at[part] = [] if isinstance(following, int) else {}
            elif isinstance(at, list) and part == len(at):
                at.append({})
            at = at[part]
        if value is None:
            at.pop(last, None)
        elif isinstance(at, list) and last == len(at):
            at.append(value)
        else:
            at[last] = value
    return obj


def settled(obj: Obj) -> Obj:
    """Return an object without what is new each time, nor what admission adds to a Pod."""
    text = json.dumps(obj)
    for uid in set(re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", text)):
        text = text.replace(uid, "UID")
    obj = json.loads(re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME", text))
    for key in ("uid", "creationTimestamp", "managedFields", "namespace"):
        obj["metadata"].pop(key, None)
    if obj["kind"] == "Pod":
        for key in ("serviceAccount", "serviceAccountName", "priority", "preemptionPolicy", "tolerations"):
            obj["spec"].pop(key, None)
    return obj
