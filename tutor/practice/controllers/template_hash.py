"""The hashes that name ReplicaSets and ControllerRevisions after what they were made of."""

from __future__ import annotations

from typing import Any

import orjson

from tutor.practice.api.meta import ALPHABET


def template_hash(content: Any, collisions: int | None = None) -> str:
    """Return a stable hash, safe in names: 32 bits of FNV-1a, written as upstream's `SafeEncodeString` does.

    Upstream hashes Go's dump of the structure, so that the values differ from a real cluster's.
    """
    data = orjson.dumps(content, option=orjson.OPT_SORT_KEYS) + (b"" if collisions is None else b"%d" % collisions)
    value = 2166136261
    for byte in data:
        value = (value ^ byte) * 16777619 & 0xFFFFFFFF
    return "".join(ALPHABET[ord(character) % len(ALPHABET)] for character in str(value))
