"""Manifests with changes, and an API server without its HTTP that knows custom kinds."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import yaml

from tests.practice.rules.others import fresh, sent
from tutor.practice.api.chain import Api
from tutor.practice.custom.controller import DefinitionController
from tutor.practice.custom.definitions import DEFINITIONS
from tutor.practice.custom.serving import CustomKinds
from tutor.practice.schema.definitions import Schema
from tutor.practice.schema.openapi import OpenApi
from tutor.practice.tables.table import Tables

HERE = Path(__file__).parent
NAMESPACE = "rules-others"
GARDENS = "gardens.garden.example"
GARDEN = {"apiVersion": "garden.example/v1", "kind": "Garden", "metadata": {"name": "g"}, "spec": {"flower": "rose"}}
PARK = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "parks.garden.example"},
    "spec": {
        "group": "garden.example",
        "scope": "Namespaced",
        "names": {"plural": "parks", "kind": "Park"},
        "versions": [
            {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}},
        ],
    },
}
Obj = dict[str, Any]


def load(name: str) -> Any:
    """Return a file of this directory."""
    text = (HERE / name).read_text()
    return json.loads(text) if name.endswith(".json") else yaml.safe_load(text)


def changed(base: Obj, changes: Obj) -> Obj:
    """Return a copy with other values at some paths; a number past the end of a list appends."""
    obj = copy.deepcopy(base)
    for path, value in changes.items():
        at: Any = obj
        *parents, last = path.split(".")
        for key in parents:
            at = at[int(key)] if isinstance(at, list) else at.setdefault(key, {})
        if isinstance(at, list):
            at.append(copy.deepcopy(value))
        else:
            at[last] = copy.deepcopy(value)
    return obj


class World:
    """A server, its types and the controller of definitions, which runs when `settle` is called."""

    def __init__(self) -> None:
        self.api: Api = fresh()
        self.schema = Schema.load()
        self.tables = Tables()
        self.openapi = OpenApi(self.schema, self.api.kinds)
        self.custom = CustomKinds(self.api, self.schema, self.openapi, self.tables)
        self.controller = DefinitionController(self.api)

    def define(self, manifest: Obj) -> Obj:
        """Create a definition, and return what has become of it."""
        resource, _, obj = sent(self.api, manifest)
        name = self.api.create(resource, obj)["metadata"]["name"]
        self.settle()
        return self.api.get(DEFINITIONS, "", name)

    def settle(self) -> None:
        """Let the controller do all that there is to do."""
        for _ in range(3):
            for definition in self.api.store.list(DEFINITIONS):
                self.controller.reconcile(definition)
