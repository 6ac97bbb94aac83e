"""Whether a schema is structural: everything has a type, and says what it is in one place.

https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tutor.practice.admission.cel import problem
from tutor.practice.api.causes import forbidden, invalid, not_supported, required
from tutor.practice.api.errors import Cause, Obj
from tutor.practice.custom import values

Causes = Iterator[Cause]
TYPES = ("array", "boolean", "integer", "number", "object", "string")
REASONS = ("FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired")
MISSING = {
    "root": "must not be empty at the root",
    "items": "must not be empty for specified array items",
    "field": "must not be empty for specified object fields",
}
RULES = "x-kubernetes-validations"


def schema_faults(schema: Obj, path: str) -> list[Cause]:
    """Return what is wrong with the schema of a version, `path` is where it stands."""
    found = list(_plain(schema, path, root=True))
    found += _structure(schema, path, "root")
    return found or [*_defaults(schema, path), *_rules(schema, path)]


def _plain(schema: Obj, path: str, *, root: bool = False) -> Causes:
    """Check what each keyword may say."""
    if "$ref" in schema:
        yield forbidden(f"{path}.$ref", "$ref is not supported")
    if schema.get("additionalProperties") and root:
        yield forbidden(f"{path}.additionalProperties", "must not be used at the root")
    elif schema.get("additionalProperties") and schema.get("properties"):
        text = "additionalProperties and properties are mutual exclusive"
        yield forbidden(f"{path}.additionalProperties", text)
    if isinstance(schema.get("items"), list):
        yield forbidden(f"{path}.items", "items must be a schema object and not an array")
    if pattern := schema.get("pattern"):
        try:
            re.compile(pattern)
        except re.error as error:
            text = "missing closing ): `" + pattern + "`" if "missing )" in str(error) else f"{error}: `{pattern}`"
            text = f"must be a valid regular expression, but isn't: error parsing regexp: {text}"
            yield invalid(f"{path}.pattern", pattern, text)
    for where, inner, _ in _below(schema, path):
        yield from _plain(inner, where)


def _structure(schema: Obj, path: str, level: str) -> Causes:
    """Check that everything has its type where it is described first; what is inside comes first."""
    if "$ref" in schema or isinstance(schema.get("items"), list):
        return
    for where, inner, below in _below(schema, path):
        yield from _structure(inner, where, below)
    kind = schema.get("type")
    if kind and kind not in TYPES:
        yield not_supported(f"{path}.type", kind, TYPES)
    if kind == "array" and schema.get("items") is None:
        yield required(f"{path}.items", "must be specified")
    loose = schema.get("x-kubernetes-int-or-string") or schema.get("x-kubernetes-preserve-unknown-fields")
    if not kind and not loose:
        yield required(f"{path}.type", MISSING[level])
    if level == "root" and kind and kind != "object":
        yield invalid(f"{path}.type", kind, "must be object at the root")


def _defaults(schema: Obj, path: str) -> Causes:
    default = schema.get("default")
    if default is not None:
        place = f"{path}.default"
        if list(_unknown(default, schema)):
            yield Cause(place, "FieldValueInvalid", f"Invalid value: {_go(default)}: must not have unknown fields")
        else:
            for cause in values.faults(default, schema):
                yield Cause(f"{place}.{cause.field}" if cause.field else place, cause.reason, cause.message)
    for where, inner, _ in _below(schema, path):
        yield from _defaults(inner, where)


def _unknown(value: Any, schema: values.Schema) -> Iterator[str]:
    open_ended = schema.get("additionalProperties") or schema.get("x-kubernetes-preserve-unknown-fields")
    if isinstance(value, dict) and not open_ended:
        yield from (key for key in value if key not in (schema.get("properties") or {}))
    for _, item, inner in values.children(value, schema):
        yield from _unknown(item, inner)


def _rules(schema: Obj, path: str) -> Causes:
    for number, rule in enumerate(schema.get(RULES) or []):
        place, text = f"{path}.{RULES}[{number}]", rule.get("rule") or ""
        if not text.strip():
            yield required(f"{place}.rule", "rule is not specified")
        if rule.get("message") is not None and not rule["message"].strip():
            yield invalid(f"{place}.message", rule["message"], "must be non-empty if specified")
        if (reason := rule.get("reason")) and reason not in REASONS:
            yield not_supported(f"{place}.reason", reason, REASONS)
        if (field := rule.get("fieldPath")) and not field.startswith((".", "[")):
            yield invalid(f"{place}.fieldPath", field, "must be a valid path")
        if text.strip() and (fault := problem(text, frozenset({"self", "oldSelf"}), "bool")):
            keys = ("rule", "message", "messageExpression", "reason", "fieldPath", "optionalOldSelf")
            empty = {key: None if key in ("reason", "optionalOldSelf") else "" for key in keys}
            shown = _go({key[0].upper() + key[1:]: rule.get(key, empty[key]) for key in keys})
            yield Cause(f"{place}.rule", "FieldValueInvalid", f"Invalid value: {shown}: {fault}")
    for where, inner, _ in _below(schema, path):
        yield from _rules(inner, where)


def _below(schema: Obj, path: str) -> Iterator[tuple[str, Obj, str]]:
    """Yield the paths, schemas and levels of items, fields and maps' values."""
    if isinstance(items := schema.get("items"), dict):
        yield f"{path}.items", items, "items"
    for name, each in (schema.get("properties") or {}).items():
        yield f"{path}.properties[{name}]", each, "field"
    if isinstance(more := schema.get("additionalProperties"), dict):
        yield f"{path}.additionalProperties", more, "field"


def _go(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
