"""One check of `exercise.yaml`, from plain data to a `Check`, with every problem named."""

from __future__ import annotations

import copy
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, TypeAlias

import msgspec

from checkers.check import Check, CheckType
from checkers.registry import TYPES
from checkers.spelling import did_you_mean

Path: TypeAlias = tuple[str | int, ...]
COMMON = ("id", "title", "after", "weight", "within")
"""The keys that every check may have; all others belong to its type."""
DEFAULT_WITHIN = 30.0

_DURATION = re.compile(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?")
_AT = re.compile(r" - at `(?:key in )?\$?([^`]*)`$")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\[\.\.\.\]")
_UNKNOWN = re.compile(r"unknown field `([^`]+)`")
_MISSING = re.compile(r"missing required field `([^`]+)`")


@dataclass(frozen=True)
class CheckProblem:
    """What is wrong with a check, for its author. `path` leads from the check to the place."""

    path: Path
    message: str
    instead: str = ""
    """What to write instead, when there is a good guess."""


def parse_check(data: dict[str, Any]) -> tuple[Check | None, list[CheckProblem]]:
    """Return the check that `data` (from YAML) describes, and all problems found; None if there are any.

    Never raises, whatever `data` holds. The line is the caller's to fill in (`dataclasses.replace`).
    """
    if not isinstance(data, dict):
        return None, [CheckProblem((), f"a check is a mapping, not {_kind(data)}")]
    problems = [CheckProblem((), f"the key {key!r} is not text") for key in data if not isinstance(key, str)]
    common = _common(data, problems)
    type_ = _type(data, problems)
    if type_ is not None:
        # A type's own look at its parameters may meet values that no type hint rules out.
        problems += [CheckProblem((type_.key,), sentence) for sentence in type_.problems()]
    if problems or type_ is None:
        return None, problems
    return Check(type=type_, **common), []


def parse_duration(text: object) -> float:
    """Return the seconds of `30s`, `2m`, `1m30s` or `1h`. Raises ValueError for anything else."""
    match = _DURATION.fullmatch(text) if isinstance(text, str) and text else None
    if match is None:
        raise ValueError(f"{text!r} is not a duration such as 30s, 2m or 1m30s")
    return sum(float(part) * unit for part, unit in zip(match.groups("0"), (3600.0, 60.0, 1.0), strict=True))


def _common(data: dict[str, Any], problems: list[CheckProblem]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key in ("id", "title"):
        value = data.get(key)
        if not isinstance(value, str) or not value.strip():
            text = f"{key} is missing" if value is None else f"{key} is a text, not {_kind(value)}"
            problems.append(CheckProblem((key,) if key in data else (), text))
        else:
            values[key] = value
    after = data.get("after", [])
    after = [after] if isinstance(after, str) else after
    if not isinstance(after, list) or not all(isinstance(each, str) for each in after):
        problems.append(CheckProblem(("after",), "after is a list of the ids of other checks", "after: [exists]"))
    else:
        values["after"] = tuple(after)
    weight = data.get("weight", 1)
    if isinstance(weight, bool) or not isinstance(weight, int) or weight < 1:
        problems.append(CheckProblem(("weight",), "weight is a whole number, 1 or more", "weight: 2"))
    values["weight"] = weight
    try:
        values["within"] = parse_duration(data["within"]) if "within" in data else DEFAULT_WITHIN
    except ValueError as error:
        problems.append(CheckProblem(("within",), f"within: {error}", "within: 30s"))
    return values


def _type(data: dict[str, Any], problems: list[CheckProblem]) -> CheckType | None:
    """Choose the type by its key and fill in its parameters."""
    chosen = [key for key in data if key in TYPES]
    if len(chosen) != 1:
        problems.append(_no_type(data) if not chosen else _two_types(chosen))
        return None
    struct = TYPES[chosen[0]]
    parameters = {key: value for key, value in data.items() if isinstance(key, str) and key not in COMMON}
    parameters = copy.deepcopy(parameters)
    while True:
        try:
            type_ = msgspec.convert(parameters, struct)
        except msgspec.ValidationError as error:
            problem = _explain(str(error), struct, chosen[0])
            problems.append(problem)
            # One unknown key must not hide the other problems; anything else ends the search.
            if not (_UNKNOWN.search(str(error)) and _drop(parameters, problem.path)):
                return None
        else:
            return None if problems else type_


def _no_type(data: dict[str, Any]) -> CheckProblem:
    others = [key for key in data if isinstance(key, str) and key not in COMMON]
    for key in others:
        if guess := did_you_mean(key, TYPES):
            return CheckProblem((key,), f"{key} is not a type of check", guess)
    return CheckProblem((), f"the check has no type: it needs one of the keys {', '.join(sorted(TYPES))}")


def _two_types(chosen: list[str]) -> CheckProblem:
    return CheckProblem((chosen[1],), f"a check has one type, this one has {len(chosen)}: {', '.join(chosen)}")


def _explain(error: str, struct: type[CheckType], key: str) -> CheckProblem:
    """Turn msgspec's message into a place and a sentence."""
    place = _AT.search(error)
    path = _path(place[1]) if place else ()
    text = error[: place.start()] if place else error
    if unknown := _UNKNOWN.search(text):
        name, known = unknown[1], _fields(struct, path)
        where = ".".join(map(str, path)) or f"a check of the type {key}"
        others = f"; it knows {', '.join(known)}" if known else ""
        return CheckProblem((*path, name), f"{where} has no key {name}{others}", did_you_mean(name, known))
    if missing := _MISSING.search(text):
        where = ".".join(map(str, path)) or f"a check of the type {key}"
        return CheckProblem(path, f"{where} needs the key {missing[1]}", f"{missing[1]}: …")
    where = ".".join(map(str, path))
    return CheckProblem(path, f"{where}: {text}" if where else text)


def _path(text: str) -> Path:
    steps: list[str | int] = []
    for name, index in _STEP.findall(text):
        if not name and not index:
            break  # somewhere in a mapping: msgspec does not say under which key
        steps.append(name or int(index))
    return tuple(steps)


def _fields(struct: type[CheckType], path: Path) -> list[str]:
    """Return the keys that are known at `path` inside the parameters of `struct`."""
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


def _kind(value: object) -> str:
    """Return what YAML calls the value's type."""
    names = {dict: "a mapping", list: "a list", str: "a text", bool: "true or false", int: "a number"}
    return "empty" if value is None else names.get(type(value), "a number")
