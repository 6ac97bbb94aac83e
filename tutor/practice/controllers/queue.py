"""What every controller runs on: a queue of keys, each reconciled once whatever happened in between."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import ClassVar, TypeAlias

from tutor.practice.api.chain import Api
from tutor.practice.api.errors import ApiError, Obj
from tutor.practice.api.events import Recorder
from tutor.practice.api.meta import controller_of, key_of
from tutor.practice.api.selectors import matches
from tutor.practice.api.store import Event
from tutor.practice.clock import Timer

Key: TypeAlias = tuple[str, str]
"""Namespace and name."""
FIRST_RETRY, LAST_RETRY = 0.05, 60.0
"""Seconds; a failing key waits twice as long every time, as client-go's rate limiter has it (5 ms to 1000 s)."""
log = logging.getLogger("practice")


class Controller:
    """One level-triggered controller. Subclasses name what they reconcile and implement `reconcile`."""

    name: ClassVar[str]
    """As Events name it: `deployment-controller`."""
    resource: ClassVar[str]
    """What is reconciled, as `deployments.apps`."""
    owns: ClassVar[tuple[str, ...]] = ()
    """Resources whose changes are their controlling owner's concern."""
    watches: ClassVar[tuple[str, ...]] = ()
    """Other resources whose changes `concerns` translates into keys."""

    def __init__(self, api: Api) -> None:
        self.api, self.store, self.clock = api, api.store, api.clock
        self.events = Recorder(api, self.name)
        self._due: dict[Key, None] = {}
        self._timers: dict[Key, Timer] = {}
        self._failures: dict[Key, int] = {}
        self._scheduled = False
        self._stop: Callable[[], None] | None = None

    def start(self) -> None:
        """Begin to listen, with all that is there already. Needs a running loop."""
        self._stop = self.store.subscribe(self._hear)
        for obj in self.store.list(self.resource):
            self.enqueue(key_of(obj))

    def stop(self) -> None:
        """Listen no more and forget what was due."""
        if self._stop:
            self._stop()
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._due.clear()

    def reconcile(self, obj: Obj) -> float | None:
        """Do what `obj` asks for; return in how many seconds to look again, None for not before a change.

        It may be called for no reason at all, and must then change nothing. What it raises is tried again.
        """
        raise NotImplementedError

    def gone(self, key: Key) -> None:
        """The object of this key is there no more."""

    def concerns(self, event: Event) -> Iterable[Key]:
        """Return the keys that a change of a watched resource concerns."""
        del event
        return ()

    def selects(self, owner: Obj, obj: Obj) -> bool:
        """Tell whether the owner's selector matches an object's labels."""
        return matches(owner["spec"].get("selector"), obj["metadata"].get("labels"))

    def adopters(self, event: Event) -> list[Key]:
        """Return the keys of those that select the object of the event, if nobody controls it."""
        if event.type == "DELETED" or controller_of(event.object):
            return []
        found = self.store.list(self.resource, event.object["metadata"]["namespace"])
        return [key_of(each) for each in found if self.selects(each, event.object)]

    def enqueue(self, key: Key, after: float = 0.0) -> None:
        """Reconcile `key` soon, or after some seconds."""
        if after > 0:
            self._later(key, after)
            return
        self._due[key] = None
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._work)

    def owned(self, owner: Obj, resource: str) -> list[Obj]:
        """Return the objects of `resource` that `owner` controls."""
        namespace, uid = owner["metadata"].get("namespace") or "", owner["metadata"]["uid"]
        return [each for each in self.store.list(resource, namespace) if (controller_of(each) or {}).get("uid") == uid]

    def _hear(self, event: Event) -> None:
        if event.resource == self.resource:
            self.enqueue(key_of(event.object))
        if event.resource in self.owns:
            for obj in filter(None, (event.object, event.old)):
                owner = controller_of(obj)
                if owner and self._is_mine(owner):
                    self.enqueue((obj["metadata"].get("namespace") or "", owner["name"]))
        if event.resource in self.watches:
            for key in self.concerns(event):
                self.enqueue(key)

    def _is_mine(self, owner: Obj) -> bool:
        return bool(owner["kind"] == self.api.kinds.stored(self.resource).kind)

    def _work(self) -> None:
        self._scheduled = False
        due, self._due = self._due, {}
        for key in due:
            self._one(key)

    def _one(self, key: Key) -> None:
        timer = self._timers.pop(key, None)
        if timer:
            timer.cancel()
        obj = self.store.get(self.resource, *key)
        if obj is None:
            self._failures.pop(key, None)
            self.gone(key)
            return
        try:
            again = self.reconcile(obj)
        except Exception as error:  # one bad object must not stop the others
            if not isinstance(error, ApiError):
                log.exception("%s: %s/%s", self.name, *key)
            failures = self._failures[key] = self._failures.get(key, 0) + 1
            again = min(FIRST_RETRY * 2 ** (failures - 1), LAST_RETRY)
        else:
            self._failures.pop(key, None)
        if again is not None:
            self._later(key, again)

    def _later(self, key: Key, seconds: float) -> None:
        waiting = self._timers.pop(key, None)
        if waiting:
            waiting.cancel()

        def due() -> None:
            self._timers.pop(key, None)
            self.enqueue(key)

        self._timers[key] = self.clock.call_later(seconds, due)
