"""Protobuf bodies: Kubernetes' own examples, and bodies that are none."""

import base64
import gzip
import json
import random
import re
from pathlib import Path
from typing import Any

import pytest

from tutor.practice.wire import protobuf

FIXTURES: dict[str, dict[str, Any]] = json.loads(
    gzip.decompress((Path(__file__).parent / "fixtures.json.gz").read_bytes())
)


def without_nulls(value: Any) -> Any:
    """An unset time is null in Kubernetes' JSON examples."""
    if isinstance(value, dict):
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", FIXTURES)
def test_kubernetes_own_examples(name: str) -> None:
    fixture = FIXTURES[name]
    got = protobuf.decode(base64.b64decode(fixture["protobuf"]))
    assert without_nulls(got) == without_nulls(fixture["json"])


def test_damaged_bodies_raise_or_give_an_object() -> None:
    chance = random.Random(7)
    for name in ("core.v1.Pod", "apps.v1.Deployment"):
        body = base64.b64decode(FIXTURES[name]["protobuf"])
        for _ in range(150):
            damaged = bytearray(body[: chance.randrange(len(body))])
            for _ in range(chance.randrange(4)):
                damaged[chance.randrange(4, len(damaged)) if len(damaged) > 4 else 0] = chance.randrange(256)
            try:
                assert isinstance(protobuf.decode(bytes(damaged)), dict)
            except ValueError:
                continue


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{}", "expected prefix [107 56 115 0]"),
        (b"k8s\0", "empty body"),
        (b"k8s\0\x0a\x06\x0a\x02v1\x12\x00", 'no kind "" is registered for version "v1"'),
        (b"k8s\0\x0a\xff", "unexpected EOF"),
        (b"k8s\0\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "integer overflow"),
        (b"k8s\0\x0b", "illegal wireType 3"),
        (b"k8s\0\x00", "illegal tag 0"),
        (b"k8s\0\x0a\x09\x0a\x02v1\x12\x03Pod\x12\x02\x08\x01", "wrong wireType"),
        (b"k8s\0\x0a\x09\x0a\x02v1\x12\x03\xff\xff\xff", "codec can't decode"),
    ],
)
def test_bodies_that_are_none(body: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        protobuf.decode(body)


def varint(value: int) -> bytes:
    head = b""
    while value >= 0x80:
        head += bytes([value & 0x7F | 0x80])
        value >>= 7
    return head + bytes([value])


def inside(number: int, data: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(data)) + data


def test_nesting_is_bounded() -> None:
    schema = b""
    for _ in range(500):
        schema = inside(28, schema)  # `not` of a JSON schema is a JSON schema.
    spec = inside(7, inside(4, inside(1, schema)))
    meta = inside(1, b"apiextensions.k8s.io/v1") + inside(2, b"CustomResourceDefinition")
    body = protobuf.MAGIC + inside(1, meta) + inside(2, inside(2, spec))
    with pytest.raises(ValueError, match="nesting too deep"):
        protobuf.decode(body)


def test_a_custom_resource_definition_with_its_schema() -> None:
    nested = inside(29, inside(1, b"size") + inside(2, inside(5, b"integer")))
    items = inside(5, b"array") + inside(24, inside(1, inside(5, b"string")))
    properties = nested + inside(29, inside(1, b"parts") + inside(2, items))
    schema = inside(5, b"object") + inside(8, inside(1, b'{"size":3}')) + properties
    spec = inside(7, inside(1, b"v1") + inside(4, inside(1, schema)))
    meta = inside(1, b"apiextensions.k8s.io/v1") + inside(2, b"CustomResourceDefinition")
    obj = protobuf.decode(protobuf.MAGIC + inside(1, meta) + inside(2, inside(2, spec)))
    assert obj["spec"]["versions"][0]["schema"]["openAPIV3Schema"] == {
        "type": "object",
        "default": {"size": 3},
        "properties": {"size": {"type": "integer"}, "parts": {"type": "array", "items": {"type": "string"}}},
    }
