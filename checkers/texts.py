"""What a check expects of a text: a piece of it, or how it must look."""

from __future__ import annotations

import re
from typing import Any, TypeAlias

from checkers.words import say

TextExpect: TypeAlias = str | dict[str, Any]
"""A piece that must be contained, or one of `{$match: regex}`, `{$equals: text}`, `{$not: either}`."""

MOST = 160
"""Letters of a program's output that are shown: two lines of a terminal."""


def fits(expected: TextExpect, text: str) -> bool:
    """Tell whether `text` is as expected. `$equals` overlooks white space at both ends."""
    if isinstance(expected, str):
        return expected in text
    operator, value = next(iter(expected.items()))
    if operator == "$not":
        return not fits(value, text)
    if operator == "$match":
        return re.search(value, text, re.M) is not None
    return text.strip() == str(value).strip()


def problems(expected: Any, field: str) -> list[str]:
    """Return what is wrong with the expectation itself, for the author."""
    if isinstance(expected, str):
        return []
    if not isinstance(expected, dict) or len(expected) != 1 or not set(expected) <= {"$match", "$equals", "$not"}:
        return [f"{field}: a text that is contained, or one of $match, $equals and $not"]
    operator, value = next(iter(expected.items()))
    if operator == "$not":
        return problems(value, f"{field}.$not")
    if not isinstance(value, str):
        return [f"{field}: {operator} needs a text"]
    if operator == "$match":
        try:
            re.compile(value)
        except re.error as error:
            return [f"{field}: $match is not a regular expression: {error}"]
    return []


def asked(field: str, expected: TextExpect) -> str:
    """Return the expectation of `field` (`stdout`, `body`) as a sentence."""
    if isinstance(expected, str):
        return say("{field} contains “{text}”.", field=field, text=expected)
    operator, value = next(iter(expected.items()))
    if operator == "$match":
        return say("{field} matches the regular expression {regex}.", field=field, regex=value)
    if operator == "$equals":
        return say("{field} is exactly “{text}”.", field=field, text=value)
    piece = value if isinstance(value, str) else next(iter(value.values()))
    return say("{field} does not contain “{text}”.", field=field, text=piece)


def spoken(expected: Any) -> str:
    """Return a number, a list or an operator as people write it: `200`, `≥ 2`, `200 / 204`."""
    if isinstance(expected, list):
        return ", ".join(map(str, expected))
    if not isinstance(expected, dict):
        return str(expected)
    signs = {"$gte": "≥", "$gt": ">", "$lte": "≤", "$lt": "<", "$not": "≠", "$in": "∈", "$length": "#"}
    return " ".join(f"{signs.get(name, name)} {spoken(value)}" for name, value in expected.items())


def shown(text: str) -> str:
    """Return the start of `text` on one line, without control characters, for a sentence."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= MOST else line[: MOST - 1] + "…"


def last_line(text: str) -> str:
    """Return the last line with something on it, shortened; "" when there is none."""
    lines = [line for line in text.splitlines() if line.strip()]
    return shown(lines[-1]) if lines else ""
