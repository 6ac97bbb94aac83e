"""Server-side apply: an object as one manager wants it, merged with what the others own.

https://kubernetes.io/docs/reference/using-api/server-side-apply/
"""

from __future__ import annotations

import copy
import json
from dataclasses import replace

from tutor.practice.patches import fields, managed, typed
from tutor.practice.patches.errors import Obj, PatchError, bad_request, unforeseen
from tutor.practice.patches.fields import Path
from tutor.practice.patches.managed import NEVER_OWNED, Manager, Managers, Owned
from tutor.practice.patches.validity import problems
from tutor.practice.schema.definitions import Type

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def apply(
    live: Obj | None,
    applied: Obj,
    manager: str,
    force: bool,
    type: Type | None,
    now: str,
    *,
    subresource: str = "",
    has_status: bool = True,
) -> Obj:
    """Return what the configuration of a manager makes of the live object, with managedFields; neither is changed.

    The result shares parts with the live object, and has no new defaults. What the manager owned, applies no more and
    nobody else owns is removed. Where nothing changes, only the managers may differ. `now` is in RFC 3339.
    Raises PatchError where the configuration does not fit the type, or (409) sets what others own, unless by `force`.
    """
    kind = type or typed.UNDESCRIBED
    meta = applied.get("metadata") or {}
    if meta.get("managedFields") is not None:
        raise bad_request("metadata.managedFields must be nil")
    if wrong := problems(applied, kind):
        group, _, version = applied["apiVersion"].rpartition("/")
        whose = f"{meta.get('namespace', '')}/{meta.get('name', '')}; {group}/{version}, Kind={applied['kind']}"
        raise unforeseen(f"failed to create typed patch object ({whose}): {wrong}")
    applied = copy.deepcopy(applied)
    managers = _managers(live, kind, applied["apiVersion"], subresource, has_status, now)
    who = Manager(manager or "unknown", "Apply", "", subresource)
    ignored = managed.untouched(kind, subresource, has_status)
    last = managers.get(who, Owned(frozenset(), applied["apiVersion"]))
    wanted = fields.without_below(typed.field_set(applied, kind), ignored)
    managers[who] = replace(last, paths=frozenset(wanted), api_version=applied["apiVersion"])

    start = {"apiVersion": applied["apiVersion"], "kind": applied["kind"]} if live is None else live
    start = managed.without_managers(start) if live else start
    merged = _pruned(typed.merge(start, applied, kind), managers, last, kind)
    difference = typed.compare(typed.filled(start, kind), typed.filled(merged, kind), kind)
    seen = difference.ignoring(ignored)
    conflicts = {other: owned.paths & seen.given for other, owned in managers.items() if other != who}
    if manager == "kubectl" and any(conflicts.values()):
        conflicts = _but_last_applied(conflicts, start, kind)
    if any(conflicts.values()) and not force:
        raise _conflict({other: paths for other, paths in conflicts.items() if paths})
    managers = managed.taken(managers, seen, keep=who)
    if owned := managers.pop(who, None):
        changed = bool(difference.given or difference.removed)
        if paths := owned.paths - NEVER_OWNED:
            managers[who] = replace(owned, paths=paths, time=now if changed else owned.time)
    if manager == "kubectl":
        merged = _with_last_applied(merged, applied)
    return managed.with_managers(merged, managers)


def _managers(live: Obj | None, type: Type, api_version: str, subresource: str, has_status: bool, now: str) -> Managers:
    """Return the managers of a live object; what an object without any has belongs to `before-first-apply`."""
    if live is None:
        return {}
    try:
        managers = managed.read(live["metadata"].get("managedFields"))
    except ValueError as error:
        raise unforeseen(f"failed to decode managed fields: {error}") from error
    if not managers:
        paths = managed.changes(None, managed.without_managers(live), type, subresource, has_status).given - NEVER_OWNED
        first = Manager("before-first-apply", "Update", api_version, subresource)
        managers[first] = Owned(frozenset(paths), api_version, now)
    return managers


def _pruned(merged: Obj, managers: Managers, last: Owned, type: Type) -> Obj:
    """Remove what the manager owned and applies no more, unless someone else owns it."""
    if not last.paths:
        return merged

    def without(paths: set[Path]) -> Obj:
        return typed.remove(merged, fields.dump(paths), type) or {}

    def all_fields(obj: Obj) -> set[Path]:
        return typed.with_parents(typed.field_set(obj, type), type)

    before, mine = all_fields(merged), typed.with_parents(last.paths, type)
    owned = typed.with_parents({path for each in managers.values() for path in each.paths}, type)
    pruned = without(before - all_fields(without(mine)) - owned)
    return without((before - all_fields(pruned)) & mine)


def _conflict(conflicts: dict[Manager, frozenset[Path]]) -> PatchError:
    found = [(who, path) for who in sorted(conflicts) for path in fields.in_order(conflicts[who])]
    causes = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {who.shown}", "field": fields.shown(path)}
        for who, path in found
    ]
    if len(found) == 1:
        what = f"1 conflict: {causes[0]['message']}: {causes[0]['field']}"
    else:
        lines = []
        for who in sorted(conflicts):
            lines.append(f"conflicts with {who.shown}:")
            lines += [f"- {fields.shown(path)}" for other, path in found if other == who]
        what = f"{len(found)} conflicts: " + "\n".join(lines)
    return PatchError(f"Apply failed with {what}", 409, "Conflict", causes)


def _but_last_applied(
    conflicts: dict[Manager, frozenset[Path]], live: Obj, type: Type
) -> dict[Manager, frozenset[Path]]:
    """Leave out what kubectl applied itself, by the client, if nobody changed it since; then nothing conflicts."""
    try:
        before = json.loads(live["metadata"]["annotations"][LAST_APPLIED])
        fits = before["apiVersion"] == live["apiVersion"] and not problems(before, type)
    except (KeyError, TypeError, ValueError):
        return conflicts
    if not fits:
        return conflicts
    since = typed.compare(before, live, type)
    allowed = typed.field_set(before, type) - since.given - since.removed
    return {who: paths - allowed for who, paths in conflicts.items()}


def _with_last_applied(obj: Obj, applied: Obj) -> Obj:
    """Keep kubectl's annotation true, where there is one."""
    annotations = obj["metadata"].get("annotations") or {}
    if not annotations.get(LAST_APPLIED):
        return obj
    (applied.get("metadata", {}).get("annotations") or {}).pop(LAST_APPLIED, None)
    text = json.dumps(applied, separators=(",", ":"), ensure_ascii=False, sort_keys=True) + "\n"
    for char in "<>&":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return {**obj, "metadata": {**obj["metadata"], "annotations": {**annotations, LAST_APPLIED: text}}}
