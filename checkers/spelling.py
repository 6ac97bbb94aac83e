"""Words that are nearly right: what was probably meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

_BETWEEN = re.compile(r"[-_ ]")


def folded(word: str) -> str:
    """Return `word` without case, hyphens and underscores: what people mix up first."""
    return _BETWEEN.sub("", word).lower()


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return the one of `known` that `word` was probably meant to be, or ""."""
    names = sorted(set(known) - {word})
    same = {folded(name): name for name in names}.get(folded(word))
    return same or next(iter(difflib.get_close_matches(word, names, 1, 0.6)), "")


def one_edit(left: str, right: str) -> bool:
    """Tell whether one letter more, less or other, or two neighbours swapped, turns `left` into `right`."""
    if left == right or abs(len(left) - len(right)) > 1:
        return False
    start = 0
    while start < min(len(left), len(right)) and left[start] == right[start]:
        start += 1
    a, b = left[start:], right[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and len(b) > 1 and a[2:] == b[2:])
