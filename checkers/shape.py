"""Plain data into typed structs, with every problem named: its place, what is wrong, what instead."""

from __future__ import annotations

import copy
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import msgspec

from checkers.spelling import did_you_mean

Path: TypeAlias = tuple[str | int, ...]
S = TypeVar("S", bound=msgspec.Struct)

_AT = re.compile(r" - at `(?:key in )?\$?([^`]*)`$")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\[\.\.\.\]")
_UNKNOWN = re.compile(r"unknown field `([^`]+)`")
_MISSING = re.compile(r"missing required field `([^`]+)`")


@dataclass(frozen=True)
class ShapeProblem:
    """What is wrong with data, for its author. `path` leads from the data to the place."""

    path: Path
    message: str
    instead: str = ""
    """What to write instead, when there is a good guess."""


def fit(data: Mapping[str, Any], struct: type[S], what: str) -> tuple[S | None, list[ShapeProblem]]:
    """Return `data` as a `struct`, and all problems found; None if there are any.

    `what` is what the sentences call the whole, as `a check of the type http`. Never raises.
    """
    problems: list[ShapeProblem] = []
    rest = copy.deepcopy(dict(data))
    while True:
        try:
            value = msgspec.convert(rest, struct)
        except msgspec.ValidationError as error:
            problem = _explain(str(error), struct, what)
            problems.append(problem)
            # One unknown key must not hide the other problems; anything else ends the search.
            if not (_UNKNOWN.search(str(error)) and _drop(rest, problem.path)):
                return None, problems
        else:
            return (None if problems else value), problems


def _explain(error: str, struct: type[msgspec.Struct], what: str) -> ShapeProblem:
    """Turn msgspec's message into a place and a sentence."""
    place = _AT.search(error)
    path = _path(place[1]) if place else ()
    text = error[: place.start()] if place else error
    if unknown := _UNKNOWN.search(text):
        name, known = unknown[1], _fields(struct, path)
        where = ".".join(map(str, path)) or what
        others = f"; it knows {', '.join(known)}" if known else ""
        return ShapeProblem((*path, name), f"{where} has no key {name}{others}", did_you_mean(name, known))
    if missing := _MISSING.search(text):
        where = ".".join(map(str, path)) or what
        return ShapeProblem(path, f"{where} needs the key {missing[1]}", f"{missing[1]}: …")
    where = ".".join(map(str, path))
    return ShapeProblem(path, f"{where}: {text}" if where else text)


def _path(text: str) -> Path:
    steps: list[str | int] = []
    for name, index in _STEP.findall(text):
        if not name and not index:
            break  # somewhere in a mapping: msgspec does not say under which key
        steps.append(name or int(index))
    return tuple(steps)


def _fields(struct: type[msgspec.Struct], path: Path) -> list[str]:
    """Return the keys that are known at `path` inside the data of `struct`."""
    nodes: list[Any] = [msgspec.inspect.type_info(struct)]
    for step in path:
        nodes = [below for node in nodes for below in _below(node, step)]
    return [
        field.encode_name
        for node in nodes
        for plain in _plain(node)
        if isinstance(plain, msgspec.inspect.StructType)
        for field in plain.fields
    ]


def _plain(node: Any) -> Collection[Any]:
    return node.types if isinstance(node, msgspec.inspect.UnionType) else (node,)


def _below(node: Any, step: str | int) -> list[Any]:
    found = []
    for plain in _plain(node):
        if isinstance(plain, msgspec.inspect.StructType):
            found += [field.type for field in plain.fields if field.encode_name == step]
        elif isinstance(plain, msgspec.inspect.ListType) and isinstance(step, int):
            found.append(plain.item_type)
    return found


def _drop(data: Any, path: Path) -> bool:
    """Take the value at `path` out of `data`; False when it is not there."""
    for step in path[:-1]:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return False
    return isinstance(data, dict) and data.pop(path[-1], path) is not path
