"""What the API says about fields: types, merge keys, required fields and names.

From the OpenAPI definitions of Kubernetes (`scripts/build_schema.py` makes the extract),
read when first asked for, in a few milliseconds. Source:
https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from checkers.quantity import is_quantity
from checkers.spelling import did_you_mean
from checkers.world import Kind

EXTRACT = Path(__file__).parent / "data/schema.json.gz"
EXACT_LISTS = frozenset({"command", "args"})
"""Lists whose order is their meaning. The API marks them atomic, like many whose order means nothing."""

Place: TypeAlias = tuple[str | int, ...]
_SCALARS = {
    "s": "string",
    "i": "integer",
    "n": "number",
    "b": "boolean",
    "q": "quantity",
    "x": "int-or-string",
    "a": "any",
}
_FITS: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "int-or-string": (int, str),
    "quantity": (int, float, str),
}


@dataclass(frozen=True)
class Node:
    """One field, or a whole object.

    `type` is `object` (known fields), `map` (free keys), `list`, `string`, `integer`, `number`,
    `boolean`, `quantity`, `int-or-string` or `any`.
    """

    type: str
    list_type: str = ""
    """Of a list: `map`, `set`, `atomic` or "" where the API does not say."""
    keys: tuple[str, ...] = ()
    """Of a list: the fields that tell its items apart (merge keys)."""
    exact: bool = False
    """Of a list: its order is its meaning (`command`)."""
    _raw: Any = None

    @property
    def fields(self) -> tuple[str, ...]:
        """The known field names of an object."""
        return tuple(_object(self._raw)["p"]) if self.type == "object" else ()

    @property
    def required(self) -> tuple[str, ...]:
        """The fields that an object must have."""
        return tuple(_object(self._raw)["r"]) if self.type == "object" else ()

    def field(self, name: str) -> Node | None:
        """Return the field `name` of an object, or the value under a key of a map; None if unknown."""
        if self.type == "object":
            raw = _object(self._raw)["p"].get(name)
            return None if raw is None else _node(raw, name in EXACT_LISTS)
        return _node(self._raw) if self.type == "map" else None

    @property
    def item(self) -> Node | None:
        """What the items of a list are."""
        return _node(self._raw) if self.type == "list" else None


def version() -> str:
    """Return the Kubernetes version of the definitions."""
    return str(_extract()["version"])


def kinds() -> tuple[Kind, ...]:
    """Return all kinds that have objects of their own."""
    return tuple(Kind(*name.rpartition("/")[::2]) for name in _extract()["kinds"])


def root(kind: Kind) -> Node | None:
    """Return the node of a whole object, or None for a kind that Kubernetes itself does not have."""
    number = _extract()["kinds"].get(f"{kind.api_version}/{kind.kind}")
    return None if number is None else _node(number)


def lookup(kind: Kind, path: Place) -> Node | None:
    """Return the node at `path` (numbers, or any text, step into a list), or None."""
    node = root(kind)
    for step in path:
        if node is None:
            return None
        node = node.item if node.type == "list" else node.field(str(step))
    return node


def validate(manifest: Any) -> list[tuple[Place, str]]:
    """Return what is wrong with a manifest by the API's types: the place, and a sentence with "did you mean".

    Kinds of foreign API groups (custom resources) are beyond this and pass.
    """
    if not isinstance(manifest, dict):
        return [((), f"a manifest is a mapping, not {_called(manifest)}")]
    for key in ("apiVersion", "kind"):
        if key not in manifest:
            return [((), f"{key} is missing")]
        if not isinstance(manifest[key], str):
            return [((key,), f"{key} is a text, not {_called(manifest[key])}")]
    kind = Kind(manifest["apiVersion"], manifest["kind"])
    if kind.kind == "List" and kind.api_version == "v1":
        items = manifest.get("items") or []
        return [(("items", i, *place), text) for i, item in enumerate(items) for place, text in validate(item)]
    node = root(kind)
    if node is None:
        text = _unknown_kind(kind)
        return [(("kind",), text)] if text else []
    problems = list(_problems(node, manifest, ()))
    meta = manifest.get("metadata")
    if not isinstance(meta, dict) or not (meta.get("name") or meta.get("generateName")):
        problems.append((("metadata",) if meta else (), "metadata.name is missing"))
    return problems


def _problems(node: Node, value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    where = _written(place)
    if value is None or node.type == "any":
        return
    if node.type in ("object", "map"):
        if isinstance(value, dict):
            yield from _in_mapping(node, value, place)
        else:
            yield place, f"{where} is a mapping, not {_called(value)}"
    elif node.type == "list":
        if not isinstance(value, list):
            yield place, f"{where} is a list, not {_called(value)}"
        elif (item := node.item) is not None:
            for index, below in enumerate(value):
                yield from _problems(item, below, (*place, index))
    elif not _fits(node.type, value):
        yield place, f"{where} is {_wanted(node.type)}, not {_called(value)} ({value!r})"


def _in_mapping(node: Node, value: dict[Any, Any], place: Place) -> Iterator[tuple[Place, str]]:
    where = _written(place)
    for name in node.required:
        if value.get(name) is None:
            yield place, f"{where}.{name} is missing" if where else f"{name} is missing"
    for key, below in value.items():
        child = node.field(str(key))
        if child is not None:
            yield from _problems(child, below, (*place, key))
        elif guess := did_you_mean(str(key), node.fields):
            yield (*place, key), f"{where or 'the object'} has no field {key}; did you mean {guess}?"
        else:
            yield (*place, key), f"{where or 'the object'} has no field {key}"


def _fits(type_: str, value: Any) -> bool:
    if isinstance(value, bool):
        return type_ == "boolean"
    if type_ == "quantity":
        return is_quantity(value)
    return isinstance(value, _FITS[type_])


def _unknown_kind(kind: Kind) -> str:
    elsewhere = [each for each in kinds() if each.kind == kind.kind]
    group = kind.api_version.rpartition("/")[0]
    if elsewhere:
        own = [each for each in elsewhere if each.api_version.rpartition("/")[0] == group] or elsewhere
        # A foreign group may have a kind of the same name (Knative's Service).
        if _foreign(group):
            return ""
        return f"there is no {kind.kind} in {kind.api_version}; did you mean apiVersion {own[0].api_version}?"
    if _foreign(group):
        return ""
    guess = did_you_mean(kind.kind, {each.kind for each in kinds()})
    return f"there is no kind {kind.kind}" + (f"; did you mean {guess}?" if guess else "")


def _foreign(group: str) -> bool:
    own = {each.api_version.rpartition("/")[0] for each in kinds()}
    return "." in group and group not in own and not did_you_mean(group, own)


def _written(place: Place) -> str:
    text = ""
    for step in place:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def _called(value: Any) -> str:
    names = {dict: "a mapping", list: "a list", str: "a text", bool: "true or false", int: "a number"}
    return "empty" if value is None else names.get(type(value), "a number")


def _wanted(type_: str) -> str:
    return {
        "string": "a text (write it in quotes)",
        "integer": "a whole number",
        "number": "a number",
        "boolean": "true or false",
        "quantity": "a quantity such as 500m or 64Mi",
        "int-or-string": "a number or a text",
    }[type_]


@lru_cache(maxsize=4096)
def _number(number: int) -> Node:
    return Node("object", _raw=number)


def _node(raw: Any, exact: bool = False) -> Node:
    if isinstance(raw, int):
        return _number(raw)
    if isinstance(raw, str):
        return Node(_SCALARS[raw])
    if raw[0] == "m":
        return Node("map", _raw=raw[1])
    return Node("list", list_type=raw[2], keys=tuple(raw[3]), exact=exact, _raw=raw[1])


def _object(number: int) -> dict[str, Any]:
    found: dict[str, Any] = _extract()["objects"][number]
    return found


@lru_cache(maxsize=1)
def _extract() -> dict[str, Any]:
    with gzip.open(EXTRACT) as file:
        data: dict[str, Any] = json.load(file)
    return data
