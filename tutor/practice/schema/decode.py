"""What the API server's decoder makes of an object: its fields checked against the type, and written as Go writes them.

Unknown fields go (with an error or a warning, as `fieldValidation` asks), empty ones that Go leaves out go too,
structs that Go always writes come in, quantities and times get their canonical form.
https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Self

from tutor.practice.api.errors import ApiError, Obj
from tutor.practice.schema import gotypes, quantity, times
from tutor.practice.schema.definitions import META, Type
from tutor.practice.schema.gotypes import GoField
from tutor.practice.schema.parsing import Repeating, json_kind

RESOURCE_LIST = "io.k8s.api.core.v1.ResourceList"
_ABSENT = object()
_PLAIN = {"string": "", "integer": 0, "number": 0, "boolean": False}


class DecodeError(ApiError):
    """A body that does not fit its type: 400; `detail` is the message without the kind."""

    def __init__(self, obj: Obj, detail: str) -> None:
        kind, version = obj.get("kind", ""), str(obj.get("apiVersion", "")).rpartition("/")[2]
        super().__init__(400, "BadRequest", f'{kind} in version "{version}" cannot be handled as a {kind}: {detail}')
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Decoded:
    """An object as the API server takes it, and what it warns of."""

    obj: Obj
    warnings: list[str]


def decode(obj: Obj, type: Type, validation: str = "Warn") -> Decoded:
    """Return a new object that fits the type; `validation` is `Strict`, `Warn` or `Ignore`.

    `obj` has its apiVersion and kind. Raises DecodeError for a value of a wrong type and, if strict, for fields that
    are unknown or there twice.
    """
    decoder = _Decoder()
    try:
        decoded = decoder.custom(obj, type) if type.custom else decoder.struct(type, obj)
    except ValueError as error:
        raise DecodeError(obj, str(error)) from error
    if decoder.wrong:
        raise DecodeError(obj, decoder.wrong)
    problems = decoder.twice + sorted(decoder.unknown) if type.custom else decoder.unknown
    if decoder.yaml:
        problems = [f"yaml: unmarshal errors:{decoder.yaml}", *problems]
    if problems and validation == "Strict":
        raise DecodeError(obj, "strict decoding error: " + ", ".join(problems))
    return Decoded(decoded, problems if validation == "Warn" else [])


def zero(type: Type) -> Any:
    """Return what Go writes for an empty value: `{"loadBalancer": {}}` for the status of a Service."""
    return _Decoder().struct(type, {})


@dataclass(frozen=True, slots=True)
class _Slot:
    type: Type
    go: GoField
    step: str
    keeps_empty: bool
    """Whether the field is written even if it is zero."""


@cache
def _slots(type: Type) -> dict[str, _Slot]:
    """The fields of a struct in the order that Go writes them."""
    known = gotypes.fields(type.name)
    order = dict.fromkeys(["kind", "apiVersion", *known, *type.fields])
    slots = {}
    for name in order:
        if name in type.fields:
            inner = type.fields[name].type
            go = known.get(name) or GoField(name, _guess(inner), 0, omit_empty=True, omit_zero=False)
            step = _Step(name, go.embedded + name) if go.embedded else name
            slots[name] = _Slot(inner, go, step, go.pointer or not go.omit_empty)
    return slots


def _guess(type: Type) -> str:
    """The Go type of a field that the table does not have; what may be left out is taken for a pointer."""
    if type.kind == "array" and type.items:
        return "[]" + _guess(type.items).removeprefix("*")
    if type.kind == "map" and type.items:
        return "map[string]" + _guess(type.items).removeprefix("*")
    scalars = {"string": "string", "boolean": "*bool", "integer": f"*{type.format or 'int64'}", "number": "*float64"}
    return scalars.get(type.kind, f"*{type.name}")


@dataclass
class _Decoder:
    unknown: list[str] = field(default_factory=list)
    """Complaints about unknown fields, and of built-in kinds also about those that are there twice."""
    twice: list[str] = field(default_factory=list)
    yaml: str = ""
    wrong: str = ""
    """The first value of a wrong type."""
    path: list[str | int] = field(default_factory=list)

    def struct(self, type: Type, value: Obj) -> Obj:
        slots = _slots(type)
        found: Obj = {}
        self._repeated(value, self.unknown)
        for name, item in value.items():
            slot = slots.get(name)
            self.path.append(slot.step if slot else name)
            if slot is None:
                self.unknown.append(f'unknown field "{self._place()}"')
            elif item is not None:
                found[name] = self._value(slot.type, slot.go.base, item, type.name)
            self.path.pop()
        written = {name: _written(slot, found.get(name)) for name, slot in slots.items()}
        return {name: item for name, item in written.items() if item is not _ABSENT}

    def custom(self, value: Any, type: Type) -> Any:
        """Prune what a custom resource's schema does not know."""
        if type.kind == "object" and isinstance(value, dict):
            if not type.custom:
                path, self.path = self.path, [_Step(str(each)) for each in self.path]
                try:
                    return self.struct(type, value)
                finally:
                    self.path = path
            return self._custom_object(value, type)
        if type.kind == "array" and type.items and isinstance(value, list):
            return [self._at(i, item, type.items) for i, item in enumerate(value)]
        if type.kind == "map" and type.items and isinstance(value, dict):
            return {name: self._at(name, item, type.items) for name, item in value.items()}
        return _whole(value)

    def _custom_object(self, value: Obj, type: Type) -> Obj:
        self._repeated(value, self.twice)
        found: Obj = {}
        for name, item in value.items():
            if name in type.fields:
                inner = type.fields[name].type
                if item is None and not inner.nullable and inner.default is None and inner.kind != "any":
                    continue
                found[name] = self._at(name, item, inner)
            elif type.preserves_unknown:
                found[name] = _whole(item)
            else:
                self.unknown.append(f'unknown field "{self._place(name)}"')
        return found

    def _at(self, step: str | int, value: Any, type: Type) -> Any:
        self.path.append(step)
        try:
            return self.custom(value, type)
        finally:
            self.path.pop()

    def _value(self, type: Type, go: str, value: Any, struct: str) -> Any:
        """Return a value that is not null as its type has it."""
        kind = type.kind
        plain = gotypes.underlying(go)
        if kind == "any":
            return value
        if kind == "object" and isinstance(value, dict):
            return self.struct(type, value)
        if kind == "array" and isinstance(value, list) and type.items:
            return self._list(type.items, plain.removeprefix("[]"), value, struct)
        if kind == "map" and isinstance(value, dict) and type.items:
            self._repeated(value, self.unknown)
            inner = plain.partition("]")[2]
            found = {}
            for name, item in value.items():
                self.path.append(_Step(name))
                found[name] = _null(type.items) if item is None else self._value(type.items, inner, item, struct)
                self.path.pop()
            if plain is not go and go == RESOURCE_LIST:
                return {name: str(quantity.parse(amount).rounded_up()) for name, amount in found.items()}
            return found
        return self._scalar(type, go, value, struct)

    def _list(self, items: Type, go: str, value: list[Any], struct: str) -> list[Any]:
        found = []
        for i, item in enumerate(value):
            self.path.append(i)
            found.append(_null(items) if item is None else self._value(items, go.removeprefix("*"), item, struct))
            self.path.pop()
        return found

    def _scalar(self, type: Type, go: str, value: Any, struct: str) -> Any:
        kind = type.kind
        if kind == "quantity":
            text = value.strip() if isinstance(value, str) else json.dumps(value)
            return str(quantity.parse(text))
        if kind == "time" and isinstance(value, str):
            return times.normalised(value, micro=type.name == META + "MicroTime")
        if kind == "int-or-string" and isinstance(value, str):
            return value
        if kind == "bytes" and isinstance(value, str):
            return self._bytes(value)
        reads_itself = {"time": ("", "string"), "int-or-string": ("integer", "int32")}.get(kind)
        plain, go = reads_itself or (kind, go)
        found = json_kind(value)
        if plain == "integer" and found == "number":
            bits = 31 if go.endswith("int32") else 63
            if isinstance(value, int) and -(1 << bits) <= value < 1 << bits:
                return value
            found = f"number {value}"
        elif (plain, found) in (("number", "number"), ("string", "string"), ("boolean", "bool")):
            return value
        names = [step.go if isinstance(step, _Step) else step for step in self.path if isinstance(step, str)]
        place = ".".join([struct.rpartition(".")[2], *filter(None, names)])
        problem = f"json: cannot unmarshal {found} into Go struct field {place} of type {gotypes.shown(go)}"
        if reads_itself:  # Such an error ends the decoding at once.
            raise ValueError(problem)
        self.wrong = self.wrong or problem
        return None

    def _bytes(self, text: str) -> str | None:
        """Return base64 in its canonical form."""
        stripped = text.replace("\r", "").replace("\n", "")
        try:
            return base64.b64encode(base64.b64decode(stripped, validate=True)).decode()
        except binascii.Error:
            valid = re.match(r"[A-Za-z0-9+/\r\n]*", text)
            end = valid.end() if valid else 0
            digits = len(text[:end].replace("\r", "").replace("\n", ""))
            place = end - digits % 4 if end == len(text) else end
            self.wrong = self.wrong or f"illegal base64 data at input byte {place}"
            return None

    def _repeated(self, value: Obj, complaints: list[str]) -> None:
        if isinstance(value, Repeating):
            complaints += [f'duplicate field "{self._place(name)}"' for name in value.repeated]
            self.yaml += value.error

    def _place(self, *more: str) -> str:
        """The path with indexes: `spec.containers[0].image`."""
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in [*self.path, *more])
        return "".join(steps).removeprefix(".")


class _Step(str):
    """A step that a type error names otherwise: with the structs that it is embedded in, or, as a map's key, not."""

    go: str

    def __new__(cls, text: str, go: str = "") -> Self:
        step = super().__new__(cls, text)
        step.go = go
        return step


def _written(slot: _Slot, value: Any) -> Any:
    """Return what Go writes for a field, _ABSENT for nothing."""
    kind = slot.type.kind
    if value is None:
        if slot.go.pointer or slot.go.omit_zero:
            return _ABSENT
        if kind == "object":
            return zero(slot.type)
        if kind == "quantity":
            return "0"
        if kind == "time":
            return None
        return _PLAIN[kind] if kind in _PLAIN and slot.keeps_empty else _ABSENT
    if kind in ("array", "map", "bytes"):
        return value or _ABSENT
    return value if slot.keeps_empty or kind not in _PLAIN or value else _ABSENT


def _null(type: Type) -> Any:
    """What an item that is null becomes."""
    if type.kind == "object":
        return zero(type)
    return {**_PLAIN, "quantity": "0", "bytes": ""}.get(type.kind)


def _whole(value: Any) -> Any:
    """A custom resource's 1.0 is 1."""
    if isinstance(value, dict):
        return {name: _whole(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
