"""One check of `exercise.yaml`, from plain data to a `Check`, with every problem named."""

from __future__ import annotations

import re
from typing import Any

from checkers.check import Check, CheckType
from checkers.registry import TYPES
from checkers.shape import ShapeProblem, fit
from checkers.spelling import did_you_mean

COMMON = ("id", "title", "after", "weight", "within")
"""The keys that every check may have; all others belong to its type."""
DEFAULT_WITHIN = 30.0

_DURATION = re.compile(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?")


def parse_check(data: dict[str, Any]) -> tuple[Check | None, list[ShapeProblem]]:
    """Return the check that `data` (from YAML) describes, and all problems found; None if there are any.

    Never raises, whatever `data` holds. The line is the caller's to fill in (`dataclasses.replace`).
    """
    if not isinstance(data, dict):
        return None, [ShapeProblem((), f"a check is a mapping, not {_kind(data)}")]
    problems = [ShapeProblem((), f"the key {key!r} is not text") for key in data if not isinstance(key, str)]
    common = _common(data, problems)
    type_ = _type(data, problems)
    if type_ is not None:
        # A type's own look at its parameters may meet values that no type hint rules out.
        problems += [ShapeProblem((type_.key,), sentence) for sentence in type_.problems()]
    if problems or type_ is None:
        return None, problems
    return Check(type=type_, **common), []


def parse_duration(text: object) -> float:
    """Return the seconds of `30s`, `2m`, `1m30s` or `1h`. Raises ValueError for anything else."""
    match = _DURATION.fullmatch(text) if isinstance(text, str) and text else None
    if match is None:
        raise ValueError(f"{text!r} is not a duration such as 30s, 2m or 1m30s")
    return sum(float(part) * unit for part, unit in zip(match.groups("0"), (3600.0, 60.0, 1.0), strict=True))


def _common(data: dict[str, Any], problems: list[ShapeProblem]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key in ("id", "title"):
        value = data.get(key)
        if not isinstance(value, str) or not value.strip():
            text = f"{key} is missing" if value is None else f"{key} is a text, not {_kind(value)}"
            problems.append(ShapeProblem((key,) if key in data else (), text))
        else:
            values[key] = value
    after = data.get("after", [])
    after = [after] if isinstance(after, str) else after
    if not isinstance(after, list) or not all(isinstance(each, str) for each in after):
        problems.append(ShapeProblem(("after",), "after is a list of the ids of other checks", "after: [exists]"))
    else:
        values["after"] = tuple(after)
    weight = data.get("weight", 1)
    if isinstance(weight, bool) or not isinstance(weight, int) or weight < 1:
        problems.append(ShapeProblem(("weight",), "weight is a whole number, 1 or more", "weight: 2"))
    values["weight"] = weight
    try:
        values["within"] = parse_duration(data["within"]) if "within" in data else DEFAULT_WITHIN
    except ValueError as error:
        problems.append(ShapeProblem(("within",), f"within: {error}", "within: 30s"))
    return values


def _type(data: dict[str, Any], problems: list[ShapeProblem]) -> CheckType | None:
    """Choose the type by its key and fill in its parameters."""
    chosen = [key for key in data if key in TYPES]
    if len(chosen) != 1:
        problems.append(_no_type(data) if not chosen else _two_types(chosen))
        return None
    struct = TYPES[chosen[0]]
    parameters = {key: value for key, value in data.items() if isinstance(key, str) and key not in COMMON}
    value, found = fit(parameters, struct, f"a check of the type {chosen[0]}")
    problems += found
    return None if problems else value


def _no_type(data: dict[str, Any]) -> ShapeProblem:
    others = [key for key in data if isinstance(key, str) and key not in (*COMMON, "expect")]
    for key in others:
        if guess := did_you_mean(key, TYPES):
            return ShapeProblem((key,), f"{key} is not a type of check", guess)
    return ShapeProblem((), f"the check has no type: it needs one of the keys {', '.join(sorted(TYPES))}")


def _two_types(chosen: list[str]) -> ShapeProblem:
    return ShapeProblem((chosen[1],), f"a check has one type, this one has {len(chosen)}: {', '.join(chosen)}")


def _kind(value: object) -> str:
    """Return what YAML calls the value's type."""
    names = {dict: "a mapping", list: "a list", str: "a text", bool: "true or false", int: "a number"}
    return "empty" if value is None else names.get(type(value), "a number")
