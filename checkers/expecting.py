"""What is wrong with an `expect` tree itself, for the author of an exercise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checkers.operators import is_operator, tree_problems
from checkers.schema import Node, root
from checkers.spelling import did_you_mean
from checkers.world import Kind

_INNER = ("$not", "$only")


def expect_problems(kind: Kind, tree: Any, name: str = "expect") -> list[str]:
    """Return what is wrong with `tree`: operators, fields the API does not have, values of a wrong type."""
    problems = list(tree_problems(tree, name))
    node = root(kind)
    return problems if problems or node is None else list(_fields(node, tree, name))


def _fields(node: Node, tree: Any, place: str) -> Iterator[str]:
    if tree is None:
        return
    if is_operator(tree):
        inner = [tree[operator] for operator in _INNER if operator in tree] + [
            *(tree.get("$in") or []),
            *(tree.get("$any") or []),
        ]
        for each in inner:
            yield from _fields(node, each, place)
    elif node.type in ("object", "map"):
        yield from _mapping(node, tree, place)
    elif node.type != "list":
        yield from _scalar(node, tree, place)
    elif not isinstance(tree, list):
        yield f"{place} is a list in the API; {tree!r} never matches"
    elif (item := node.item) is not None:
        for index, below in enumerate(tree):
            yield from _fields(item, below, f"{place}[{index}]")


def _mapping(node: Node, tree: Any, place: str) -> Iterator[str]:
    if not isinstance(tree, dict):
        yield f"{place} is a mapping in the API; {tree!r} never matches"
        return
    for key, below in tree.items():
        child = node.field(str(key))
        if child is not None:
            yield from _fields(child, below, f"{place}.{key}")
        else:
            guess = did_you_mean(str(key), node.fields)
            yield f"{place}: there is no field {key}" + (f"; did you mean {guess}?" if guess else "")


def _scalar(node: Node, tree: Any, place: str) -> Iterator[str]:
    if isinstance(tree, dict | list) and node.type != "any":
        yield f"{place} is a single value in the API; a {'mapping' if isinstance(tree, dict) else 'list'} never matches"
    elif isinstance(tree, bool) and node.type not in ("boolean", "any"):
        yield f'{place} is a {node.type} in the API; write "{str(tree).capitalize()}" in quotes'
    elif isinstance(tree, str) and node.type in ("boolean", "integer", "number"):
        yield f"{place} is a {node.type} in the API; the text {tree!r} never matches"
