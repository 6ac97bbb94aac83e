"""Differences as sentences: what is true, and what was asked."""

from __future__ import annotations

import json
from typing import Any

from checkers.match import ABSENT, Clash, Difference
from checkers.operators import is_operator
from checkers.words import say, say_n

WIDTH = 90
"""Characters of a value that are shown; a terminal line with room for the sentence around it."""
SHOWN = 3
"""Differences that are told in full; the others are counted."""

_SIGNS = {
    "$gte": "≥ {}",
    "$gt": "> {}",
    "$lte": "≤ {}",
    "$lt": "< {}",
    "$match": "/{}/",
    "$in": "{}",
    "$any": "{}",
    "$not": "≠ {}",
    "$absent": "∅",
    "$present": "…",
}
"""Operators inside a value that is shown; a sentence of its own says them in words."""


def found(differences: list[Difference], subject: str) -> str:
    """Return what is true about `subject` (`Deployment web`) where it differs, a sentence each."""
    chosen = ranked(differences)
    sentences = [found_one(each, subject) for each in chosen[:SHOWN]]
    if len(chosen) > SHOWN:
        sentences.append(say_n("{n} more field differs.", "{n} more fields differ.", len(chosen) - SHOWN))
    return " ".join(sentences)


def asked(differences: list[Difference], subject: str) -> str:
    """Return what was asked of `subject` where it differs, a sentence each."""
    return " ".join(asked_one(each, subject) for each in ranked(differences)[:SHOWN])


def ranked(differences: list[Difference]) -> list[Difference]:
    """Return what the learner writes before what follows from it (the status)."""
    return sorted(differences, key=lambda each: each.path[:1] == ("status",))


def found_one(difference: Difference, subject: str) -> str:
    """Return what is true about one difference."""
    where, clash = difference.where or say("the object"), difference.clash
    at = {"subject": subject, "path": where}
    if clash is Clash.MISSING:
        return say("{path} of {subject} is not set.", **at)
    if clash is Clash.TYPE:
        kind = shape(difference.actual)
        return say("{path} of {subject} is {shape}, not {wanted}.", shape=kind, wanted=shape(difference.expected), **at)
    if clash is Clash.ITEM:
        if not difference.actual:
            return say("{path} of {subject} is empty.", **at)
        return say("{path} of {subject} holds {items}.", items=items_text(difference.actual), **at)
    if clash is Clash.EXTRA:
        return say("{path} of {subject} also holds {items}.", items=items_text(difference.actual), **at)
    if clash is Clash.LENGTH:
        size = 0 if difference.actual is ABSENT or difference.actual is None else len(difference.actual)
        return say_n("{path} of {subject} has {n} entry.", "{path} of {subject} has {n} entries.", size, **at)
    actual = value_text(difference.actual, difference.expected)
    return say("{path} of {subject} is {actual}.", actual=actual, **at)


def asked_one(difference: Difference, subject: str) -> str:
    """Return what one difference should be instead, as the exercise asks it."""
    at = {"subject": subject, "path": difference.where or say("the object")}
    expected = difference.expected
    if is_operator(expected):
        return " ".join(_operator(name, argument, at) for name, argument in expected.items())
    if difference.clash is Clash.ITEM:
        return say("{path} of {subject} holds {item}.", item=value_text(expected), **at)
    if expected is None or expected == []:
        return say("{path} of {subject} is not set.", **at)
    if expected == {}:
        return say("{path} of {subject} is set.", **at)
    if isinstance(expected, dict):
        return say("{path} of {subject} contains {value}.", value=value_text(expected), **at)
    if difference.clash is Clash.ORDER:
        return say("{path} of {subject} is {value}, in this order.", value=value_text(expected), **at)
    return say("{path} of {subject} is {value}.", value=value_text(expected, difference.actual), **at)


def _operator(name: str, argument: Any, at: dict[str, str]) -> str:
    value = value_text(argument)
    sentences = {
        "$gte": say("{path} of {subject} is at least {value}.", value=value, **at),
        "$gt": say("{path} of {subject} is more than {value}.", value=value, **at),
        "$lte": say("{path} of {subject} is at most {value}.", value=value, **at),
        "$lt": say("{path} of {subject} is less than {value}.", value=value, **at),
        "$match": say("{path} of {subject} matches the regular expression {value}.", value=value, **at),
        "$absent": say("{path} of {subject} is not set.", **at),
        "$present": say("{path} of {subject} is set.", **at),
        "$only": say("{path} of {subject} holds {value} and nothing else.", value=value, **at),
    }
    if name in ("$in", "$any") and isinstance(argument, list):
        values = ", ".join(value_text(each) for each in argument)
        return say("{path} of {subject} is one of {values}.", values=values, **at)
    if name == "$not":
        return say("{path} of {subject} is something other than {value}.", value=value, **at)
    if name == "$length":
        return _length(argument, at)
    return sentences.get(name) or say("{path} of {subject} is {value}.", value=value, **at)


def _length(argument: Any, at: dict[str, str]) -> str:
    if isinstance(argument, dict) and len(argument) == 1:
        name, limit = next(iter(argument.items()))
        if name == "$gte" and isinstance(limit, int):
            one, many = "{path} of {subject} has at least {n} entry.", "{path} of {subject} has at least {n} entries."
            return say_n(one, many, limit, **at)
        if name == "$lte" and isinstance(limit, int):
            one, many = "{path} of {subject} has at most {n} entry.", "{path} of {subject} has at most {n} entries."
            return say_n(one, many, limit, **at)
    if isinstance(argument, int):
        return say_n("{path} of {subject} has {n} entry.", "{path} of {subject} has {n} entries.", argument, **at)
    return say("The number of entries of {path} of {subject} fits {value}.", value=value_text(argument), **at)


def shape(value: Any) -> str:
    """Return what YAML calls the value: a list, a mapping, or a single value."""
    if is_operator(value) or not isinstance(value, dict | list):
        return say("a single value")
    return say("a list") if isinstance(value, list) else say("a mapping")


def items_text(items: Any) -> str:
    """Return the items of a list (or keys of a mapping) shortly: `diary (hostPath), tmp (emptyDir)`."""
    if isinstance(items, dict):
        return shorten(", ".join(f"{key}: {value_text(value)}" for key, value in items.items()))
    if not isinstance(items, list):
        return value_text(items)
    return shorten("; ".join(_item(each) for each in items[:20]))


def _item(value: Any) -> str:
    """Name an item first: `diary {hostPath: {path: /tmp}}`."""
    if isinstance(value, dict) and isinstance(value.get("name"), str):
        rest = {key: below for key, below in value.items() if key != "name"}
        return f"{value['name']} {_flow(rest)}" if rest else str(value["name"])
    return value_text(value)


def value_text(value: Any, other: Any = None) -> str:
    """Return a value as one line of YAML, shortened around the first difference from `other`."""
    text = _flow(value)
    against = "" if other is None or isinstance(other, dict | list) else _flow(other)
    if text == against and value != other:
        return json.dumps(value)  # the number 80 and the text "80"
    return shorten(text, against if isinstance(value, str) else "")


def _flow(value: Any) -> str:
    """Write a value as YAML does on one line; a text alone stands without quotes where that is clear."""
    if value is ABSENT or value is None:
        return "null"
    if is_operator(value):
        return ", ".join(_SIGNS.get(name, name).format(_flow(argument)) for name, argument in value.items())
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(below)}" for key, below in list(value.items())[:20]) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(below) for below in value[:20]) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and (not value or value != value.strip() or not value.isprintable()):
        return json.dumps(value[:2000], ensure_ascii=False)
    return str(value)


def shorten(text: str, other: str = "") -> str:
    """Return at most WIDTH characters of `text`; with `other`, those around the first difference."""
    if len(text) <= WIDTH:
        return text
    pairs = enumerate(zip(text, other, strict=False))
    first = next((place for place, (a, b) in pairs if a != b), min(len(text), len(other)) if other else 0)
    start = max(0, min(first - WIDTH // 3, len(text) - WIDTH))
    piece = text[start : start + WIDTH]
    return ("…" if start else "") + piece + ("…" if start + WIDTH < len(text) else "")
