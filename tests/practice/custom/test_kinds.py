"""Custom kinds come with their definitions and go with them."""

from __future__ import annotations

import copy

import pytest

from tests.practice.custom.cases import GARDEN, GARDENS, NAMESPACE, PARK, World, changed, load
from tutor.practice.api.errors import ApiError
from tutor.practice.custom.definitions import CLEANUP, DEFINITIONS, condition


def gardens() -> World:
    """Return a world with Gardens."""
    world = World()
    world.define(load("garden.yaml"))
    return world


def test_an_established_kind_is_served() -> None:
    world = gardens()
    kind = world.api.kinds.of("garden.example/v1", "Garden")
    assert kind
    assert (kind.custom, kind.short_names, kind.subresources) == (True, ("gd",), ("status", "scale"))
    assert world.custom.scales[GARDENS]["specReplicasPath"] == ".spec.beds"
    assert world.tables.printer_columns["garden.example/v1/Garden"][0]["name"] == "Flower"
    assert world.openapi.v3("apis/garden.example/v1")


def test_names_that_are_taken_are_not_accepted_until_they_are_free() -> None:
    world = gardens()
    changes = {"spec.names.kind": "Garden", "spec.names.shortNames": ["gd", "pk"]}
    park = world.define(changed(PARK, changes))
    said = {each["type"]: (each["status"], each["reason"], each["message"]) for each in park["status"]["conditions"]}
    assert said == {
        "NamesAccepted": ("False", "ListKindConflict", '"GardenList" is already in use'),
        "Established": ("False", "NotAccepted", "not all names are accepted"),
    }
    assert "parks.garden.example" not in world.api.kinds
    world.api.delete(DEFINITIONS, "", GARDENS)
    world.settle()
    assert "parks.garden.example" in world.api.kinds


def test_objects_go_with_their_definition_and_finalizers_hold_it() -> None:
    world = gardens()
    for name, finalizers in (("free", []), ("held", ["example.com/hold"])):
        manifest = changed(GARDEN, {"metadata.name": name, "metadata.finalizers": finalizers})
        world.api.create(GARDENS, manifest, NAMESPACE)
    last, gone = world.api.delete(DEFINITIONS, "", GARDENS)
    assert not gone
    assert last["metadata"]["finalizers"] == [CLEANUP]
    world.settle()
    assert [each["metadata"]["name"] for each in world.api.store.list(GARDENS)] == ["held"]
    assert condition(world.api.get(DEFINITIONS, "", GARDENS), "Terminating")
    with pytest.raises(ApiError, match="create not allowed while custom resource definition is terminating"):
        world.api.create(GARDENS, copy.deepcopy(GARDEN), NAMESPACE)

    world.api.change(GARDENS, NAMESPACE, "held", lambda obj: changed(obj, {"metadata.finalizers": []}))
    world.settle()
    assert world.api.store.get(DEFINITIONS, "", GARDENS) is None
    assert GARDENS not in world.api.kinds


def test_the_status_is_a_subresource_and_does_not_count() -> None:
    world = gardens()
    made = world.api.create(GARDENS, changed(GARDEN, {"status.phase": "New"}), NAMESPACE)
    assert "status" not in made
    said = world.api.set_status(GARDENS, made, {"phase": "New"})
    assert said
    assert (said["status"], said["metadata"]["generation"]) == ({"phase": "New"}, 1)
    more = world.api.change(GARDENS, NAMESPACE, "g", lambda obj: changed(obj, {"spec.beds": 3}))
    assert more["metadata"]["generation"] == 2
    with pytest.raises(ApiError, match=r"spec.flower: Forbidden: flower is immutable"):
        world.api.change(GARDENS, NAMESPACE, "g", lambda obj: changed(obj, {"spec.flower": "tulip"}))
