"""Rollouts as kubectl sees them: revisions, history, and how far the newest has come.

Sources: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_rollout/ and
https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status.
"""

from __future__ import annotations

from typing import Any

from checkers.causes import REVISION, owned, revision_number
from checkers.motion import REPLICA_SET, unobserved
from checkers.words import say, say_n
from checkers.world import Obj, World

_CAUSE = "kubernetes.io/change-cause"


def history(world: World, workload: Obj) -> list[dict[str, Any]]:
    """Return the revisions that are kept, the oldest first: number, images by container, and change cause."""
    kind = REPLICA_SET if workload["kind"] == "Deployment" else REVISION
    found = []
    for each in sorted(owned(world, kind, workload), key=revision_number):
        body = each.get("spec") if workload["kind"] == "Deployment" else (each.get("data") or {}).get("spec")
        cause = (each["metadata"].get("annotations") or {}).get(_CAUSE)
        entry = {"revision": revision_number(each), "images": images((body or {}).get("template") or {})}
        found.append(entry | ({"cause": cause} if cause else {}))
    return found


def images(template: Any) -> dict[str, str]:
    """Return the image of each container of a Pod template."""
    spec = template.get("spec") or {}
    return {each["name"]: each.get("image", "") for each in spec.get("containers") or []}


def revision(world: World, workload: Obj) -> int:
    """Return the number of the newest revision; 0 before the first."""
    if workload["kind"] == "Deployment":
        return revision_number(workload)
    newest = (workload.get("status") or {}).get("updateRevision")
    entries = owned(world, REVISION, workload)
    named = [each for each in entries if each["metadata"]["name"] == newest]
    return max(map(revision_number, named or entries), default=0)


def strategy(workload: Obj) -> dict[str, Any]:
    """Return how the workload replaces its Pods, under whichever name its kind has for it."""
    spec = workload.get("spec") or {}
    found: dict[str, Any] = spec.get("strategy" if workload["kind"] == "Deployment" else "updateStrategy") or {}
    return found


def progress(workload: Obj) -> tuple[bool, str]:
    """Return whether the newest revision is rolled out completely, and a sentence about how far it is."""
    status, spec = workload.get("status") or {}, workload.get("spec") or {}
    at = {"kind": workload["kind"], "name": workload["metadata"]["name"]}
    if unobserved(workload) or "observedGeneration" not in status:
        return False, say("The controller has not looked at the newest change of {kind} {name} yet.", **at)
    if workload["kind"] == "DaemonSet":
        wanted = int(status.get("desiredNumberScheduled") or 0)
        updated, ready = status.get("updatedNumberScheduled", 0), status.get("numberAvailable", 0)
        old = 0
    else:
        wanted = int(spec.get("replicas", 1))
        updated = status.get("updatedReplicas", 0)
        ready = status.get("availableReplicas", 0)
        old = max(0, status.get("replicas", 0) - updated)
    if workload["kind"] == "StatefulSet":
        partition = int((strategy(workload).get("rollingUpdate") or {}).get("partition") or 0)
        if partition and updated >= wanted - partition:
            old, updated = 0, wanted
    if updated < wanted:
        one, many = (
            "{updated} of {n} Pod of {kind} {name} is of the newest revision.",
            "{updated} of {n} Pods of {kind} {name} are of the newest revision.",
        )
        return False, say_n(one, many, wanted, updated=updated, **at)
    if old:
        one, many = (
            "{n} Pod of an older revision of {kind} {name} still runs.",
            "{n} Pods of older revisions of {kind} {name} still run.",
        )
        return False, say_n(one, many, old, **at)
    if ready < wanted:
        one, many = (
            "{ready} of {n} Pod of {kind} {name} is available.",
            "{ready} of {n} Pods of {kind} {name} are available.",
        )
        return False, say_n(one, many, wanted, ready=ready, **at)
    return True, say("The rollout of {kind} {name} is complete.", **at)
