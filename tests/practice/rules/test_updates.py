"""Updates and warnings are those of a real API server."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.practice.rules.cases import changed, load, resource
from tutor.practice.rules.registry import strategies

STRATEGIES = strategies()
BASES = load("refusals.yaml")["bases"]
UPDATES = [(old, changes, causes) for old, answers in load("updated.json") for changes, causes in answers]
WARNINGS = [
    (BASES[base], changes, said)
    for (base, changes), said in zip(load("warnings.yaml"), load("warned.json"), strict=True)
]


@pytest.mark.parametrize(
    ("old", "changes", "causes"), UPDATES, ids=[f"{old['kind']}-{changes}"[:90] for old, changes, _ in UPDATES]
)
def test_an_update_is_refused_as_by_the_real_server(
    old: dict[str, Any], changes: dict[str, Any], causes: list[list[str]]
) -> None:
    strategy, new = STRATEGIES[resource(old["kind"])], changed(old, changes)
    before = copy.deepcopy(old)
    strategy.default(new)
    strategy.prepare_update(new, old)
    assert [[each.field, each.reason, each.message] for each in strategy.validate_update(new, old)] == causes
    assert old == before


@pytest.mark.parametrize(
    ("base", "changes", "said"), WARNINGS, ids=[f"{base['kind']}-{changes}"[:90] for base, changes, _ in WARNINGS]
)
def test_a_new_object_is_warned_of_as_by_the_real_server(
    base: dict[str, Any], changes: dict[str, Any], said: list[str]
) -> None:
    strategy, obj = STRATEGIES[resource(base["kind"])], changed(base, changes)
    strategy.default(obj)
    obj["metadata"] |= {"uid": "0-0", "creationTimestamp": "2026-01-01T00:00:00Z"}
    strategy.prepare_create(obj)
    assert strategy.warnings(obj, None) == said
