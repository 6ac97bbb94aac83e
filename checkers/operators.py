"""The operators of `expect` trees: what each needs, and what each says of a value.

`$only`, `$not`, `$in`, `$any` and `$length` take trees themselves and are matched in `checkers.match`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from checkers.quantity import parse_quantity
from checkers.spelling import did_you_mean


def is_operator(tree: Any) -> bool:
    """Tell whether a tree is one or more operators rather than fields."""
    return isinstance(tree, dict) and bool(tree) and all(isinstance(key, str) and key.startswith("$") for key in tree)


def tree_problems(tree: Any, place: str = "expect") -> Iterator[str]:
    """Yield what is wrong with the operators in a tree, as sentences for the author."""
    if isinstance(tree, list):
        for index, below in enumerate(tree):
            yield from tree_problems(below, f"{place}[{index}]")
    if not isinstance(tree, dict):
        return
    names = [key for key in tree if isinstance(key, str) and key.startswith("$")]
    if names and len(names) < len(tree):
        yield f"{place}: fields and operators ({', '.join(names)}) do not mix"
        return
    for key, below in tree.items():
        if key in names:
            yield from _operator_problems(key, below, place)
        else:
            yield from tree_problems(below, f"{place}.{key}")


def _operator_problems(name: str, argument: Any, place: str) -> Iterator[str]:
    if name not in NEEDS:
        guess = did_you_mean(name, NEEDS)
        yield f"{place}: there is no operator {name}" + (f"; did you mean {guess}?" if guess else "")
        return
    test, needed = NEEDS[name]
    if not test(argument):
        yield f"{place}: {name} needs {needed}"
    elif isinstance(argument, dict | list):
        yield from tree_problems(argument, f"{place}.{name}")


def _number(value: Any) -> Decimal | None:
    try:
        return parse_quantity(value)
    except ValueError:
        return None


def _compares(test: Callable[[Decimal, Decimal], bool]) -> Callable[[Any, Any], bool]:
    """Make an operator that compares numbers and quantities by value."""

    def compare(argument: Any, value: Any) -> bool:
        left, right = _number(value), _number(argument)
        return left is not None and right is not None and test(left, right)

    return compare


def _matches(pattern: Any, value: Any) -> bool:
    if value is None or isinstance(value, dict | list):
        return False
    text = str(value).lower() if isinstance(value, bool) else str(value)
    try:
        return re.search(str(pattern), text) is not None
    except re.error:
        return False


def _is_pattern(value: Any) -> bool:
    try:
        re.compile(value)
    except (re.error, TypeError):
        return False
    return isinstance(value, str)


def _anything(_: Any) -> bool:
    return True


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "$gte": _compares(lambda value, limit: value >= limit),
    "$gt": _compares(lambda value, limit: value > limit),
    "$lte": _compares(lambda value, limit: value <= limit),
    "$lt": _compares(lambda value, limit: value < limit),
    "$match": _matches,
    "$absent": lambda yes, value: (value is None) == (yes is not False),
    "$present": lambda yes, value: (value is not None) == (yes is not False),
}
"""Operators on one value: argument and actual value (None where the field is not there) to a verdict."""

_LIMIT = (lambda value: _number(value) is not None, "a number or a quantity")
NEEDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "$gte": _LIMIT,
    "$gt": _LIMIT,
    "$lte": _LIMIT,
    "$lt": _LIMIT,
    "$match": (_is_pattern, "a regular expression"),
    "$absent": (lambda value: isinstance(value, bool), "true or false"),
    "$present": (lambda value: isinstance(value, bool), "true or false"),
    "$in": (lambda value: isinstance(value, list) and bool(value), "a list of values"),
    "$any": (lambda value: isinstance(value, list) and bool(value), "a list of alternatives"),
    "$only": (lambda value: isinstance(value, list | dict), "a list or a mapping"),
    "$not": (_anything, "a value"),
    "$length": (lambda value: is_operator(value) or type(value) is int, "a number, or an operator such as $gte"),
}
"""For each operator, what its argument must be: a test, and words for the author."""
