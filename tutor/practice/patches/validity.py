"""What does not fit the types in an applied configuration, in the words of structured-merge-diff."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tutor.practice.patches import fields, typed
from tutor.practice.patches.golang import go_syntax, go_type, go_value
from tutor.practice.schema.definitions import Type


def problems(value: Any, type: Type) -> str:
    """Return what is wrong with a value, empty if nothing is."""
    found = list(_problems(value, type, ""))
    return found[0] if len(found) == 1 else "".join(["errors:", *(f"\n  {each}" for each in found)]) if found else ""


def _problems(value: Any, type: Type, path: str) -> Iterator[str]:
    if value is None or type.kind == "any":
        return
    if type.kind in ("object", "map"):
        if isinstance(value, dict):
            yield from _in_map(value, type, path)
        else:
            yield f"{path}: expected map, got &{{{go_value(value)}}}"
    elif type.kind == "array":
        if isinstance(value, list):
            yield from _in_list(value, type, path)
        else:
            yield f"{path}: expected list, got &{{{go_value(value)}}}"
    elif problem := _scalar(value, type.kind):
        yield f"{path}: {problem}"


def _in_map(value: dict[str, Any], type: Type, path: str) -> Iterator[str]:
    closed = type.kind == "object" and not type.preserves_unknown
    unknown = [key for key in value if closed and key not in type.fields]
    for key, each in value.items():
        if key not in unknown:
            yield from _problems(each, typed.child(type, key)[0], f"{path}.{key}")
    if unknown:  # only one is told of, upstream as well
        yield f"{path}.{unknown[0]}: field not declared in schema"


def _in_list(value: list[Any], type: Type, path: str) -> Iterator[str]:
    seen = set()
    for n, each in enumerate(value):
        element = f"i:{n}"
        if type.list_type == "map" and typed.element(type, each) == fields.key({}):
            keys = " ".join(json.dumps(key) for key in type.list_map_keys)
            why = f"associative list with keys has an element that omits all key fields [{keys}]"
            yield f"{path}: element {n}: {why} (and doesn't have default values for any key fields)"
            return
        if type.list_type in ("set", "map"):
            element = typed.element(type, each)
            if element in seen:
                yield f"{path}: duplicate entries for key {fields.shown((element,))}"
            seen.add(element)
        yield from _problems(each, typed.items(type), path + fields.shown((element,)))


def _scalar(value: Any, kind: str) -> str:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind in ("integer", "number"):
        return "" if number else f"expected numeric (int or float), got {go_type(value)}"
    if kind in ("string", "bytes"):
        got = f"&value.valueUnstructured{{Value:{go_syntax(value)}}}"
        return "" if isinstance(value, str) else f"expected string, got {got}"
    if kind == "boolean":
        return "" if isinstance(value, bool) else f"expected boolean, got &{{{go_value(value)}}}"
    return f"expected any scalar, got &{{{go_value(value)}}}" if isinstance(value, dict | list) else ""
