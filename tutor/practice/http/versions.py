"""Resources that are served in more versions than the stored one: how objects get from one to the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from tutor.practice.api.errors import Obj
from tutor.practice.api.kinds import Kind

Convert: TypeAlias = Callable[[Obj], Obj]
ALIASES: Mapping[str, str] = {"events.events.k8s.io": "events"}
"""Resources that are another's objects under a second name."""


class Versions:
    """Conversions by resource and served version: from what is stored, and to it."""

    def __init__(self, pairs: Mapping[tuple[str, str], tuple[Convert, Convert]]) -> None:
        self._pairs = dict(pairs)

    def outward(self, kind: Kind, obj: Obj) -> Obj:
        """Return a stored object in the version that was asked for."""
        if pair := self._pairs.get((kind.resource, kind.version)):
            obj = pair[0](obj)
        if obj.get("apiVersion") == kind.api_version:
            return obj
        return {**obj, "apiVersion": kind.api_version}

    def inward(self, kind: Kind, obj: Obj) -> Obj:
        """Return an object of a request in the stored version."""
        if pair := self._pairs.get((kind.resource, kind.version)):
            return pair[1](obj)
        return obj


def key(kind: Kind) -> str:
    """Return under which resource the kind's objects are stored."""
    return ALIASES.get(kind.resource, kind.resource)


def event_outward(event: Obj) -> Obj:
    """Return a core Event as `events.k8s.io/v1` shows it."""
    moved = {
        "involvedObject": "regarding",
        "message": "note",
        "source": "deprecatedSource",
        "firstTimestamp": "deprecatedFirstTimestamp",
        "lastTimestamp": "deprecatedLastTimestamp",
        "count": "deprecatedCount",
        "reportingComponent": "reportingController",
    }
    return {moved.get(name, name): value for name, value in event.items()}


def event_inward(event: Obj) -> Obj:
    """Return an `events.k8s.io/v1` Event as the core one that is stored."""
    moved = {
        "regarding": "involvedObject",
        "note": "message",
        "deprecatedSource": "source",
        "deprecatedFirstTimestamp": "firstTimestamp",
        "deprecatedLastTimestamp": "lastTimestamp",
        "deprecatedCount": "count",
        "reportingController": "reportingComponent",
    }
    return {moved.get(name, name): value for name, value in event.items()} | {"apiVersion": "v1"}
