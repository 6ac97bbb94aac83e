"""Namespaces: what is deleted with them, and what every new one gets.

https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import ClassVar

from tutor.practice.api.chain import Api
from tutor.practice.api.deletion import NAMESPACE_FINALIZER, Deletion
from tutor.practice.api.errors import ApiError, Obj
from tutor.practice.api.meta import key_of
from tutor.practice.api.store import Event
from tutor.practice.controllers.podtools import is_terminating, renewed
from tutor.practice.controllers.queue import Controller, Key

GRACE = 5.0
"""Seconds that a namespace's content is left alone, as upstream waits for slower API servers."""
ROOT_CA = "kube-root-ca.crt"
DESCRIPTION = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the "
    "internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes "
    "clusters."
)


class NamespaceController(Controller):
    """Empties namespaces that are being deleted, and says what is left."""

    name: ClassVar[str] = "namespace-controller"
    resource: ClassVar[str] = "namespaces"

    def reconcile(self, obj: Obj) -> float | None:
        """Delete what is in a namespace that is going; let it go when nothing is left."""
        meta = obj["metadata"]
        if not meta.get("deletionTimestamp"):
            return None
        left = GRACE - self.clock.since(meta["deletionTimestamp"])
        if left > 0:
            return left
        namespace = meta["name"]
        resources = sorted({kind.resource for kind in self.api.kinds if kind.namespaced})
        refused: list[str] = []
        for resource in resources:
            for each in self.store.list(resource, namespace):
                if each["metadata"].get("deletionTimestamp"):
                    continue
                try:
                    self.api.delete(resource, *key_of(each), Deletion(propagation="Background"))
                except ApiError as error:
                    refused.append(error.message)
        remaining: dict[str, list[Obj]] = {}
        for resource in resources:
            plural, _, group = resource.partition(".")
            if found := self.store.list(resource, namespace):
                remaining[f"{plural}.{group}"] = found
        if not remaining:
            self._let_go(namespace)
            return None
        status = {**(obj.get("status") or {}), "conditions": self._conditions(obj, remaining, refused)}
        self.api.set_status("namespaces", obj, status)
        return 15.0

    def _let_go(self, namespace: str) -> None:
        def build(old: Obj) -> Obj:
            old["spec"]["finalizers"] = [x for x in old["spec"].get("finalizers") or [] if x != NAMESPACE_FINALIZER]
            return old

        self.api.change("namespaces", "", namespace, build, subresource="finalize")

    def _conditions(self, namespace: Obj, remaining: Mapping[str, list[Obj]], refused: list[str]) -> list[Obj]:
        counts = ", ".join(f"{name} has {len(each)} resource instances" for name, each in sorted(remaining.items()))
        finalizers = Counter(
            finalizer
            for objects in remaining.values()
            for each in objects
            for finalizer in each["metadata"].get("finalizers") or []
        )
        kept = ", ".join(
            f"{finalizer} in {count} resource instances" for finalizer, count in sorted(finalizers.items())
        )
        rows: tuple[tuple[str, bool, str, str], ...] = (
            ("DiscoveryFailure", False, "ResourcesDiscovered", "All resources successfully discovered"),
            ("GroupVersionParsingFailure", False, "ParsedGroupVersions", "All legacy kube types successfully parsed"),
            (
                "ContentFailure",
                bool(refused),
                "ContentDeletionFailed" if refused else "ContentDeleted",
                f"Failed to delete all resource types: {refused[0]}"
                if refused
                else "All content successfully deleted, may be waiting on finalization",
            ),
        )
        found = (namespace.get("status") or {}).get("conditions") or []
        content = (True, "SomeResourcesRemain", f"Some resources are remaining: {counts}")
        final = (False, "ContentHasNoFinalizers", "All content-preserving finalizers finished")
        if kept:
            final = (True, "SomeFinalizersRemain", f"Some content in the namespace has finalizers remaining: {kept}")
        rows = (*rows, ("ContentRemaining", *content), ("FinalizersRemaining", *final))
        for name, holds, reason, message in rows:
            kind = f"Namespace{name if name.endswith('Remaining') else f'Deletion{name}'}"
            new = {"type": kind, "status": "True" if holds else "False", "reason": reason, "message": message}
            found = renewed(found, new, self.clock)
        return found

    def _hear(self, event: Event) -> None:
        super()._hear(event)
        namespace = event.object["metadata"].get("namespace")
        if event.type == "DELETED" and namespace:
            found = self.store.get("namespaces", "", namespace)
            if found and found["metadata"].get("deletionTimestamp"):
                self.enqueue(("", namespace))


class ServiceAccountController(Controller):
    """Gives every namespace its `default` ServiceAccount."""

    name: ClassVar[str] = "service-account-controller"
    resource: ClassVar[str] = "namespaces"
    watches: ClassVar[tuple[str, ...]] = ("serviceaccounts",)

    def reconcile(self, obj: Obj) -> None:
        """Create the account where it is missing."""
        namespace = obj["metadata"]["name"]
        if not is_terminating(obj) and not self.store.get("serviceaccounts", namespace, "default"):
            self.api.create("serviceaccounts", {"metadata": {"name": "default"}}, namespace)

    def concerns(self, event: Event) -> Iterable[Key]:
        """Look again when one is deleted."""
        return [("", event.object["metadata"]["namespace"])] if event.type == "DELETED" else ()


class RootCaPublisher(Controller):
    """Puts the API server's CA into every namespace."""

    name: ClassVar[str] = "root-ca-certificate-publisher"
    resource: ClassVar[str] = "namespaces"
    watches: ClassVar[tuple[str, ...]] = ("configmaps",)

    def __init__(self, api: Api, ca: str) -> None:
        super().__init__(api)
        self._data = {"ca.crt": ca}

    def reconcile(self, obj: Obj) -> None:
        """Create or correct the ConfigMap."""
        namespace = obj["metadata"]["name"]
        if is_terminating(obj):
            return
        found = self.store.get("configmaps", namespace, ROOT_CA)
        if found is None:
            meta = {"name": ROOT_CA, "annotations": {"kubernetes.io/description": DESCRIPTION}}
            self.api.create("configmaps", {"metadata": meta, "data": self._data}, namespace)
        elif found.get("data") != self._data:
            self.api.change("configmaps", namespace, ROOT_CA, lambda old: {**old, "data": self._data})

    def concerns(self, event: Event) -> Iterable[Key]:
        """Look again when somebody has touched it."""
        meta = event.object["metadata"]
        return [("", meta["namespace"])] if meta["name"] == ROOT_CA else ()
