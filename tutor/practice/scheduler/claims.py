"""Which PersistentVolume fits which PersistentVolumeClaim.

https://kubernetes.io/docs/concepts/storage/persistent-volumes/#binding
"""

from __future__ import annotations

from collections.abc import Iterable

from tutor.practice.api.errors import Obj
from tutor.practice.api.selectors import matches
from tutor.practice.api.store import Store
from tutor.practice.scheduler.cluster import milli
from tutor.practice.scheduler.matching import matches_node

BIND_COMPLETED = "pv.kubernetes.io/bind-completed"
BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller"
SELECTED_NODE = "volume.kubernetes.io/selected-node"
NO_PROVISIONER = "kubernetes.io/no-provisioner"


def pod_claims(pod: Obj) -> list[str]:
    """Return the names of the claims that a Pod mounts."""
    sources = [each.get("persistentVolumeClaim") for each in pod["spec"].get("volumes") or []]
    return [each["claimName"] for each in sources if each]


def is_bound(claim: Obj) -> bool:
    """Tell whether a claim has its volume, and both sides know."""
    annotations = claim["metadata"].get("annotations") or {}
    return bool(claim["spec"].get("volumeName")) and BIND_COMPLETED in annotations


def class_of(store: Store, claim: Obj) -> Obj | None:
    """Return the StorageClass that a claim names, None where there is none."""
    name = claim["spec"].get("storageClassName")
    return store.get("storageclasses.storage.k8s.io", "", name) if name else None


def waits_for_pod(store: Store, claim: Obj) -> bool:
    """Tell whether a claim is bound only when a Pod that mounts it is scheduled."""
    found = class_of(store, claim)
    return found is not None and found.get("volumeBindingMode") == "WaitForFirstConsumer"


def refers_to(volume: Obj, claim: Obj) -> bool:
    """Tell whether a volume is kept for a claim, by name and (where it says one) uid."""
    reference, meta = volume["spec"].get("claimRef") or {}, claim["metadata"]
    return (
        (reference.get("namespace"), reference.get("name")) == (meta["namespace"], meta["name"])
        and reference.get("uid") in (None, "", meta["uid"])
    )  # fmt: skip


def find_volume(claim: Obj, volumes: Iterable[Obj], node: Obj | None = None, taken: Iterable[str] = ()) -> Obj | None:
    """Return the volume for a claim: one that is kept for it, or else the smallest that is free and fits."""
    fitting = [each for each in volumes if each["metadata"]["name"] not in taken and fits(claim, each)]
    if node is not None:
        fitting = [each for each in fitting if reaches(each, node)]
    kept = [each for each in fitting if each["spec"].get("claimRef")]
    return min(kept or fitting, key=lambda each: (_size(each), each["metadata"]["name"]), default=None)


def reaches(volume: Obj, node: Obj) -> bool:
    """Tell whether a volume can be mounted on a node."""
    required = (volume["spec"].get("nodeAffinity") or {}).get("required")
    return required is None or matches_node(required, node)


def fits(claim: Obj, volume: Obj) -> bool:
    """Tell whether a claim could have a volume that is free or kept for it."""
    wanted, spec = claim["spec"], volume["spec"]
    if volume["metadata"].get("deletionTimestamp"):
        return False
    if spec.get("claimRef"):
        if not refers_to(volume, claim):
            return False
    elif (volume.get("status") or {}).get("phase") != "Available":
        return False
    if mismatch(claim, volume):
        return False
    selector = wanted.get("selector")
    return selector is None or matches(selector, volume["metadata"].get("labels"))


def mismatch(claim: Obj, volume: Obj) -> str:
    """Return in what a volume is not what a claim asks for, "" where it is."""
    wanted, spec = claim["spec"], volume["spec"]
    if _size(volume) < request(claim):
        return "requested PV is too small"
    if (spec.get("storageClassName") or "") != (wanted.get("storageClassName") or ""):
        return "storageClassName does not match"
    if (spec.get("volumeMode") or "Filesystem") != (wanted.get("volumeMode") or "Filesystem"):
        return "incompatible volumeMode"
    if not set(wanted.get("accessModes") or []) <= set(spec.get("accessModes") or []):
        return "incompatible accessMode"
    return ""


def request(claim: Obj) -> int:
    """Return how much a claim asks for, in thousandths of a byte."""
    return milli(((claim["spec"].get("resources") or {}).get("requests") or {}).get("storage", 0))


def keep_for(volume: Obj, claim: Obj) -> Obj:
    """Return a volume that is kept for a claim."""
    meta = claim["metadata"]
    reference = {"kind": "PersistentVolumeClaim", "apiVersion": "v1", "namespace": meta["namespace"]}
    reference |= {"name": meta["name"], "uid": meta["uid"], "resourceVersion": meta["resourceVersion"]}
    kept = {**volume, "spec": {**volume["spec"], "claimRef": reference}}
    return kept if volume["spec"].get("claimRef") else annotated(kept, BOUND_BY_CONTROLLER, "yes")


def annotated(obj: Obj, key: str, value: str) -> Obj:
    """Return an object with one more annotation."""
    meta = obj["metadata"]
    return {**obj, "metadata": {**meta, "annotations": {**(meta.get("annotations") or {}), key: value}}}


def _size(volume: Obj) -> int:
    return milli((volume["spec"].get("capacity") or {}).get("storage", 0))
