"""What becomes of a CustomResourceDefinition: its names are accepted, it is served, its objects go with it.

https://github.com/kubernetes/apiextensions-apiserver/tree/v0.37.2/pkg/controller
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from tutor.practice.api.deletion import Deletion
from tutor.practice.api.errors import ApiError, Obj
from tutor.practice.api.meta import key_of
from tutor.practice.api.store import Event
from tutor.practice.clock import stamp
from tutor.practice.controllers.queue import Controller, Key
from tutor.practice.custom.definitions import CLEANUP, DEFINITIONS, condition, with_condition

MANAGER = "kube-apiserver"
RETRY = 5.0
"""Seconds until a definition's objects are looked for again."""
_NAMES = ("plural", "singular", "shortNames", "kind", "listKind")


class DefinitionController(Controller):
    """Accepts names, establishes kinds and empties those that are deleted."""

    name: ClassVar[str] = "crd-controller"
    resource: ClassVar[str] = DEFINITIONS

    def reconcile(self, obj: Obj) -> float | None:
        """Take the definition one step further."""
        if obj["metadata"].get("deletionTimestamp"):
            return self._empty(obj) if CLEANUP in obj["metadata"].get("finalizers") or [] else None
        names, conflict = self._names(obj)
        row = (False, *conflict) if conflict else (True, "NoConflicts", "no conflicts found")
        accepted = not conflict
        new = {**obj, "status": {**obj["status"], "acceptedNames": names}}
        self._say(new, "NamesAccepted", *row)
        if condition(obj, "Established"):
            pass
        elif not accepted:
            self._say(new, "Established", False, "NotAccepted", "not all names are accepted")
        elif condition(obj, "NamesAccepted"):
            self._say(new, "Established", True, "InitialNamesAccepted", "the initial names have been accepted")
        else:
            self._say(new, "Established", False, "Installing", "the initial names have been accepted")
        if new["status"] != obj["status"]:
            self.api.set_status(DEFINITIONS, obj, new["status"], manager=MANAGER)
        return None

    def gone(self, key: Key) -> None:
        """Others may have wanted its names."""
        del key
        for each in self.store.list(DEFINITIONS):
            self.enqueue(key_of(each))

    def _say(self, definition: Obj, type: str, holds: bool, reason: str, message: str) -> None:
        now = stamp(self.clock.now())
        definition["status"] = with_condition(definition, type, holds, reason, message, now)

    def _names(self, definition: Obj) -> tuple[Obj, tuple[str, str] | None]:
        """Return the names that it has, and reason and message of the last that it cannot have."""
        wanted: Obj = definition["spec"]["names"]
        names: Obj = dict(definition["status"].get("acceptedNames") or {})
        resources, kinds = self._taken(definition)
        conflict = None
        for key in _NAMES:
            taken = kinds if key in ("kind", "listKind") else resources
            before = list(_texts(names.get(key)))
            refused = [text for text in _texts(wanted.get(key)) if text not in before and text in taken]
            if refused:
                texts = [f'"{text}" is already in use' for text in refused]
                text = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
                conflict = (f"{key[0].upper()}{key[1:]}Conflict", text)
            elif wanted.get(key):
                names[key] = wanted[key]
            else:
                names.pop(key, None)
        names.pop("categories", None)
        return names | ({"categories": wanted["categories"]} if wanted.get("categories") else {}), conflict

    def _taken(self, definition: Obj) -> tuple[set[str], set[str]]:
        resources: set[str] = set()
        kinds: set[str] = set()
        for each in self.store.list(DEFINITIONS):
            mine = each["metadata"]["uid"] == definition["metadata"]["uid"]
            if not mine and each["spec"]["group"] == definition["spec"]["group"]:
                names = (each.get("status") or {}).get("acceptedNames") or {}
                resources |= {text for key in ("plural", "singular", "shortNames") for text in _texts(names.get(key))}
                kinds |= {text for key in ("kind", "listKind") for text in _texts(names.get(key))}
        return resources, kinds

    def _empty(self, definition: Obj) -> float | None:
        """Delete the objects of a definition that is going; let it go when there are none."""
        resource = definition["metadata"]["name"]
        new = dict(definition)
        if condition(definition, "Established") and self.store.list(resource):
            self._say(new, "Terminating", True, "InstanceDeletionInProgress", "CustomResource deletion is in progress")
            self.api.set_status(DEFINITIONS, definition, new["status"], manager=MANAGER)
            for each in self.store.list(resource):
                if not each["metadata"].get("deletionTimestamp"):
                    self._delete(resource, each)
            if self.store.list(resource):
                return RETRY
        self._say(new, "Terminating", False, "InstanceDeletionCompleted", "removed all instances")
        self.api.set_status(DEFINITIONS, definition, new["status"], manager=MANAGER)
        self.api.change(DEFINITIONS, "", resource, _without_finalizer, manager=MANAGER)
        return None

    def _delete(self, resource: str, obj: Obj) -> None:
        try:
            self.api.delete(resource, *key_of(obj), Deletion(propagation="Background"))
        except ApiError:
            return  # it is tried again

    def _hear(self, event: Event) -> None:
        super()._hear(event)
        if event.type == "DELETED" and self.store.get(DEFINITIONS, "", event.resource):
            self.enqueue(("", event.resource))


def _texts(names: Any) -> Iterator[str]:
    yield from names if isinstance(names, list) else [names] if names else []


def _without_finalizer(definition: Obj) -> Obj:
    meta = definition["metadata"]
    meta["finalizers"] = [each for each in meta.get("finalizers") or [] if each != CLEANUP]
    return definition
