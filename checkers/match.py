"""Partial matching: how an object differs from an `expect` tree.

Mappings match partially. Lists match by merge key or in any order where the API says so;
the order counts in `command` and `args` alone. Quantities and int-or-string fields are
compared by value. Nothing here raises, whatever the object holds.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from checkers.operators import OPERATORS, is_operator
from checkers.quantity import parse_quantity
from checkers.schema import Node


class _Absent(enum.Enum):
    ABSENT = "absent"


ABSENT = _Absent.ABSENT
"""The actual value of a field that is not there."""


@dataclass(frozen=True)
class Item:
    """A step into a list: the item's name (its merge key's value), or its place."""

    name: str


Path: TypeAlias = tuple[str | Item, ...]


class Clash(enum.StrEnum):
    """How a value differs."""

    MISSING = "missing"
    """The field is not there."""
    VALUE = "value"
    """It has another value."""
    TYPE = "type"
    """It is of another shape: a list where a mapping was wanted."""
    UNEXPECTED = "unexpected"
    """It is there and should not be."""
    ITEM = "item"
    """A list has no such item."""
    EXTRA = "extra"
    """A list or mapping holds more than it should."""
    ORDER = "order"
    """A list holds the right items in another order."""
    LENGTH = "length"
    """A list, mapping or text is of another length."""


@dataclass(frozen=True)
class Difference:
    """One place where the object is not as expected."""

    path: Path
    expected: Any
    actual: Any
    clash: Clash

    @property
    def where(self) -> str:
        """The path as kubectl and API errors write it."""
        return path_text(self.path)


def path_text(path: Path) -> str:
    """Return `spec.containers[nginx].image`; keys with dots or slashes stand in brackets."""
    text = ""
    for step in path:
        if isinstance(step, Item) or "." in step or "/" in step:
            text += f"[{step.name if isinstance(step, Item) else step}]"
        else:
            text += f".{step}" if text else step
    return text


def match(expected: Any, actual: Any, node: Node | None = None, path: Path = ()) -> list[Difference]:
    """Return every difference; none when `actual` is as expected.

    `node` is what the API knows about the field (`checkers.schema.root` for a whole object);
    without it, as in custom resources, lists match in any order and values as they are.
    """
    if is_operator(expected):
        return [
            difference
            for name, argument in expected.items()
            for difference in _operator(name, argument, actual, node, path)
        ]
    actual = _omitted(expected, actual, node, path)
    if expected is None:
        return [] if actual is None or actual is ABSENT else [Difference(path, None, actual, Clash.UNEXPECTED)]
    if actual is ABSENT or actual is None:
        return [] if expected == [] else [Difference(path, expected, ABSENT, Clash.MISSING)]
    if isinstance(expected, dict):
        return _mapping(expected, actual, node, path)
    if isinstance(expected, list):
        return _list(expected, actual, node, path)
    if isinstance(actual, dict | list):
        return [Difference(path, expected, actual, Clash.TYPE)]
    return [] if same(expected, actual, node) else [Difference(path, expected, actual, Clash.VALUE)]


def same(expected: Any, actual: Any, node: Node | None = None) -> bool:
    """Tell whether two scalars have the same value, by the type of the field."""
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    type_ = node.type if node else "any"
    if type_ == "quantity":
        try:
            return parse_quantity(expected) == parse_quantity(actual)
        except ValueError:
            return str(expected) == str(actual)
    if type_ in ("int-or-string", "string"):
        return str(expected) == str(actual)
    return bool(expected == actual)


def leaves(tree: Any) -> int:
    """Return how many values a tree asks for."""
    if is_operator(tree) or not isinstance(tree, dict | list) or not tree:
        return 1
    return sum(leaves(each) for each in (tree.values() if isinstance(tree, dict) else tree))


def _omitted(expected: Any, actual: Any, node: Node | None, path: Path) -> Any:
    """Read a zero or false that the API leaves out of a status for what it is."""
    if (actual is ABSENT or actual is None) and path[:1] == ("status",) and node is not None:
        if node.type == "integer" and type(expected) is int:
            return 0
        if node.type == "boolean" and expected is False:
            return False
    return actual


def _operator(name: str, argument: Any, actual: Any, node: Node | None, path: Path) -> list[Difference]:
    whole = {name: argument}
    if name == "$only":
        return _only(argument, actual, node, path)
    if name == "$not":
        return [] if match(argument, actual, node, path) else [Difference(path, whole, actual, Clash.VALUE)]
    if name == "$in":
        hit = isinstance(argument, list) and any(not match(each, actual, node, path) for each in argument)
        return [] if hit else [Difference(path, whole, actual, _missing_or(Clash.VALUE, actual))]
    if name == "$any" and isinstance(argument, list) and argument:
        # The nearest alternative tells most; of several alike, the one that the author wrote first.
        return min((match(each, actual, node, path) for each in argument), key=len)
    if name == "$length":
        return _length(argument, actual, path)
    test = OPERATORS.get(name)
    if name not in ("$absent", "$present"):
        actual = _omitted(0, actual, node, path)
    value = None if actual is ABSENT else actual
    if test is not None and test(argument, value):
        return []
    if name == "$absent" and argument is not False:
        return [Difference(path, whole, actual, Clash.UNEXPECTED)]
    clash = Clash.TYPE if isinstance(value, dict | list) else _missing_or(Clash.VALUE, actual)
    return [Difference(path, whole, actual, clash)]


def _missing_or(clash: Clash, actual: Any) -> Clash:
    return Clash.MISSING if actual is ABSENT or actual is None else clash


def _length(argument: Any, actual: Any, path: Path) -> list[Difference]:
    if actual is not ABSENT and actual is not None and not isinstance(actual, dict | list | str):
        return [Difference(path, {"$length": argument}, actual, Clash.TYPE)]
    size = len(actual) if isinstance(actual, dict | list | str) else 0
    return [Difference(path, {"$length": argument}, actual, Clash.LENGTH)] if match(argument, size) else []


def _only(argument: Any, actual: Any, node: Node | None, path: Path) -> list[Difference]:
    """Match as without the operator; what is left over is one more difference."""
    differences = match(argument, actual, node, path)
    if isinstance(argument, dict) and isinstance(actual, dict):
        extra: Any = {key: value for key, value in actual.items() if key not in argument}
    elif isinstance(argument, list) and isinstance(actual, list):
        taken = set(_assign(argument, actual, node, path)[0].values())
        # Items that are merely wrong are told by their own difference, not as too many.
        spare = len(actual) - len(argument)
        extra = [item for index, item in enumerate(actual) if index not in taken][-spare:] if spare > 0 else []
    else:
        extra = None
    return [*differences, Difference(path, {"$only": argument}, extra, Clash.EXTRA)] if extra else differences


def _mapping(expected: dict[str, Any], actual: Any, node: Node | None, path: Path) -> list[Difference]:
    if not isinstance(actual, dict):
        return [Difference(path, expected, actual, Clash.TYPE)]
    found: list[Difference] = []
    for key, wanted in expected.items():
        name = str(key)
        found += match(wanted, actual.get(name, ABSENT), node.field(name) if node else None, (*path, name))
    return found


def _list(expected: list[Any], actual: Any, node: Node | None, path: Path) -> list[Difference]:
    if not isinstance(actual, list):
        return [Difference(path, expected, actual, Clash.TYPE)]
    if not expected:
        return [Difference(path, expected, actual, Clash.UNEXPECTED)] if actual else []
    if node.exact if node else path[-1:] in (("command",), ("args",)):
        return _in_order(expected, actual, node, path)
    item = node.item if node else None
    taken, candidates = _assign(expected, actual, node, path)
    free = [index for index in range(len(actual)) if index not in taken.values()]
    found: list[Difference] = []
    for number, wanted in enumerate(expected):
        if number in taken:
            continue
        near = [index for index in candidates[number] if index in free]
        options = [(match(wanted, actual[i], item, (*path, _step(actual[i], i, node))), i) for i in near]
        best, index = min(options, key=lambda option: len(option[0]), default=([], -1))
        if options and _alike(wanted, best, single=len(near) == 1 or bool(_keys(wanted, node))):
            free.remove(index)
            found += best
        else:
            found.append(Difference(path, wanted, actual, Clash.ITEM))
    return found


def _alike(wanted: Any, differences: Sequence[Difference], *, single: bool) -> bool:
    """Tell whether an item is near enough that its differences say more than `there is no such item`."""
    if not isinstance(wanted, dict) or is_operator(wanted):
        return False
    return len(differences) < leaves(wanted) or (single and all(each.clash is Clash.VALUE for each in differences))


def _in_order(expected: list[Any], actual: list[Any], node: Node | None, path: Path) -> list[Difference]:
    item = node.item if node else None
    if len(expected) != len(actual):
        return [Difference(path, expected, actual, Clash.VALUE)]
    found = [
        difference
        for index, (wanted, value) in enumerate(zip(expected, actual, strict=True))
        for difference in match(wanted, value, item, (*path, Item(str(index))))
    ]
    if found and len(_assign(expected, actual, node, path)[0]) == len(expected):
        return [Difference(path, expected, actual, Clash.ORDER)]
    return found


def _assign(
    expected: list[Any], actual: list[Any], node: Node | None, path: Path
) -> tuple[dict[int, int], list[list[int]]]:
    """Give as many expected items as possible an actual one that fits, each its own (Kuhn's algorithm).

    Returns which expected item took which actual one, and for each expected item those
    that its merge keys allow.
    """
    item = node.item if node else None
    candidates = [_candidates(wanted, actual, node) for wanted in expected]
    fits = [
        [index for index in candidates[number] if not match(wanted, actual[index], item, path)]
        for number, wanted in enumerate(expected)
    ]
    owner: dict[int, int] = {}

    def place(number: int, seen: set[int]) -> bool:
        for index in fits[number]:
            if index not in seen:
                seen.add(index)
                if index not in owner or place(owner[index], seen):
                    owner[index] = number
                    return True
        return False

    for number in range(len(expected)):
        place(number, set())
    return {number: index for index, number in owner.items()}, candidates


def _candidates(wanted: Any, actual: list[Any], node: Node | None) -> list[int]:
    keys = _keys(wanted, node)
    if not keys:
        return list(range(len(actual)))
    item = node.item if node else None
    return [
        index
        for index, value in enumerate(actual)
        if isinstance(value, dict)
        and all(same(wanted[key], value.get(key, ""), item.field(key) if item else None) for key in keys)
    ]


def _keys(wanted: Any, node: Node | None) -> list[str]:
    """Return the merge keys that `wanted` gives as plain values."""
    if not isinstance(wanted, dict) or is_operator(wanted):
        return []
    known = node.keys if node else ("name",)
    return [key for key in known if key in wanted and not isinstance(wanted[key], dict | list)]


def _step(value: Any, index: int, node: Node | None) -> Item:
    keys = (node.keys if node else ()) or ("name",)
    name = value.get(keys[0]) if isinstance(value, dict) else None
    return Item(str(index if name is None or isinstance(name, dict | list) else name))
