"""The rules of custom resources: defaults, the schema, scales, and what a status subresource changes.

https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from tutor.practice.api.causes import invalid
from tutor.practice.api.errors import Cause, Obj, forbidden
from tutor.practice.api.store import Store
from tutor.practice.api.strategy import CustomStrategy
from tutor.practice.custom import values
from tutor.practice.custom.expressions import broken_rules, has_rules

UNCHECKED = (
    "some validation rules were not checked because the object was invalid; correct the existing errors to complete "
    "validation"
)
_GO_TYPES = {"string": "string", "boolean": "bool", "number": "float64", "integer": "int64"}
_GO_TYPES |= {"object": "map[string]interface {}", "array": "[]interface {}"}


class Instances(CustomStrategy):
    """The rules of one version of a custom resource."""

    def __init__(
        self, resource: str, schema: values.Schema, subresources: Mapping[str, Any], *, terminating: bool
    ) -> None:
        super().__init__(has_status="status" in subresources)
        self._resource = resource
        self._schema = schema
        self._scale: Obj = subresources.get("scale") or {}
        self._terminating = terminating
        self._rules = has_rules(schema)

    def default(self, obj: Obj) -> None:
        """Fill in the schema's defaults."""
        fill(obj, self._schema)

    def allocate(self, store: Store, new: Obj, old: Obj | None, *, dry_run: bool = False) -> list[Cause]:
        """Refuse new objects of a kind that is going."""
        del store, dry_run
        if self._terminating and old is None:
            text = "create not allowed while custom resource definition is terminating"
            raise forbidden(self._resource, new["metadata"].get("name") or "", text)
        return []

    def prepare_update(self, new: Obj, old: Obj) -> None:
        """Count a change of the status, as well, where it is no subresource."""
        super().prepare_update(new, old)
        if not self.has_status and new.get("status") != old.get("status"):
            new["metadata"]["generation"] = old["metadata"].get("generation", 1) + 1

    def validate(self, obj: Obj) -> list[Cause]:
        """Return what the schema says against a new object."""
        return self._faults(obj, values.ABSENT)

    def validate_update(self, new: Obj, old: Obj) -> list[Cause]:
        """Return what the schema says against what was changed."""
        return self._faults(new, old)

    def validate_status(self, new: Obj, old: Obj) -> list[Cause]:
        """Return what the schema says against a new status."""
        return self._faults(new, old)

    def _faults(self, obj: Obj, old: Any) -> list[Cause]:
        found = list(values.faults(obj, self._schema, "", old))
        found += self._scale_faults(obj, "specReplicasPath")
        found += self._scale_faults(obj, "statusReplicasPath")
        found += values.list_faults(obj, self._schema)
        if not self._rules:
            return found
        if values.blocking(found):
            return [*found, Cause("<nil>", "FieldValueInvalid", f"Invalid value: null: {UNCHECKED}")]
        return [*found, *broken_rules(obj, self._schema, "", old)]

    def _scale_faults(self, obj: Obj, which: str) -> Iterator[Cause]:
        path = self._scale.get(which)
        if not path:
            return
        value: Any = obj
        for key in path.strip(".").split("."):
            if not isinstance(value, dict):
                yield invalid(path, 0, _accessor(path, value, "map[string]interface{}"))
                return
            if key not in value:
                return
            value = value[key]
        if values.json_type(value) != "integer":
            yield invalid(path, 0, _accessor(path, value, "int64"))
        elif value < 0:
            yield invalid(path, value, "should be a non-negative integer")
        elif value > 2**31 - 1:
            yield invalid(path, value, "should be less than or equal to 2147483647")


def fill(value: Any, schema: values.Schema) -> None:
    """Put a schema's defaults where nothing is given, or null where that is not allowed."""
    if isinstance(value, dict):
        for key, inner in (schema.get("properties") or {}).items():
            missing = key not in value or (value[key] is None and not inner.get("nullable"))
            if missing and inner.get("default") is not None:
                value[key] = copy.deepcopy(inner["default"])
    for _, item, inner in values.children(value, schema):
        fill(item, inner)


def _accessor(path: str, value: Any, wanted: str) -> str:
    shown = str(value).lower() if isinstance(value, bool) else f"{value:.15g}" if isinstance(value, float) else value
    return f"{path} accessor error: {shown} is of the type {_GO_TYPES[values.json_type(value)]}, expected {wanted}"
