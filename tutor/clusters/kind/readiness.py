"""Our own wait for a cluster: kind's looks at control planes only, and ends with success when its time is up.

Ready means: every node Ready (without a network: registered), the Pods of the system
and of the storage provisioner Ready, and the ServiceAccount `default` there, without
which no Pod can be made.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from checkers.words import say
from tutor.cancel import Cancel
from tutor.clusters.kind.stages import Progress
from tutor.clusters.kubectl import Kubectl

INTERVAL = 0.4
"""Seconds between two looks."""
EVERYTHING = ("get", "nodes,pods,serviceaccounts", "--all-namespaces", "--output", "json", "--request-timeout", "8s")
SYSTEM_APPS = ("kube-dns", "kube-proxy", "kindnet")


@dataclass(frozen=True)
class Look:
    """What one look at a cluster showed."""

    answers: bool
    """Whether the API server did."""
    lacks: str
    """One thing that is not ready, empty when all are."""


@dataclass(frozen=True)
class Wanted:
    """What a ready cluster has."""

    nodes: int
    network: bool = True
    since: Mapping[str, str] = field(default_factory=dict)
    """When each node's machine was started. What the API server tells from before is not true any more."""


def look(kubectl: Kubectl, wanted: Wanted, cancel: Cancel | None = None) -> Look:
    """Look once, with one request for everything. Raises TutorError as `run`."""
    ran = kubectl.run(EVERYTHING, timeout=20, cancel=cancel)
    try:
        items = list(json.loads(ran.stdout)["items"]) if ran.code == 0 else None
    except (ValueError, KeyError, TypeError):
        items = None
    if items is None:
        return Look(False, say("the API server"))
    return Look(True, what_lacks(items, wanted))


def wait_ready(
    kubectl: Kubectl, wanted: Wanted, progress: Progress, cancel: Cancel, *, timeout: float, silence: float
) -> Look:
    """Wait until the cluster is ready, and return the last look.

    Gives up after `timeout` seconds, or, while the API server does not answer, after `silence`
    seconds of that. Raises TutorError as `run`, Cancelled when asked to stop.
    """
    began = heard = time.monotonic()
    while True:
        seen = look(kubectl, wanted, cancel)
        now = time.monotonic()
        heard = now if seen.answers else heard
        if not seen.lacks or (seen.answers and now - began > timeout) or now - heard > silence:
            return seen
        progress.detail(seen.lacks)
        progress.tick()
        cancel.wait(INTERVAL)


def what_lacks(items: list[dict[str, Any]], wanted: Wanted) -> str:
    """Return one thing that is not ready yet, and why where that is known; empty when all are."""
    there = [item for item in items if item["kind"] == "Node"]
    if len(there) < wanted.nodes:
        return say("nodes: {n} of {total}", n=len(there), total=wanted.nodes)
    if wanted.network:
        for item in there:
            name = item["metadata"]["name"]
            ready = _condition(item)
            if ready.get("status") != "True" or _before(ready.get("lastHeartbeatTime"), wanted.since.get(name)):
                return say("node {name}", name=name)
        pods = [item for item in items if item["kind"] == "Pod" and _of_the_system(item["metadata"])]
        if not pods:
            return say("the system's Pods")
        for pod in pods:
            started = wanted.since.get((pod.get("spec") or {}).get("nodeName", ""))
            if _condition(pod).get("status") != "True" or _before(_started(pod), started):
                why, name = _trouble(pod), pod["metadata"]["name"]
                return say("Pod {name} ({reason})", name=name, reason=why) if why else say("Pod {name}", name=name)
    accounts = [item["metadata"] for item in items if item["kind"] == "ServiceAccount"]
    if not any(each["namespace"] == "default" and each["name"] == "default" for each in accounts):
        return say("ServiceAccount default")
    return ""


def _of_the_system(meta: dict[str, Any]) -> bool:
    """Whether kind or kubeadm made this Pod: exercises have theirs in kube-system, too."""
    labels = meta.get("labels") or {}
    if meta["namespace"] == "local-path-storage":
        return labels.get("app") == "local-path-provisioner"
    if meta["namespace"] != "kube-system":
        return False
    return labels.get("tier") == "control-plane" or labels.get("k8s-app") in SYSTEM_APPS


def _condition(item: dict[str, Any]) -> dict[str, str]:
    """Return the condition Ready."""
    conditions = (item.get("status") or {}).get("conditions") or []
    return next((each for each in conditions if each["type"] == "Ready"), {})


def _started(pod: dict[str, Any]) -> str | None:
    """Return when the oldest container of `pod` was started; None where none runs."""
    states = [each.get("state") or {} for each in (pod.get("status") or {}).get("containerStatuses") or []]
    return min((state["running"]["startedAt"] for state in states if "running" in state), default=None)


def _before(time: str | None, start: str | None) -> bool:
    """Whether `time` is before `start`: both RFC 3339 in UTC, of one clock; to the second, as Kubernetes tells it."""
    return bool(start) and (time or "")[:19] < str(start)[:19]


def _trouble(pod: dict[str, Any]) -> str:
    """Return why a container of `pod` does not run, as CrashLoopBackOff; empty when it is just starting."""
    for status in (pod.get("status") or {}).get("containerStatuses") or []:
        reason = ((status.get("state") or {}).get("waiting") or {}).get("reason", "")
        if reason and reason not in ("ContainerCreating", "PodInitializing"):
            return str(reason)
    return ""
