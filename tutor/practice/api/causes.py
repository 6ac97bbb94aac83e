"""What may be wrong with a field, in the words of `k8s.io/apimachinery/pkg/util/validation/field`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from tutor.practice.api.errors import Cause


def invalid(field: str, value: Any, detail: str) -> Cause:
    """`Invalid value: "x": detail`."""
    return Cause(field, "FieldValueInvalid", f"Invalid value: {shown(value)}: {detail}")


def required(field: str, detail: str = "") -> Cause:
    """`Required value: detail`."""
    return Cause(field, "FieldValueRequired", f"Required value: {detail}" if detail else "Required value")


def not_supported(field: str, value: Any, supported: Iterable[str]) -> Cause:
    """`Unsupported value: "x": supported values: "a", "b"`."""
    values = ", ".join(f'"{each}"' for each in supported)
    return Cause(field, "FieldValueNotSupported", f"Unsupported value: {shown(value)}: supported values: {values}")


def duplicate(field: str, value: Any) -> Cause:
    """`Duplicate value: "x"`."""
    return Cause(field, "FieldValueDuplicate", f"Duplicate value: {shown(value)}")


def forbidden(field: str, detail: str) -> Cause:
    """`Forbidden: detail`."""
    return Cause(field, "FieldValueForbidden", f"Forbidden: {detail}")


def too_long(field: str, limit: int) -> Cause:
    """`Too long: may not be more than N bytes`."""
    return Cause(field, "FieldValueTooLong", f"Too long: may not be more than {limit} bytes")


def too_many(field: str, actual: int, limit: int) -> Cause:
    """`Too many: N: must have at most M items`."""
    return Cause(field, "FieldValueTooMany", f"Too many: {actual}: must have at most {limit} items")


def not_found(field: str, value: Any) -> Cause:
    """`Not found: "x"`."""
    return Cause(field, "FieldValueNotFound", f"Not found: {shown(value)}")


def shown(value: Any) -> str:
    """Return a value as the API server prints it: strings quoted, the rest as JSON."""
    if value is None:
        return "null"
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
