"""Everything that the cluster knows: objects by resource, namespace and name, and a ring of recent changes."""

from __future__ import annotations

import copy
import itertools
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tutor.practice.api.errors import Obj

HISTORY = 5_000
"""Changes that a watch can still begin from; etcd keeps five minutes of them."""


@dataclass(frozen=True, slots=True)
class Event:
    """One change. `object` is the new state (for DELETED the last one, with the revision of its deletion)."""

    type: str
    """`ADDED`, `MODIFIED` or `DELETED`."""
    resource: str
    object: Obj
    old: Obj | None
    revision: int


class Expired(Exception):
    """The changes since that revision are not known any more."""


Subscriber = Callable[[Event], None]


class Store:
    """Objects under keys such as `deployments.apps`. Single-threaded; what it hands out is never changed in place."""

    def __init__(self) -> None:
        self.revision = 1
        self._objects: dict[str, dict[tuple[str, str], Obj]] = {}
        self._history: deque[Event] = deque(maxlen=HISTORY)
        self._forgotten = 0
        """The newest revision that has left the ring."""
        self._subscribers: dict[int, Subscriber] = {}
        self._numbers = itertools.count()

    def get(self, resource: str, namespace: str, name: str) -> Obj | None:
        """Return the object, or None; `namespace` is "" for what is cluster-scoped."""
        return self._objects.get(resource, {}).get((namespace, name))

    def list(self, resource: str, namespace: str = "") -> list[Obj]:
        """Return the objects of a namespace, or all of them where it is empty, in the order of etcd's keys."""
        found = self._objects.get(resource, {})
        return [found[key] for key in sorted(found, key="/".join) if not namespace or key[0] == namespace]

    def put(self, resource: str, obj: Obj) -> Obj:
        """Store the object with a new resourceVersion and tell the subscribers; return what was stored."""
        self.revision += 1
        meta = obj["metadata"] = {**obj["metadata"], "resourceVersion": str(self.revision)}
        key = (meta.get("namespace") or "", meta["name"])
        objects = self._objects.setdefault(resource, {})
        old = objects.get(key)
        objects[key] = obj
        self._tell(Event("MODIFIED" if old else "ADDED", resource, obj, old, self.revision))
        return obj

    def remove(self, resource: str, namespace: str, name: str) -> Obj | None:
        """Remove the object and tell the subscribers; return its last state, None if there was none."""
        old = self._objects.get(resource, {}).pop((namespace, name), None)
        if old is None:
            return None
        self.revision += 1
        last = {**old, "metadata": {**old["metadata"], "resourceVersion": str(self.revision)}}
        self._tell(Event("DELETED", resource, last, old, self.revision))
        return last

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call `subscriber` after every change, in the same step; returns what ends that."""
        number = next(self._numbers)
        self._subscribers[number] = subscriber
        return lambda: self._subscribers.pop(number, None) and None

    def changes(self, resource: str, since: int) -> Iterable[Event]:
        """Return the changes of a resource after revision `since`. Raises Expired when some are forgotten."""
        if since < self._forgotten:
            raise Expired
        return [event for event in self._history if event.revision > since and event.resource == resource]

    def forget(self) -> None:
        """Forget all changes so far: no watch can begin before them any more."""
        self._history.clear()
        self._forgotten = self.revision

    def snapshot(self) -> tuple[int, dict[str, dict[tuple[str, str], Obj]]]:
        """Return all that is stored; cheap, for the objects themselves never change."""
        return self.revision, {resource: dict(objects) for resource, objects in self._objects.items()}

    def restore(self, snapshot: tuple[int, dict[str, dict[tuple[str, str], Obj]]]) -> None:
        """Put back what a snapshot holds, as changes that watches see: revisions only ever grow."""
        _, wanted = snapshot
        for resource in list(self._objects):
            for namespace, name in list(self._objects[resource]):
                if (namespace, name) not in wanted.get(resource, {}):
                    self.remove(resource, namespace, name)
        for resource, objects in wanted.items():
            for key, obj in objects.items():
                if self._objects.get(resource, {}).get(key) is not obj:
                    self.put(resource, copy.deepcopy(obj))

    def _tell(self, event: Event) -> None:
        if len(self._history) == HISTORY:
            self._forgotten = self._history[0].revision
        self._history.append(event)
        for subscriber in list(self._subscribers.values()):
            subscriber(event)
