"""Definitions and custom resources are taken and refused as by a real server."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from tests.practice.custom.cases import GARDEN, NAMESPACE, PARK, World, changed, load
from tutor.practice.api.errors import ApiError
from tutor.practice.schema.decode import decode

ANSWERS = load("answers.json")
OBJECTS = list(zip(load("objects.yaml"), ANSWERS["objects"], strict=True))
DEFINITIONS = list(zip(load("definitions.yaml"), ANSWERS["definitions"], strict=True))
Obj = dict[str, Any]


@cache
def world() -> World:
    made = World()
    made.define(load("garden.yaml"))
    return made


def answer(manifest: Obj, kept: str) -> Any:
    """Return what is stored under a key, or the causes of the refusal, as a set."""
    api = world().api
    kind = api.kinds.of(manifest["apiVersion"], manifest["kind"])
    assert kind
    type = world().schema.for_kind(kind.api_version, kind.kind)
    assert type
    namespace = NAMESPACE if kind.namespaced else ""
    try:
        return api.create(kind.resource, decode(manifest, type).obj, namespace, dry_run=True).get(kept)
    except ApiError as error:
        causes = (error.details or {}).get("causes", [])
        return sorted([each["field"], each["reason"], each["message"]] for each in causes)


@pytest.mark.parametrize(("changes", "said"), OBJECTS, ids=[str(changes)[:70] for changes, _ in OBJECTS])
def test_a_custom_resource_is_answered_as_by_a_real_server(changes: Obj, said: Any) -> None:
    assert answer(changed(GARDEN, changes), "spec") == said


@pytest.mark.parametrize(("changes", "said"), DEFINITIONS, ids=[str(changes)[:70] for changes, _ in DEFINITIONS])
def test_a_definition_is_answered_as_by_a_real_server(changes: Obj, said: Any) -> None:
    assert answer(changed(PARK, changes), "status") == said
