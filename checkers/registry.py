"""All check types by the key that chooses them."""

from __future__ import annotations

from checkers.check import CheckType

# One import and one entry a type: explicit, so that a reader finds every type here.
TYPES: dict[str, type[CheckType]] = {}
