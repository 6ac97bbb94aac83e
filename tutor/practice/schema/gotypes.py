"""Kubernetes' Go types: how a field is called in an error, when it is left out, its number in protobuf.

The table is made from the Go sources by `scripts/build_practice_go.py`.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import orjson

DATA = Path(__file__).parent.parent / "data/go.json.gz"


@dataclass(frozen=True, slots=True)
class GoField:
    """A field of a struct; `type` is as Go writes it, with full names: `*int32`, `[]io.k8s.api.core.v1.Container`."""

    name: str
    type: str
    number: int
    """In protobuf; 0 for none."""
    omit_empty: bool
    omit_zero: bool
    embedded: str = ""
    """The embedded structs that it comes from, each with a dot, as errors name them: `ProbeHandler.`."""

    @property
    def pointer(self) -> bool:
        """Whether nil is not the same as a zero."""
        return self.type.startswith("*")

    @property
    def base(self) -> str:
        """The type that a pointer points to."""
        return self.type.removeprefix("*")


def shown(kind: str) -> str:
    """Return a type as Go's own messages write it: `[]v1.Container`, `map[string]string`, `v1.PodSpec`."""
    if kind.startswith("[]") and kind != "[]byte":
        return "[]" + shown(kind[2:])
    if kind.startswith("map["):
        key, _, value = kind[4:].partition("]")
        return f"map[{shown(key)}]{shown(value)}"
    return "[]uint8" if kind == "[]byte" else ".".join(kind.split(".")[-2:])


def underlying(kind: str) -> str:
    """Return what a named type is: `string` for `io.k8s.api.core.v1.PullPolicy`; another type is itself."""
    return str(_table()["aliases"].get(kind, kind))


@cache
def fields(struct: str) -> dict[str, GoField]:
    """Return a struct's fields by JSON name, those of embedded structs included; none for an unknown struct."""
    found = {}
    for field in own_fields(struct):
        if field.name:
            found[field.name] = field
        else:
            via = shown(field.base).rpartition(".")[2] + "."
            for name, inner in fields(field.base).items():
                found.setdefault(name, replace(inner, embedded=via + inner.embedded))
    return found


@cache
def own_fields(struct: str) -> tuple[GoField, ...]:
    """Return a struct's fields as they are declared; an embedded struct is a field without a name."""
    rows = _table()["structs"].get(struct, ())
    return tuple(GoField(name, kind, number, "o" in flags, "z" in flags) for name, kind, number, flags in rows)


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = orjson.loads(gzip.decompress(DATA.read_bytes()))
    return table
