"""The language of label selectors, read as `k8s.io/apimachinery/pkg/labels` reads it, with its complaints.

https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

from tutor.practice.api.errors import bad_request

Labels: TypeAlias = Mapping[str, str]
Matcher: TypeAlias = Callable[[Labels], bool]

_TOKEN = re.compile(r"\s*(==|!=|[=!(),<>]|[^\s=!(),<>]+)")
_SIGNS = frozenset(["=", "==", "!=", "!", "(", ")", ",", "<", ">"])
_OPERATORS = ("in", "notin", "=", "==", "!=", "gt", "lt")
END = ""


class _Wrong(Exception):
    """The text is no selector; the message says what was found and what was expected."""


class Parser:
    """Reads one selector."""

    def __init__(self, text: str) -> None:
        self._tokens = [match[1] for match in _TOKEN.finditer(text)]

    def parse(self) -> list[Matcher]:
        """Return the requirements, all of which must hold. Raises ApiError (400)."""
        try:
            return self._requirements()
        except _Wrong as wrong:
            raise bad_request(str(wrong)) from wrong

    def _requirements(self) -> list[Matcher]:
        found: list[Matcher] = []
        while self._next() != END:
            if self._next() in _SIGNS - {"!"}:
                raise _Wrong(f"found '{self._next()}', expected: !, identifier, or 'end of string'")
            try:
                found.append(self._requirement())
            except _Wrong as wrong:
                raise _Wrong(f"unable to parse requirement: {wrong}") from wrong
            token = self._take()
            if token == END:
                break
            if token != ",":
                raise _Wrong(f"found '{token}', expected: ',' or 'end of string'")
            if self._next() == END or self._next() in _SIGNS - {"!"}:
                raise _Wrong(f"found '{self._next()}', expected: identifier after ','")
        return found

    def _requirement(self) -> Matcher:
        absent = self._next() == "!"
        if absent:
            self._take()
        key = self._identifier()
        if absent or self._next() in (END, ","):
            return lambda labels: (key in labels) is not absent
        operator = self._take()
        if operator in ("in", "notin"):
            values = self._values()
            return lambda labels: (labels.get(key) in values) is (operator == "in")
        if operator in ("=", "==", "!="):
            value = END if self._next() in (END, ",") else self._identifier()
            return lambda labels: (labels.get(key) == value) is (operator != "!=")
        if operator in (">", "<"):
            bound = _number(self._identifier())
            return lambda labels: _beyond(labels.get(key), operator, bound)
        raise _Wrong(f"found '{operator}', expected: {', '.join(_OPERATORS)}")

    def _values(self) -> set[str]:
        if (token := self._take()) != "(":
            raise _Wrong(f"found '{token}' expected: '('")
        values: set[str] = set()
        if self._next() == END or self._next() in _SIGNS - {",", ")"}:
            raise _Wrong(f"found '{self._next()}', expected: ',', ')' or identifier")
        while self._next() != ")":
            values.add(END if self._next() == "," else self._identifier())
            if self._next() not in (",", ")"):
                raise _Wrong(f"found '{self._next()}', expected: ',' or ')'")
            if self._next() == ",":
                self._take()
        self._take()
        return values

    def _identifier(self) -> str:
        token = self._take()
        if token == END or token in _SIGNS:
            raise _Wrong(f"found '{token}', expected: identifier")
        return token

    def _next(self) -> str:
        return self._tokens[0] if self._tokens else END

    def _take(self) -> str:
        return self._tokens.pop(0) if self._tokens else END


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise _Wrong(
            f"values[0]: Invalid value: \"{text}\": for 'Gt', 'Lt' operators, the value must be an integer"
        ) from error


def _beyond(value: str | None, operator: str, bound: int) -> bool:
    try:
        return int(value or END) > bound if operator == ">" else int(value or END) < bound
    except ValueError:
        return False
