"""The garbage collector: objects go with their owners, before them, or not at all.

https://kubernetes.io/docs/concepts/architecture/garbage-collection/
"""

from __future__ import annotations

from typing import ClassVar, TypeAlias

from tutor.practice.api.chain import Api
from tutor.practice.api.deletion import FOREGROUND, ORPHAN, Deletion
from tutor.practice.api.errors import ApiError, Obj
from tutor.practice.api.meta import key_of
from tutor.practice.api.store import Event
from tutor.practice.controllers.queue import Controller, Key

Place: TypeAlias = tuple[str, str, str]
"""Resource, namespace and name."""
RETRY = 1.0
"""Seconds until what the API refused is tried again."""


class GarbageCollector(Controller):
    """Looks at objects of all kinds; its keys are the resource, and namespace and name with a slash between."""

    name: ClassVar[str] = "garbage-collector-controller"
    resource: ClassVar[str] = ""

    def __init__(self, api: Api) -> None:
        super().__init__(api)
        self._dependents: dict[str, dict[Place, None]] = {}

    def start(self) -> None:
        """Begin with what is there."""
        super().start()
        self._dependents.clear()
        for resource in sorted({kind.resource for kind in self.api.kinds}):
            for obj in self.store.list(resource):
                self._note(resource, obj)

    def _hear(self, event: Event) -> None:
        obj, old, place = event.object, event.old, (event.resource, *key_of(event.object))
        if old and (event.type == "DELETED" or _owners(old) != _owners(obj)):
            for owner in _owners(old):
                known = self._dependents.get(owner["uid"], {})
                known.pop(place, None)
                if not known:
                    self._dependents.pop(owner["uid"], None)
                self._look(self._place(owner, obj))  # it may wait for this one
        if event.type == "DELETED":
            for dependent in self._dependents.get(obj["metadata"]["uid"], {}):
                self._look(dependent)
        elif old is None or _owners(old) != _owners(obj) or _leaving(old) != _leaving(obj):
            self._note(event.resource, obj)

    def _note(self, resource: str, obj: Obj) -> None:
        place = (resource, *key_of(obj))
        for owner in _owners(obj):
            self._dependents.setdefault(owner["uid"], {})[place] = None
        if _owners(obj) or _leaving(obj)[1]:
            self._look(place)

    def _look(self, place: Place | None, after: float = 0.0) -> None:
        if place:
            self.enqueue((place[0], f"{place[1]}/{place[2]}"), after)

    def _one(self, key: Key) -> None:
        namespace, _, name = key[1].partition("/")
        obj = self.store.get(key[0], namespace, name)
        if obj is None:
            return
        try:
            self._collect((key[0], namespace, name), obj)
        except ApiError:
            self.enqueue(key, RETRY)

    def _collect(self, place: Place, obj: Obj) -> None:
        leaving, finalizers = _leaving(obj)
        if leaving and ORPHAN in finalizers:
            for dependent in self._of(obj):
                self._disown(dependent, {obj["metadata"]["uid"]})
            self._finalized(place, ORPHAN)
        elif leaving and FOREGROUND in finalizers:
            self._before(place, obj)
        elif not leaving and _owners(obj):
            self._with_owners(place, obj)

    def _before(self, place: Place, obj: Obj) -> None:
        """Delete the dependents of an owner that waits for them; let it go when none holds it up."""
        uid, blocking = obj["metadata"]["uid"], False
        for dependent in self._of(obj):
            found = self.store.get(*dependent)
            if not found:
                continue
            blocking |= any(each["uid"] == uid and each.get("blockOwnerDeletion") for each in _owners(found))
            self._look(dependent)
        if not blocking:
            self._finalized(place, FOREGROUND)

    def _with_owners(self, place: Place, obj: Obj) -> None:
        solid, absent, waiting = [], set(), set()
        for reference in _owners(obj):
            kind = self.api.kinds.of(reference["apiVersion"], reference["kind"])
            if kind is None or (kind.namespaced and not place[1]):
                return  # nobody can tell whether there is such an owner
            owner = self.store.get(*(self._place(reference, obj) or place))
            if owner is None or owner["metadata"]["uid"] != reference["uid"]:
                absent.add(reference["uid"])
            elif all((_leaving(owner)[0], FOREGROUND in _leaving(owner)[1])):
                waiting.add(reference["uid"])
            else:
                solid.append(reference)
        if solid:
            self._disown(place, absent | waiting)
            return
        if not absent and not waiting:
            return
        finalizers = _leaving(obj)[1]
        policy = "Foreground" if (waiting and self._of(obj)) or FOREGROUND in finalizers else "Background"
        if ORPHAN in finalizers:
            policy = "Orphan"
        self.api.delete(*place, Deletion(uid=obj["metadata"]["uid"], propagation=policy))

    def _of(self, owner: Obj) -> list[Place]:
        return list(self._dependents.get(owner["metadata"]["uid"], {}))

    def _place(self, reference: Obj, dependent: Obj) -> Place | None:
        kind = self.api.kinds.of(reference["apiVersion"], reference["kind"])
        if kind is None:
            return None
        return (
            kind.resource,
            (dependent["metadata"].get("namespace") or "") if kind.namespaced else "",
            reference["name"],
        )

    def _disown(self, place: Place, uids: set[str]) -> None:
        def build(old: Obj) -> Obj:
            kept = [each for each in _owners(old) if each["uid"] not in uids]
            meta = {key: value for key, value in old["metadata"].items() if key != "ownerReferences"}
            return {**old, "metadata": meta | ({"ownerReferences": kept} if kept else {})}

        if uids and self.store.get(*place):
            self.api.change(*place, build)

    def _finalized(self, place: Place, finalizer: str) -> None:
        def build(old: Obj) -> Obj:
            kept = [each for each in old["metadata"].get("finalizers") or [] if each != finalizer]
            meta = {key: value for key, value in old["metadata"].items() if key != "finalizers"}
            return {**old, "metadata": meta | ({"finalizers": kept} if kept else {})}

        self.api.change(*place, build)


def _owners(obj: Obj) -> list[Obj]:
    return obj["metadata"].get("ownerReferences") or []


def _leaving(obj: Obj) -> tuple[bool, list[str]]:
    meta = obj["metadata"]
    return bool(meta.get("deletionTimestamp")), meta.get("finalizers") or []
