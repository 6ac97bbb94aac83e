"""Values at a path of an object, as kubectl writes paths: `spec.containers[*].image`."""

from __future__ import annotations

import re
from typing import Any

_STEP = re.compile(r"\[([^\]]*)\]|([^.\[\]]+)")
_PATH = re.compile(r"(?:[^.\[\]]+|\[[^\]]+\])(?:\.[^.\[\]]+|\[[^\]]+\])*")


def steps(path: str) -> list[str]:
    """Return the steps of `path`. Raises ValueError when it cannot be read.

    A step in brackets is `*` (all), a place (`0`), the name of a list's item (`[web]`), or a
    key with dots in it (`metadata.labels[app.kubernetes.io/name]`).
    """
    if not _PATH.fullmatch(path):
        raise ValueError(f"{path!r} is not a path such as spec.containers[*].image")
    return [bracket or name for bracket, name in _STEP.findall(path)]


def values_at(obj: Any, path: str) -> list[Any]:
    """Return all values at `path`, none where it leads nowhere; nulls count as nothing."""
    values = [obj]
    for step in steps(path):
        values = [below for value in values for below in _below(value, step)]
    return [value for value in values if value is not None]


def _below(value: Any, step: str) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values()) if step == "*" else [value[step]] if step in value else []
    if not isinstance(value, list):
        return []
    if step == "*":
        return value
    if step.isdigit():
        return value[int(step) : int(step) + 1]
    return [each for each in value if isinstance(each, dict) and each.get("name") == step]
