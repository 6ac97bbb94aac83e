"""How objects go: options, grace, finalizers and propagation.

https://kubernetes.io/docs/concepts/architecture/garbage-collection/
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tutor.practice.api import errors
from tutor.practice.api.errors import Obj
from tutor.practice.clock import stamp

FOREGROUND, ORPHAN = "foregroundDeletion", "orphan"
"""The finalizers that the garbage collector takes off."""
NAMESPACE_FINALIZER = "kubernetes"


@dataclass(frozen=True, kw_only=True)
class Deletion:
    """The options of a delete request."""

    propagation: str = ""
    """`Foreground`, `Background` or `Orphan`; empty is the resource's own."""
    grace: int | None = None
    """Seconds; None is the object's own."""
    uid: str = ""
    resource_version: str = ""

    def check(self, resource: str, obj: Obj) -> None:
        """Raise ApiError (409) where the preconditions do not hold."""
        meta = obj["metadata"]
        if self.uid and self.uid != meta["uid"]:
            why = f"Precondition failed: UID in precondition: {self.uid}, UID in object meta: {meta['uid']}"
            raise errors.conflict(resource, meta["name"], why)
        if self.resource_version and self.resource_version != meta["resourceVersion"]:
            why = (
                f"Precondition failed: ResourceVersion in precondition: {self.resource_version}, "
                f"ResourceVersion in object meta: {meta['resourceVersion']}"
            )
            raise errors.conflict(resource, meta["name"], why)


def mark_deleted(resource: str, old: Obj, deletion: Deletion, now: datetime) -> Obj:
    """Return the object as a delete request leaves it; whether it may go at once, `ready_to_go` tells."""
    grace = _grace(resource, old, deletion)
    meta = dict(old["metadata"])
    finalizers = [each for each in meta.get("finalizers") or [] if each not in (FOREGROUND, ORPHAN)]
    wanted = {"Foreground": FOREGROUND, "Orphan": ORPHAN}.get(deletion.propagation)
    if not deletion.propagation:
        finalizers = list(meta.get("finalizers") or [])
    elif wanted:
        finalizers.append(wanted)
    if "deletionTimestamp" in meta:
        if grace >= meta.get("deletionGracePeriodSeconds", 0) and finalizers == (meta.get("finalizers") or []):
            return old
        shorter = min(grace, meta.get("deletionGracePeriodSeconds", 0))
        if shorter != meta.get("deletionGracePeriodSeconds"):
            meta["deletionTimestamp"] = stamp(now + timedelta(seconds=shorter))
            meta["deletionGracePeriodSeconds"] = shorter
    else:
        meta["deletionTimestamp"] = stamp(now + timedelta(seconds=grace))
        meta["deletionGracePeriodSeconds"] = grace
        if "generation" in meta:
            meta["generation"] += 1
    if finalizers:
        meta["finalizers"] = finalizers
    else:
        meta.pop("finalizers", None)
    new = {**old, "metadata": meta}
    if resource == "namespaces":
        new["status"] = {**(old.get("status") or {}), "phase": "Terminating"}
    return new


def ready_to_go(obj: Obj) -> bool:
    """Tell whether a deleted object may leave the store: no grace left, no finalizers."""
    meta = obj["metadata"]
    if not meta.get("deletionTimestamp") or meta.get("finalizers"):
        return False
    if obj.get("kind") == "Namespace" and (obj.get("spec") or {}).get("finalizers"):
        return False
    return not meta.get("deletionGracePeriodSeconds")


def _grace(resource: str, obj: Obj, deletion: Deletion) -> int:
    if resource != "pods":
        return 0
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    grace = deletion.grace if deletion.grace is not None else spec.get("terminationGracePeriodSeconds", 30)
    if not spec.get("nodeName") or status.get("phase") in ("Succeeded", "Failed"):
        return 0  # no kubelet has to stop anything
    return max(int(grace), 0)
