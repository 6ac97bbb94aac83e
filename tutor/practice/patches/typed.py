"""Objects seen through their types: which fields they set, how two differ, how one is merged into the other.

This is what upstream's structured-merge-diff does: https://github.com/kubernetes-sigs/structured-merge-diff
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tutor.practice.patches import fields
from tutor.practice.patches.fields import Path, Tree
from tutor.practice.schema.definitions import Definitions, Type

MISSING: Any = object()
"""Stands for a value that is not there, which null is not."""


UNDESCRIBED = Type({"x-kubernetes-preserve-unknown-fields": True}, Definitions({}), custom=True)
"""The type of what a schema does not describe: objects are maps, lists are atomic."""


@dataclass
class Difference:
    """The fields that one object has, the other has, or that differ."""

    added: set[Path] = field(default_factory=set)
    changed: set[Path] = field(default_factory=set)
    removed: set[Path] = field(default_factory=set)

    @property
    def given(self) -> set[Path]:
        """The fields that were given a value."""
        return self.added | self.changed

    def ignoring(self, roots: set[Path]) -> Difference:
        """Return it without some fields and all that is below of them."""
        parts = (self.added, self.changed, self.removed)
        return Difference(*(fields.without_below(part, roots) for part in parts))


def shape(type: Type, value: Any) -> str:
    """Return how a value is owned: as a `map` or `list` by its items, or as a `leaf`; undescribed values by form."""
    if type.kind == "any" and type.preserves_unknown:
        return "map" if value is None or isinstance(value, dict) else "leaf"
    if type.kind in ("object", "map"):
        return "leaf" if type.map_type == "atomic" else "map"
    return "list" if type.kind == "array" and type.list_type in ("set", "map") else "leaf"


def child(type: Type, key: str) -> tuple[Type, bool]:
    """Return the type of an object's field or map's value, and whether it is a named field."""
    if type.kind == "object" and key in type.fields:
        return type.fields[key].type, True
    return (items(type) if type.kind == "map" else UNDESCRIBED), False


def items(type: Type) -> Type:
    """Return the type of a list's items, or of a map's values."""
    return type.items or UNDESCRIBED


def element(type: Type, item: Any) -> str:
    """Return the path element of a list's item; keys that it lacks have their defaults."""
    if type.list_type == "set":
        return fields.value(item)
    item = item if isinstance(item, dict) else {}
    keys = {}
    for key in type.list_map_keys:
        kind, _ = child(items(type), key)
        keys[key] = item.get(key, kind.default)
    return fields.key({key: value for key, value in keys.items() if value is not None})


def field_set(value: Any, type: Type) -> set[Path]:
    """Return the fields that an object sets: what its appliers own."""
    return set(_fields(value, type, ()))


def _fields(value: Any, type: Type, path: Path) -> Iterator[Path]:
    match shape(type, value):
        case "map":
            for key, inner in (value or {}).items():
                kind, named = child(type, key)
                below = (*path, fields.name(key))
                yield from _fields(inner, kind, below)
                if inner is None or inner == {} or not named:
                    yield below
        case "list":
            for item in value or ():
                below = (*path, element(type, item))
                yield from _fields(item, items(type), below)
                yield below
        case _:
            yield path


def compare(old: Any, new: Any, type: Type) -> Difference:
    """Return what differs between two objects of a type; either may be MISSING."""
    difference = Difference()
    _compare(old, new, type, (), difference)
    return difference


def _compare(old: Any, new: Any, type: Type, path: Path, found: Difference) -> None:
    form = shape(type, old if new is MISSING else new)
    if old is not MISSING and shape(type, old) != form:
        form = "map"  # of no known type: one is an object, the other is not
        found.changed.add(path)
    befores, afters = _children(old, form), _children(new, form)
    if form == "leaf" or not (befores or afters):
        _compare_leaf(old, new, path, found)
        return
    if form == "map":
        for key in dict.fromkeys([*befores, *afters]):
            before, after = old.get(key, MISSING) if befores else MISSING, MISSING
            after = new.get(key, MISSING) if afters else MISSING
            _compare(before, after, child(type, key)[0], (*path, fields.name(key)), found)
    else:
        _compare_items(befores, afters, type, path, found)
    if old is MISSING:
        found.added.add(path)
    if new is MISSING:
        found.removed.add(path)


def _compare_leaf(old: Any, new: Any, path: Path, found: Difference) -> None:
    if old is MISSING:
        found.added.add(path)
    elif new is MISSING:
        found.removed.add(path)
    elif not same(old, new):
        found.changed.add(path)


def _compare_items(old: Any, new: Any, type: Type, path: Path, found: Difference) -> None:
    """Compare lists by their keys; items that occur more than once are owned as one."""
    befores, afters = grouped(type, old), grouped(type, new)
    for key in dict.fromkeys([*befores, *afters]):
        before, after, below = befores.get(key, []), afters.get(key, []), (*path, key)
        if len(before) < 2 and len(after) < 2:
            _compare((*before, MISSING)[0], (*after, MISSING)[0], items(type), below, found)
        elif len(before) > 1 and len(after) > 1:
            if not same(before, after):
                found.changed.add(below)
        elif len(before) > 1:
            if after:
                _compare(MISSING, after[0], items(type), below, found)
            found.removed.add(below)
        else:
            if before:
                _compare(before[0], MISSING, items(type), below, found)
            found.added.add(below)


def grouped(type: Type, values: Any) -> dict[str, list[Any]]:
    """Return the items of a list by their path elements."""
    groups: dict[str, list[Any]] = {}
    for item in values:
        groups.setdefault(element(type, item), []).append(item)
    return groups


def _children(value: Any, form: str) -> Any:
    """Return what is in a map or list, nothing where the value is no such thing."""
    if form == "map":
        return value if isinstance(value, dict) else {}
    return value if form == "list" and isinstance(value, list) else []


def same(left: Any, right: Any) -> bool:
    """Tell whether two JSON values are equal; to Python, true is 1 as well."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right) and isinstance(left, bool) == isinstance(right, bool)


def merge(live: Any, applied: Any, type: Type) -> Any:
    """Return what an applied configuration makes of a live object; neither is changed, parts are shared."""
    if applied is MISSING:
        return live
    form = shape(type, applied)
    before, after = _children(live, form), _children(applied, form)
    if form == "leaf" or not (before or after):
        return applied
    if form == "map":
        keys = dict.fromkeys([*before, *after])
        both = {key: merge(before.get(key), after.get(key, MISSING), child(type, key)[0]) for key in keys}
        return both if type.custom else _without_nulls(both, after, type)
    return _merge_items(before, after, type)


def _without_nulls(merged: dict[str, Any], applied: dict[str, Any], type: Type) -> dict[str, Any]:
    """Let an applied null be what Go makes of it: an empty string in a map of strings, else nothing."""
    if type.kind == "map" and items(type).kind == "string":
        return {key: "" if each is None else each for key, each in merged.items()}
    return {key: each for key, each in merged.items() if each is not None or key not in applied}


def _merge_items(live: list[Any], applied: list[Any], type: Type) -> list[Any]:
    """Merge lists by their keys: the applied items in their order, the others where they were between them."""
    befores = {key: same_key[0] for key, same_key in grouped(type, live).items()}
    afters = {element(type, item): item for item in applied}
    left, right = [(element(type, item), item) for item in live], list(afters)
    shared = [key for key in right if key in befores]
    result = []
    while left or right:
        key = left[0][0] if left else ""
        if left and right and key != right[0] and key in afters and shared and shared[0] != key:
            left.pop(0)  # its turn comes by the applied order
        elif left and key not in afters:
            result.append(left.pop(0)[1])
        elif not right:
            left.pop(0)
        else:
            if key == right[0]:
                left.pop(0)
            key = right.pop(0)
            if shared and shared[0] == key:
                shared.pop(0)
            result.append(merge(befores.get(key), afters[key], items(type)))
    return result


def remove(value: Any, tree: Tree, type: Type) -> Any:
    """Return a value without some fields, null where nothing is left of it; it is not changed, parts are shared."""
    form = shape(type, value)
    inner = _children(value, form)
    if form == "leaf" or not inner:
        return value if form == "leaf" and not isinstance(value, dict | list) else None
    if form == "map":
        kept = {}
        for key, each in inner.items():
            below = fields.name(key)
            if fields.has(tree, below):
                continue
            left = remove(each, tree[below], child(type, key)[0]) if below in tree else each
            if left is not None or each is None or type.custom:
                kept[key] = left
            elif type.node.get("properties", {}).get(key, {}).get("default") == {}:
                kept[key] = {}  # an inner struct is always there
        return kept or None
    others = []
    for each in inner:
        below = element(type, each)
        if not fields.has(tree, below):
            others.append(remove(each, tree[below], items(type)) if below in tree else each)
    return others or None


def with_parents(paths: fields.Fields, type: Type) -> set[Path]:
    """Return a set with all the named fields on the way to its fields, which usually nobody owns."""
    result = set(paths)
    for path in paths:
        kind = type
        for n, each in enumerate(path[:-1]):
            named = False
            if each.startswith("f:"):
                kind, named = child(kind, each[2:])
            else:
                kind = items(kind)
            if named:
                result.add(path[: n + 1])
    return result


def filled(value: Any, type: Type) -> Any:
    """Return an object with what Go's structs have even where nobody says so: inner structs, nulls, zeros.

    Nobody gains or loses such a field when it appears. Custom resources are no structs.
    """
    if type.custom or value is None:
        return value
    if type.kind == "array" and isinstance(value, list):
        return [filled(each, items(type)) for each in value]
    if type.kind == "map" and isinstance(value, dict):
        return {key: filled(each, items(type)) for key, each in value.items()}
    if type.kind != "object" or not isinstance(value, dict):
        return value
    result = {key: filled(each, child(type, key)[0]) for key, each in value.items()}
    for key, node in type.node.get("properties", {}).items():
        inner = type.fields[key].type
        if key not in value and node.get("default", MISSING) in ({}, "", 0, False):
            result[key] = filled(node["default"], inner)
        elif key not in value and key in type.required and inner.kind in ("array", "map"):
            result[key] = None
    return result
