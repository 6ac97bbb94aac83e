"""Columns of custom resources: `additionalPrinterColumns` with their JSONPaths.

https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#additional-printer-columns
"""

from __future__ import annotations

import re
from typing import Any

from tutor.practice.api.errors import Obj
from tutor.practice.tables.texts import since, stamp_now

STEP = re.compile(
    r"""\.([A-Za-z0-9_\-]+|\*)|\[\s*(\*|-?\d+)\s*\]|\[\s*['"]([^'"]+)['"]\s*\]|\[\?\(@\.([\w.\-]+)\s*==\s*['"]([^'"]*)['"]\)\]"""
)
DEFAULT: list[Obj] = [{"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}]


def column_of(column: Obj) -> Obj:
    """Return the definition of a printer column as a Table has it."""
    path = column["jsonPath"]
    description = column.get("description") or f"Custom resource definition column (in JSONPath format): {path}"
    return {
        "name": column["name"],
        "type": column["type"],
        "format": column.get("format", ""),
        "description": description,
        "priority": column.get("priority", 0),
    }


def custom_cells(columns: list[Obj], obj: Obj) -> list[Any]:
    """Return the cells of one custom resource."""
    return [_cell(column, find(obj, column["jsonPath"])) for column in columns]


def find(obj: Any, path: str) -> list[Any]:
    """Return what a JSONPath finds: names, indexes, `*` and filters by equality."""
    found = [obj]
    for match in STEP.finditer(path.replace("\\.", "\0")):
        name, index, quoted, key, wanted = match.groups()
        if name or quoted:
            found = [value for each in found for value in _named(each, (name or quoted).replace("\0", "."))]
        elif index:
            found = [value for each in found if isinstance(each, list) for value in _indexed(each, index)]
        else:
            items = [item for each in found if isinstance(each, list) for item in each]
            found = [item for item in items if find(item, f".{key}") == [wanted]]
    return [value for value in found if value is not None]


def _named(value: Any, name: str) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values()) if name == "*" else [value[name]] if name in value else []
    return []


def _indexed(values: list[Any], index: str) -> list[Any]:
    if index == "*":
        return values
    at = int(index)
    return [values[at]] if -len(values) <= at < len(values) else []


def _cell(column: Obj, found: list[Any]) -> Any:
    if not found:
        return "" if column["type"] == "string" else None
    value = found[0]
    if column["type"] == "date":
        return since(value, stamp_now()) if isinstance(value, str) else "<unknown>"
    if column["type"] == "string":
        return ",".join(_text(each) for each in found)
    return value


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
