"""Claims and volumes, and classes that are the default.

https://kubernetes.io/docs/concepts/storage/storage-classes/#default-storageclass
"""

from __future__ import annotations

from tutor.practice.admission.plugin import Plugin, forbid
from tutor.practice.api.errors import Obj
from tutor.practice.api.request import Request
from tutor.practice.api.store import Store
from tutor.practice.schema.quantity import parse

CLAIMS, VOLUMES = "persistentvolumeclaims", "persistentvolumes"
CLASSES, INGRESS_CLASSES = "storageclasses.storage.k8s.io", "ingressclasses.networking.k8s.io"
PROTECTIONS = {CLAIMS: "kubernetes.io/pvc-protection", VOLUMES: "kubernetes.io/pv-protection"}
OLD_CLASS, OLD_INGRESS_CLASS = "volume.beta.kubernetes.io/storage-class", "kubernetes.io/ingress.class"
RESIZE = (
    "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize"
)


class DefaultClasses(Plugin):
    """Claims and Ingresses without a class get the default one, if there is one."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def mutate(self, request: Request) -> None:
        """Set the name of the class."""
        obj = request.object
        if request.operation != "CREATE" or obj is None:
            return
        annotations = obj["metadata"].get("annotations") or {}
        spec = obj.get("spec") or {}
        if request.resource == CLAIMS and OLD_CLASS not in annotations:
            self._fill(spec, "storageClassName", CLASSES, "storageclass.kubernetes.io/is-default-class")
        elif request.resource == "ingresses.networking.k8s.io" and OLD_INGRESS_CLASS not in annotations:
            self._fill(spec, "ingressClassName", INGRESS_CLASSES, "ingressclass.kubernetes.io/is-default-class")

    def _fill(self, spec: Obj, field: str, classes: str, annotation: str) -> None:
        if spec.get(field) is None and (name := self._default(classes, annotation)):
            spec[field] = name

    def _default(self, resource: str, annotation: str) -> str:
        """Return the newest default class."""
        found = [
            each["metadata"]
            for each in self._store.list(resource)
            if (each["metadata"].get("annotations") or {}).get(annotation) == "true"
        ]
        newest = max((meta.get("creationTimestamp", "") for meta in found), default="")
        return next((meta["name"] for meta in found if meta.get("creationTimestamp", "") == newest), "")


class StorageProtection(Plugin):
    """Claims and volumes stay while they are in use: finalizers see to that."""

    def mutate(self, request: Request) -> None:
        """Add the finalizer."""
        if request.operation == "CREATE" and request.object and (name := PROTECTIONS.get(request.resource)):
            meta = request.object["metadata"]
            if name not in (meta.get("finalizers") or []):
                meta["finalizers"] = [*(meta.get("finalizers") or []), name]


class ClaimResize(Plugin):
    """Claims grow only where their class allows it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def validate(self, request: Request) -> None:
        """Raise ApiError (403)."""
        if request.resource != CLAIMS or request.operation != "UPDATE" or request.subresource:
            return
        new, old = request.object or {}, request.old or {}
        if _size(new) <= _size(old):
            return
        name = (old.get("spec") or {}).get("storageClassName")
        storage_class = self._store.get(CLASSES, "", name) if name else None
        if not (storage_class or {}).get("allowVolumeExpansion"):
            raise forbid(request, RESIZE)


def _size(claim: Obj) -> float:
    requests = ((claim.get("spec") or {}).get("resources") or {}).get("requests") or {}
    return float(parse(str(requests.get("storage", "0"))).value)
