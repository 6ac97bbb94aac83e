"""Values against an `openAPIV3Schema`, in the words of the API server's validator.

https://github.com/kubernetes/kube-openapi/tree/master/pkg/validation/validate
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from tutor.practice.api.causes import duplicate, invalid, not_supported, required, shown, too_long, too_many
from tutor.practice.api.errors import Cause

Schema = Mapping[str, Any]
ABSENT = object()
"""What an old value is where there is none."""
BLOCKING = {f"FieldValue{kind}" for kind in ("NotSupported", "Required", "TooLong", "TooMany", "TypeInvalid")}
"""Reasons after which the rules in CEL are not looked at."""
_UNITS = "ns|us|µs|ms|s|m|h|d|w|(nano|micro|milli)?sec(ond)?s?|min(ute)?s?|hours?|days?|weeks?"
_BITS = {"int32": 31, "int64": 63}


def faults(value: Any, schema: Schema, path: str = "", old: Any = ABSENT) -> Iterator[Cause]:
    """Yield what is wrong with a value; what was so in `old`, too, is let pass."""
    if old is not ABSENT and value == old:
        return
    found, wanted = json_type(value), _types(schema)
    value = float(value) if found == "number" else value  # as Go reads what is too large
    if wanted and found not in wanted and not (found == "integer" and "number" in wanted):
        if value is None and schema.get("nullable"):
            return
        names = ",".join(wanted)
        detail = f'Invalid value: "{found}": {path} in body must be of type {names}: "{found}"'
        yield Cause(path, "FieldValueTypeInvalid", detail)
    if value is None:
        return
    yield from _combined(value, schema, path)
    if isinstance(value, str):
        yield from _string(value, schema, path)
    elif found in ("integer", "number"):
        yield from _number(value, schema, path)
    elif isinstance(value, list):
        yield from _counted(value, schema, path, "Items", "items")
    if (enum := schema.get("enum")) and value not in enum:
        yield not_supported(path, value, (each if isinstance(each, str) else shown(each) for each in enum))
    if isinstance(value, list) and isinstance(items := schema.get("items"), Mapping):
        for number, item in enumerate(value):
            yield from faults(item, items, f"{path}[{number}]", correlated(old, schema, number, item))
    elif isinstance(value, dict):
        yield from _object(value, schema, path, old)


def list_faults(value: Any, schema: Schema, path: str = "") -> Iterator[Cause]:
    """Yield the items of sets and maps that are there twice."""
    if isinstance(value, list) and (kind := schema.get("x-kubernetes-list-type")) in ("set", "map"):
        seen: list[Any] = []
        for number, item in enumerate(value):
            key = list_key(item, schema) if kind == "map" else item
            if key in seen:
                yield duplicate(f"{path}[{number}]", key)
            seen.append(key)
    for step, item, inner in children(value, schema):
        yield from list_faults(item, inner, join(path, step))


def children(value: Any, schema: Schema) -> Iterator[tuple[str | int, Any, Schema]]:
    """Yield the steps, values and schemas below a value."""
    if isinstance(value, list) and isinstance(items := schema.get("items"), Mapping):
        yield from ((number, item, items) for number, item in enumerate(value))
    elif isinstance(value, dict):
        properties, more = schema.get("properties") or {}, schema.get("additionalProperties")
        for key, item in value.items():
            inner = properties.get(key, more)
            if isinstance(inner, Mapping):
                yield key, item, inner


def correlated(old: Any, schema: Schema, step: str | int, item: Any) -> Any:
    """Return what an item was before, ABSENT where nobody can tell: only maps' items have an identity."""
    if isinstance(old, dict) and isinstance(step, str):
        return old.get(step, ABSENT)
    if isinstance(old, list) and schema.get("x-kubernetes-list-type") == "map":
        key = list_key(item, schema)
        return next((each for each in old if list_key(each, schema) == key), ABSENT)
    return ABSENT


def list_key(item: Any, schema: Schema) -> Any:
    """Return the fields that tell an item of a map from the others."""
    keys = schema.get("x-kubernetes-list-map-keys") or ()
    return {key: item[key] for key in keys if key in item} if isinstance(item, dict) else item


def join(path: str, step: str | int) -> str:
    """Return the path of a field or an item."""
    return f"{path}[{step}]" if isinstance(step, int) else f"{path}.{step}" if path else step


def json_type(value: Any) -> str:
    """Return the JSON type of a value."""
    if isinstance(value, bool):
        return "boolean"
    names = {dict: "object", list: "array", str: "string", int: "integer", float: "number", type(None): "null"}
    found = names[type(value)]
    return "number" if found == "integer" and not -(1 << 63) <= value < 1 << 63 else found


def _types(schema: Schema) -> tuple[str, ...]:
    if schema.get("x-kubernetes-int-or-string"):
        return ("integer", "string")
    return (schema["type"],) if schema.get("type") else ()


def _combined(value: Any, schema: Schema, path: str) -> Iterator[Cause]:
    for key, fits, text in (
        ("anyOf", any, "must validate at least one schema (anyOf)"),
        ("oneOf", lambda valid: sum(valid) == 1, "must validate one and only one schema (oneOf). Found "),
        ("allOf", all, "must validate all the schemas (allOf)"),
    ):
        if not (schemas := schema.get(key)):
            continue
        found = [list(faults(value, each, path)) for each in schemas]
        valid = [not each for each in found]
        if not fits(valid):
            if key == "oneOf":
                text += f"{sum(valid)} valid alternatives" if any(valid) else "none valid"
            elif key == "allOf" and not any(valid):
                text += ". None validated"
            yield Cause("<nil>", "FieldValueInvalid", f'Invalid value: "": "{path}" {text}')
            if key == "allOf":
                yield from (cause for each in found for cause in each)
            elif not any(valid):
                yield from found[0]
    if (bad := schema.get("not")) and not list(faults(value, bad, path)):
        text = "must not validate the schema (not)"
        yield Cause("<nil>", "FieldValueInvalid", f'Invalid value: "": "{path}" {text}')


def _string(value: str, schema: Schema, path: str) -> Iterator[Cause]:
    if (most := schema.get("maxLength")) is not None and len(value) > most:
        yield too_long(path, most)
    if len(value) < schema.get("minLength", 0):
        yield invalid(path, value, f"{path} in body should be at least {schema['minLength']} chars long")
    if (pattern := schema.get("pattern")) and not re.search(pattern, value):
        yield invalid(path, value, f"{path} in body should match '{pattern}'")
    name = schema.get("format", "")
    if (check := FORMATS.get(name)) and not _holds(check, value):
        detail = f"Invalid value: {shown(value)}: {path} in body must be of type {name}: {shown(value)}"
        yield Cause(path, "FieldValueTypeInvalid", detail)


def _number(value: int | float, schema: Schema, path: str) -> Iterator[Cause]:
    bits = _BITS.get(schema.get("format", ""))
    if schema.get("type") == "integer":
        text = ""
        if isinstance(value, float) or json_type(value) == "number":
            text = "(default format)"
        elif bits and not -(1 << bits) <= value < 1 << bits:
            text = f"with format {schema['format']}"
        if text:
            text = f"Checked value must be of type integer {text} in {path}"
            yield Cause("<nil>", "FieldValueInvalid", f'Invalid value: "": {text}')
    bound: Callable[[Any], Any] = int if isinstance(value, int) else float
    if schema.get("multipleOf") is not None:
        factor = bound(schema["multipleOf"])
        if factor <= 0:
            yield invalid(path, factor, f"factor MultipleOf declared for {path} must be positive: {factor}")
        elif abs(round(value / factor) - value / factor) > 1e-12:
            yield invalid(path, value, f"{path} in body should be a multiple of {_plain(factor)}")
    for key, exclusive, sign, words in (
        ("maximum", "exclusiveMaximum", 1, "less than"),
        ("minimum", "exclusiveMinimum", -1, "greater than"),
    ):
        if schema.get(key) is not None:
            limit, strict = bound(schema[key]), schema.get(exclusive)
            if sign * (value - limit) > 0 or (strict and value == limit):
                words = words if strict else f"{words} or equal to"
                yield invalid(path, value, f"{path} in body should be {words} {_plain(limit)}")


def _counted(value: Any, schema: Schema, path: str, key: str, words: str) -> Iterator[Cause]:
    if len(value) < (least := schema.get(f"min{key}") or 0):
        yield invalid(path, len(value), f"{path} in body should have at least {least} {words}")
    if (most := schema.get(f"max{key}")) is not None and len(value) > most:
        yield too_many(path, len(value), most)


def _object(value: dict[str, Any], schema: Schema, path: str, old: Any) -> Iterator[Cause]:
    yield from _counted(value, schema, path, "Properties", "properties")
    for key, item, inner in children(value, schema):
        yield from faults(item, inner, join(path, str(key)), correlated(old, schema, key, item))
    for key in schema.get("required") or ():
        if key not in value:
            yield required(join(path, key))


def _plain(number: float) -> str:
    return str(int(number)) if number == int(number) else repr(number)


def _holds(check: Callable[[str], object], value: str) -> bool:
    try:
        return bool(check(value))
    except ValueError:
        return False


def _matches(pattern: str) -> Callable[[str], object]:
    return re.compile(pattern).fullmatch


def _moment(text: str) -> object:
    return re.match(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d", text) and datetime.fromisoformat(text.upper())


def _day(text: str) -> object:
    return re.fullmatch(r"\d{4}-\d\d-\d\d", text) and date.fromisoformat(text)


FORMATS: Mapping[str, Callable[[str], object]] = {
    "date-time": _moment,
    "datetime": _moment,
    "date": _day,
    "duration": _matches(rf"-?(\d+(\.\d+)?\s*({_UNITS})\s*)+|0"),
    "email": _matches(r"[^@\s<>]+@[^@\s<>]+"),
    "hostname": _matches(r"[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?(\.[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?)*\.?"),
    "uri": lambda text: " " not in text and urlsplit(text).scheme,
    "uuid": _matches(r"(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}"),
}
"""Formats that are checked; of the others only the names are known."""


def blocking(causes: Iterable[Cause]) -> bool:
    """Tell whether rules in CEL make no sense any more."""
    return any(cause.reason in BLOCKING for cause in causes)
