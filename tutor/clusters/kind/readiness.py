"""Our own wait for a cluster: kind's looks at control planes only, and ends with success when its time is up.

Ready means: every node Ready (without a network: registered), the Pods of the system
and of the storage provisioner Ready, and the ServiceAccount `default` there, without
which no Pod can be made.
"""

from __future__ import annotations

import json
from typing import Any

from checkers.words import say
from tutor.cancel import Cancel
from tutor.clusters.kind.stages import Progress
from tutor.clusters.kubectl import Kubectl
from tutor.errors import TutorError

INTERVAL = 0.3
"""Seconds between two looks."""
SYSTEM = ("kube-system", "local-path-storage")


def wait_ready(kubectl: Kubectl, nodes: int, network: bool, timeout: float, progress: Progress, cancel: Cancel) -> None:
    """Wait until the cluster is ready. Raises TutorError after `timeout` seconds, naming what is not."""
    lacking = ""
    rounds = int(timeout / INTERVAL)
    for _ in range(rounds):
        cancel.check()
        progress.tick()
        ran = kubectl.run(
            ["get", "nodes,pods,serviceaccounts", "--all-namespaces", "--output", "json"], timeout=10, cancel=cancel
        )
        lacking = what_lacks(_items(ran.stdout), nodes, network) if ran.code == 0 else say("The API server")
        if not lacking:
            return
        progress.detail(lacking)
        cancel.wait(INTERVAL)
    raise TutorError(
        say("The cluster does not become ready."),
        say("After {seconds:.0f} s this is still not ready: {what}", seconds=timeout, what=lacking),
        say("The machine may be too busy. Close other programs and try again; kubetutor doctor looks for more."),
    )


def is_ready(kubectl: Kubectl, nodes: int, network: bool) -> bool:
    """Look once."""
    ran = kubectl.run(
        ["get", "nodes,pods,serviceaccounts", "--all-namespaces", "--output", "json", "--request-timeout=3s"], timeout=6
    )
    return ran.code == 0 and not what_lacks(_items(ran.stdout), nodes, network)


def _items(text: str) -> list[dict[str, Any]]:
    try:
        return list(json.loads(text)["items"])
    except (ValueError, KeyError, TypeError):
        return []


def what_lacks(items: list[dict[str, Any]], nodes: int, network: bool) -> str:
    """Return the name of one thing that is not ready yet, empty when all are."""
    there = [item for item in items if item["kind"] == "Node"]
    if len(there) < nodes:
        return say("nodes: {n} of {total}", n=len(there), total=nodes)
    if not network:
        return ""
    for item in there:
        if not _condition(item, "Ready"):
            return say("node {name}", name=item["metadata"]["name"])
    pods = [item for item in items if item["kind"] == "Pod" and item["metadata"]["namespace"] in SYSTEM]
    if not pods:
        return say("the system's Pods")
    for pod in pods:
        if not _condition(pod, "Ready"):
            return say("Pod {name}", name=pod["metadata"]["name"])
    accounts = [item["metadata"] for item in items if item["kind"] == "ServiceAccount"]
    if not any(each["namespace"] == "default" and each["name"] == "default" for each in accounts):
        return say("ServiceAccount default")
    return ""


def _condition(item: dict[str, Any], name: str) -> bool:
    conditions = (item.get("status") or {}).get("conditions") or []
    return any(each["type"] == name and each["status"] == "True" for each in conditions)
