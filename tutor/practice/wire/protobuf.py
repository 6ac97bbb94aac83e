"""Bodies in `application/vnd.kubernetes.protobuf`, which kubectl sends for what it makes from Go types.

A body is a magic number and an envelope with apiVersion, kind and the object.
https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeAlias

import orjson

from tutor.practice.schema import gotypes
from tutor.practice.schema.definitions import META, Definitions

MEDIA_TYPE = "application/vnd.kubernetes.protobuf"
MAGIC = b"k8s\0"
DEPTH = 64
"""Messages in messages that are read; Kubernetes' deepest types need about 20."""

Wire: TypeAlias = int | bytes
"""A field on the wire: a number, or bytes (text, a message, four or eight bytes of a number)."""
Value: TypeAlias = Callable[[Wire, int], Any]
_EXTENSIONS = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1."


def decode(body: bytes) -> dict[str, Any]:
    """Return the object in a body, with the zeros that Go sends; raises ValueError for what is none."""
    if not body.startswith(MAGIC):
        raise ValueError("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]")
    if len(body) == len(MAGIC):
        raise ValueError("empty body")
    envelope = dict(_fields(body[len(MAGIC) :]))
    meta = dict(_fields(_bytes(envelope.get(1, b""))))
    api_version, kind = (_text(meta.get(number, b""), 0) for number in (1, 2))
    name = Definitions.load().kinds.get((api_version, kind))
    if name is None or not gotypes.own_fields(name):
        raise ValueError(f'no kind "{kind}" is registered for version "{api_version}"')
    obj = _message(name, _bytes(envelope.get(2, b"")), DEPTH)
    return {"kind": kind, "apiVersion": api_version, **obj}


def _fields(data: bytes) -> Iterator[tuple[int, Wire]]:
    """Yield a message's fields in order."""
    position, end = 0, len(data)
    while position < end:
        key, position = _varint(data, position)
        number, wire = key >> 3, key & 7
        if number == 0:
            raise ValueError("proto: illegal tag 0")
        if wire == 0:
            value, position = _varint(data, position)
            yield number, value
            continue
        if wire == 2:
            size, position = _varint(data, position)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
        else:
            raise ValueError(f"proto: illegal wireType {wire}")
        if size > end - position:
            raise ValueError("unexpected EOF")
        yield number, data[position : position + size]
        position += size


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if position >= len(data):
            raise ValueError("unexpected EOF")
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, position
    raise ValueError("proto: integer overflow")


def _message(name: str, data: bytes, depth: int) -> dict[str, Any]:
    if depth == 0:
        raise ValueError("proto: nesting too deep")
    obj: dict[str, Any] = {}
    slots = _slots(name)
    for number, wire in _fields(data):
        if number not in slots:
            continue
        field, kind = slots[number]
        if not field:
            obj |= _value(kind)(wire, depth - 1)
        elif kind.startswith("map["):
            key, _, value = kind[4:].partition("]")
            pair = dict(_fields(_bytes(wire)))
            inner = _value(value)(pair.get(2, b""), depth - 1)
            obj.setdefault(field, {})[_value(key)(pair.get(1, b""), 0)] = inner
        elif kind.startswith("[]") and kind != "[]byte":
            obj.setdefault(field, []).extend(_items(kind[2:], wire, depth - 1))
        else:
            obj[field] = _value(kind)(wire, depth - 1)
    return obj


@cache
def _slots(name: str) -> dict[int, tuple[str, str]]:
    """JSON names and Go types by number. A named list of strings stays named: it is a message of its own."""
    slots = {}
    for field in gotypes.own_fields(name):
        if field.number:
            kind = gotypes.underlying(field.base)
            slots[field.number] = (field.name, field.base if kind == "[]string" else kind)
    return slots


def _items(kind: str, wire: Wire, depth: int) -> Iterator[Any]:
    """The items that one field on the wire adds: numbers may come packed."""
    if kind in _NUMBERS and isinstance(wire, bytes):
        position = 0
        while position < len(wire):
            number, position = _varint(wire, position)
            yield _NUMBERS[kind](number, depth)
    else:
        yield _value(kind)(wire, depth)


@cache
def _value(kind: str) -> Value:
    """Return what reads a value of a Go type."""
    base = gotypes.underlying(kind)
    if found := _SPECIAL.get(kind) or _NUMBERS.get(base) or _SCALARS.get(base):
        return found
    if base == "[]string":
        return lambda wire, depth: [_text(item, depth) for number, item in _fields(_bytes(wire)) if number == 1]
    return lambda wire, depth: _message(base, _bytes(wire), depth)


def _bytes(wire: Wire) -> bytes:
    if isinstance(wire, int):
        raise ValueError("proto: wrong wireType = 0")
    return wire


def _text(wire: Wire, _depth: int) -> str:
    return _bytes(wire).decode()


def _base64(wire: Wire, _depth: int) -> str:
    return base64.b64encode(_bytes(wire)).decode()


def _signed(bits: int) -> Value:
    def read(wire: Wire, _depth: int) -> int:
        if isinstance(wire, bytes):
            if wire:
                raise ValueError("proto: wrong wireType = 2")
            return 0
        low = wire & ((1 << bits) - 1)
        return low - (1 << bits) if low >> (bits - 1) else low

    return read


def _float(wire: Wire, _depth: int) -> float:
    data = _bytes(wire)
    if len(data) != 8:
        raise ValueError("proto: wrong wireType for a double")
    return float(struct.unpack("<d", data)[0])


def _first(wire: Wire) -> Wire:
    return dict(_fields(_bytes(wire))).get(1, b"")


def _json(wire: Wire, _depth: int) -> Any:
    data = _bytes(_first(wire))
    return orjson.loads(data) if data else None


def _int_or_string(wire: Wire, _depth: int) -> int | str:
    parts = dict(_fields(_bytes(wire)))
    if parts.get(1, 0):
        return _text(parts.get(3, b""), 0)
    return int(_signed(32)(parts.get(2, 0), 0))


def _time(precision: str) -> Value:
    def read(wire: Wire, _depth: int) -> str | None:
        parts = dict(_fields(_bytes(wire)))
        if not parts:
            return None
        seconds, nanos = (int(_signed(64)(parts.get(number, 0), 0)) for number in (1, 2))
        try:
            moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds, microseconds=nanos // 1000)
        except OverflowError as error:
            raise ValueError(f"Time.MarshalJSON: year outside of range [0,9999]: {error}") from error
        return moment.isoformat(timespec=precision).replace("+00:00", "Z")

    return read


def _schema_or_bool(wire: Wire, depth: int) -> Any:
    parts = dict(_fields(_bytes(wire)))
    return _message(_EXTENSIONS + "JSONSchemaProps", _bytes(parts[2]), depth) if 2 in parts else bool(parts.get(1))


def _schema_or_list(kind: str) -> Value:
    def read(wire: Wire, depth: int) -> Any:
        items: list[Any] = []
        for number, part in _fields(_bytes(wire)):
            if number == 1:
                return _message(_EXTENSIONS + "JSONSchemaProps", _bytes(part), depth)
            items.append(_value(kind)(part, depth))
        return items

    return read


_NUMBERS: dict[str, Value] = {
    "int32": _signed(32),
    "int64": _signed(64),
    "int": _signed(64),
    "bool": lambda wire, depth: bool(_signed(64)(wire, depth)),
}
_SCALARS: dict[str, Value] = {"string": _text, "[]byte": _base64, "float64": _float}
_SPECIAL: dict[str, Value] = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": lambda wire, depth: _text(_first(wire), depth),
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": _int_or_string,
    "io.k8s.apimachinery.pkg.runtime.RawExtension": _json,
    META + "FieldsV1": _json,
    META + "Time": _time("seconds"),
    META + "MicroTime": _time("microseconds"),
    _EXTENSIONS + "JSON": _json,
    _EXTENSIONS + "JSONSchemaPropsOrBool": _schema_or_bool,
    _EXTENSIONS + "JSONSchemaPropsOrArray": _schema_or_list(_EXTENSIONS + "JSONSchemaProps"),
    _EXTENSIONS + "JSONSchemaPropsOrStringArray": _schema_or_list("string"),
}
