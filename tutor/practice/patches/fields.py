"""Sets of fields, as `fieldsV1` of managedFields writes them.

A field is a path of elements in that notation: `f:name` of an object, `k:{"name":"web"}` and `v:"x"` of a list's
items. A set holds paths, nothing is implied by it: a path's parent or children are in it only if they are named.

https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Set
from typing import Any, TypeAlias

Path: TypeAlias = tuple[str, ...]
Fields: TypeAlias = Set[Path]
Tree: TypeAlias = dict[str, Any]
"""FieldsV1: an element is in the set if it has no children, or `.` among them."""


def parse(tree: Tree) -> set[Path]:
    """Return the set that FieldsV1 describes."""
    found: set[Path] = set()
    _collect(tree, (), found)
    return found


def _collect(tree: Tree, path: Path, found: set[Path]) -> None:
    if not tree or "." in tree:
        found.add(path)
    for element, inner in tree.items():
        if element != ".":
            _collect(inner, (*path, element), found)
    found.discard(())


def dump(paths: Iterable[Path]) -> Tree:
    """Return FieldsV1 of a set, in the order that the API server gives it."""
    tree: Tree = {}
    for path in sorted(paths, key=lambda path: [_order(element) for element in path]):
        node = tree
        for n, element in enumerate(path):
            if element in node and not node[element] and n + 1 < len(path):
                node[element]["."] = {}
            node = node.setdefault(element, {})
    return tree


def has(tree: Tree, element: str) -> bool:
    """Tell whether an element itself is in the set."""
    return element in tree and (not tree[element] or "." in tree[element])


def without_below(paths: Fields, removed: Iterable[Path]) -> set[Path]:
    """Return a set without some paths and all that is below of them."""
    roots = set(removed)
    return {path for path in paths if not any(path[: n + 1] in roots for n in range(len(path)))}


def in_order(paths: Iterable[Path]) -> list[Path]:
    """Return paths as the API server goes through them: of each object first its own fields, then what is below."""
    return sorted(paths, key=lambda path: [(n < len(path) - 1, *_order(each)) for n, each in enumerate(path)])


def shown(path: Path) -> str:
    """Return a path as messages show it: `.spec.containers[name="web"].image`."""
    return "".join(_element_shown(element) for element in path)


def name(field: str) -> str:
    """Return the element for a field of an object."""
    return f"f:{field}"


def key(keys: dict[str, Any]) -> str:
    """Return the element for an item of a list with keys."""
    return f"k:{_json(dict(sorted(keys.items())))}"


def value(item: Any) -> str:
    """Return the element for an item of a set."""
    return f"v:{_json(item)}"


def _json(data: Any) -> str:
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False)


def _element_shown(element: str) -> str:
    kind, rest = element[0], element[2:]
    if kind == "f":
        return f".{rest}"
    if kind == "k":
        return f"[{','.join(f'{name}={_json(value)}' for name, value in json.loads(rest).items())}]"
    return f"[={rest}]" if kind == "v" else f"[{rest}]"


def _order(element: str) -> tuple[int, Any]:
    """Names come before keys, values and indices; numbers in keys are compared as such."""
    kind, rest = element[0], element[2:]
    if kind == "f":
        return 0, rest
    if kind == "k":
        return 1, [(name, *_comparable(value)) for name, value in json.loads(rest).items()]
    return "fkvi".index(kind), _comparable(json.loads(rest))


def _comparable(data: Any) -> tuple[int, Any]:
    if isinstance(data, bool):
        return 2, data
    return (0, data) if isinstance(data, int | float) else (1, _json(data))
