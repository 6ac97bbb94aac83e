"""Checks from YAML, looked at once: shared by the tests of check types."""

from __future__ import annotations

import copy
from typing import Any

import yaml

from checkers.check import Check
from checkers.parse import parse_check
from checkers.result import Verdict
from checkers.world import Obj, World


def check(text: str, **common: Any) -> Check:
    """Return the check that `text` describes; fails the test when the check is wrong."""
    data = {"id": "it", "title": "It is right"} | yaml.safe_load(text) | common
    parsed, problems = parse_check(data)
    assert parsed is not None, problems
    return parsed


def problems(text: str) -> list[str]:
    """Return what an author hears about a wrong check."""
    data = {"id": "it", "title": "It is right"} | yaml.safe_load(text)
    return [each.message for each in parse_check(data)[1]]


def look(world: World, text: str) -> Verdict:
    """Look once."""
    return check(text).type.look(world)


def changed(obj: Obj, **changes: Any) -> Obj:
    """Return a copy of `obj` with changes by path: `spec__replicas=2`; None takes the field away."""
    obj = copy.deepcopy(obj)
    for path, value in changes.items():
        *parents, last = path.split("__")
        place = obj
        for step in parents:
            place = place.setdefault(step, {})
        if value is None:
            place.pop(last, None)
        else:
            place[last] = value
    return obj
