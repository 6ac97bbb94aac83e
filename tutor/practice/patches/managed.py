"""Who set which field: the bookkeeping of metadata.managedFields.

https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from tutor.practice.patches import fields, typed
from tutor.practice.patches.errors import Obj
from tutor.practice.patches.fields import Path
from tutor.practice.patches.typed import Difference
from tutor.practice.schema.definitions import Type

MAX_NAME = 128
_META = ("name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation", "managedFields")
NEVER_OWNED: set[Path] = {("f:apiVersion",), ("f:kind",), ("f:metadata",)} | {
    ("f:metadata", fields.name(each)) for each in (*_META, "resourceVersion")
}


@dataclass(frozen=True, order=True)
class Manager:
    """Who owns fields; an applier is the same whatever the version that it applies."""

    name: str
    operation: str
    """`Apply` or `Update`."""
    api_version: str
    """Empty for an applier."""
    subresource: str

    @property
    def shown(self) -> str:
        """The manager in the message of a conflict."""
        text = f'"{self.name}"' + (f' with subresource "{self.subresource}"' if self.subresource else "")
        return f"{text} using {self.api_version}" if self.operation == "Update" else text


@dataclass(frozen=True)
class Owned:
    """What a manager owns, and when it last changed that (RFC 3339; None where it never did)."""

    paths: frozenset[Path]
    api_version: str
    time: str | None = None


Managers: TypeAlias = dict[Manager, Owned]


def updated(
    old: Obj | None,
    new: Obj,
    manager: str,
    api_version: str,
    subresource: str,
    type: Type | None,
    now: str,
    *,
    has_status: bool = True,
) -> Obj:
    """Return a created, replaced or patched object with managedFields, made from those of the old one.

    It must be as the client sent it, with defaults but before admission and what the server sets, since nobody owns
    that. `has_status` tells whether the status is a subresource, which an update of the rest leaves alone.
    """
    managers = _known(old, new, subresource)
    bare = without_managers(new)
    if old is not None and not managers:
        return bare
    kind = type or typed.UNDESCRIBED
    difference = changes(old, new, kind, subresource, has_status)
    managers = taken(managers, difference)
    given = difference.given - NEVER_OWNED
    if given:
        who = Manager(manager or "unknown", "Update", api_version, subresource)
        before = managers.get(who, Owned(frozenset(), api_version))
        time = before.time if subresource == "scale" else now  # a Scale has no times to pass on
        managers[who] = Owned(before.paths | given, api_version, time)
    return with_managers(bare, managers)


def changes(old: Obj | None, new: Obj, type: Type, subresource: str, has_status: bool) -> Difference:
    """Return what a request changes of what it may change."""
    if subresource == "scale":
        return typed.compare(_scale(old or {}), _scale(new), type)
    before = old if old is not None else {"apiVersion": new.get("apiVersion"), "kind": new.get("kind")}
    found = typed.compare(typed.filled(before, type), typed.filled(new, type), type)
    return found.ignoring(untouched(type, subresource, has_status))


def untouched(type: Type, subresource: str, has_status: bool) -> set[Path]:
    """Return the fields that a request leaves as they are, whatever it says of them."""
    if subresource == "status":
        return {("f:spec",), ("f:metadata",)} if type.custom else {("f:spec",)}
    return {("f:status",)} if has_status else set()


def _scale(obj: Obj) -> Obj:
    """Return what a Scale shows of an object; it leaves out a zero, so that nobody owns that."""
    replicas = (obj.get("spec") or {}).get("replicas")
    return {"spec": {"replicas": replicas} if replicas else {}}


def taken(managers: Managers, difference: Difference, keep: Manager | None = None) -> Managers:
    """Return the managers without the fields that were changed or removed; `keep` loses nothing."""
    left = {}
    for who, owned in managers.items():
        gone = set() if who == keep else difference.given | difference.removed
        if paths := owned.paths - gone:
            left[who] = replace(owned, paths=paths)
    return left


def read(entries: Any) -> Managers:
    """Return what managedFields say. Raises ValueError where they are malformed."""
    managers: Managers = {}
    for entry in entries or ():
        operation, version = entry.get("operation"), entry.get("apiVersion")
        if operation not in ("Apply", "Update") or not version or entry.get("fieldsType") != "FieldsV1":
            raise ValueError("malformed managedFields")
        identity = version if operation == "Update" else ""
        who = Manager(entry.get("manager", ""), operation, identity, entry.get("subresource", ""))
        managers[who] = Owned(frozenset(fields.parse(entry.get("fieldsV1") or {})), version, entry.get("time"))
    return managers


def with_managers(obj: Obj, managers: Mapping[Manager, Owned]) -> Obj:
    """Return an object with managedFields: appliers first, the oldest first."""
    entries = []
    for who, owned in sorted(managers.items(), key=lambda item: _order(*item)):
        entry = {
            "manager": who.name,
            "operation": who.operation,
            "apiVersion": owned.api_version,
            "time": owned.time,
            "fieldsType": "FieldsV1",
            "fieldsV1": fields.dump(owned.paths),
            "subresource": who.subresource,
        }
        entries.append({key: value for key, value in entry.items() if value or key == "fieldsV1"})
    return {**obj, "metadata": {**obj["metadata"], "managedFields": entries}} if entries else obj


def without_managers(obj: Obj) -> Obj:
    """Return an object without managedFields."""
    meta = obj.get("metadata") or {}
    return {**obj, "metadata": {key: value for key, value in meta.items() if key != "managedFields"}}


def manager_name(field_manager: str, user_agent: str) -> str:
    """Return the manager of a request: what it says, else what is before the `/` of its user agent."""
    if field_manager:
        return field_manager
    text = "".join(each for each in user_agent.partition("/")[0] if each.isprintable())
    return text.encode()[:MAX_NAME].decode(errors="ignore")


def _order(who: Manager, owned: Owned) -> tuple[str, ...]:
    return who.operation, owned.time or "", who.name, owned.api_version, who.subresource


def _known(old: Obj | None, new: Obj, subresource: str) -> Managers:
    """Return the managers to go on from: those that the new object brings, else the old one's."""
    given = (new.get("metadata") or {}).get("managedFields")
    if not subresource and given in ([], [{}]):
        return {}
    try:
        if not subresource and given and (managers := read(given)):
            return managers
    except ValueError:
        pass
    try:
        return read(old["metadata"].get("managedFields")) if old else {}
    except ValueError:
        return {}
