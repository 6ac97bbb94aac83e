"""Whether the cluster is still working on an object, so that waiting makes sense."""

from __future__ import annotations

from typing import Any

from checkers.world import Kind, Obj, World

POD = Kind("v1", "Pod")
REPLICA_SET = Kind("apps/v1", "ReplicaSet")
DEPLOYMENT = Kind("apps/v1", "Deployment")
STATEFUL_SET = Kind("apps/v1", "StatefulSet")
DAEMON_SET = Kind("apps/v1", "DaemonSet")
WORKLOADS = (DEPLOYMENT, STATEFUL_SET, DAEMON_SET)
MADE_BY_CONTROLLERS = frozenset(
    {"Pod", "ReplicaSet", "ControllerRevision", "EndpointSlice", "Endpoints", "Event", "Job"}
)
"""Kinds that appear and vanish without the learner writing their manifests."""


_VERSIONS = {
    **dict.fromkeys(("Pod", "PersistentVolumeClaim"), "v1"),
    **dict.fromkeys(("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"), "apps/v1"),
    "Job": "batch/v1",
}


def known(obj: Obj) -> str:
    """Return the kind where Kubernetes' own controllers work on it; "" for a namesake in another API group."""
    kind = str(obj.get("kind"))
    return kind if _VERSIONS.get(kind) == obj.get("apiVersion") else ""


def condition(obj: Obj, type_: str) -> dict[str, Any]:
    """Return the status condition of this type, or an empty mapping."""
    conditions = (obj.get("status") or {}).get("conditions") or []
    return next((each for each in conditions if isinstance(each, dict) and each.get("type") == type_), {})


def holds(obj: Obj, type_: str) -> bool:
    """Tell whether the status condition of this type is True."""
    return condition(obj, type_).get("status") == "True"


def finished(pod: Obj) -> bool:
    """Tell whether all containers of the Pod have ended for good."""
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def unobserved(obj: Obj) -> bool:
    """Tell whether the object's controller has not seen the newest spec yet."""
    seen, meta = (obj.get("status") or {}).get("observedGeneration"), obj["metadata"]
    return isinstance(seen, int) and seen < int(meta.get("generation") or 0)


def moving(obj: Obj) -> bool:
    """Tell whether the cluster is still bringing `obj` to what its spec asks; True for kinds it cannot judge."""
    kind = known(obj)
    if obj["metadata"].get("deletionTimestamp") or not kind or unobserved(obj):
        return True
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    if kind == "Pod":
        return not finished(obj) and not holds(obj, "Ready")
    if kind in ("Deployment", "StatefulSet", "ReplicaSet"):
        counts = ["replicas", "readyReplicas", *(["updatedReplicas"] if kind == "Deployment" else [])]
        if "observedGeneration" not in status or any(status.get(key, 0) != spec.get("replicas", 1) for key in counts):
            return True
        return bool(status.get("unavailableReplicas")) or _rolling(spec, status)
    if kind == "DaemonSet":
        wanted = status.get("desiredNumberScheduled")
        return wanted is None or any(status.get(key, 0) != wanted for key in ("numberReady", "updatedNumberScheduled"))
    if kind == "Job":
        return not holds(obj, "Complete") and not holds(obj, "Failed")
    return True


def _rolling(spec: Obj, status: Obj) -> bool:
    """Tell whether a StatefulSet still replaces Pods; with `OnDelete` or a partition it may rest half-way."""
    strategy = spec.get("updateStrategy") or {}
    rests = strategy.get("type") == "OnDelete" or (strategy.get("rollingUpdate") or {}).get("partition")
    return not rests and status.get("currentRevision") != status.get("updateRevision")


def busy(world: World, namespace: str) -> bool:
    """Tell whether Pods or workloads of the namespace are still on their way."""
    pods = world.list(POD, namespace)
    return any(moving(pod) for pod in pods) or any(
        moving(each) for kind in WORKLOADS for each in world.list(kind, namespace)
    )
