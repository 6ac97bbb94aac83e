"""What the cluster itself answers to a question of an exercise, at this moment."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, TypeAlias

import msgspec

from checkers.check import ObjectRef, Tree
from checkers.expecting import expect_problems
from checkers.fields import steps, values_at
from checkers.match import match
from checkers.quantity import is_quantity, parse_quantity
from checkers.schema import root
from checkers.subjects import ref_problems
from checkers.words import say
from checkers.world import Kind, LookError, Obj, World

Truth: TypeAlias = frozenset[str]
"""What is right: one value, or several."""


class Those(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """Objects: a kind, by labels and by a partial tree `where`; `namespace` `*` is all of them."""

    api_version: str
    kind: str
    selector: str = ""
    namespace: str | None = None
    where: Tree = msgspec.field(default_factory=dict)

    @property
    def of(self) -> Kind:
        """The kind alone."""
        return Kind(self.api_version, self.kind)

    def find(self, world: World) -> list[Obj]:
        """Return them, without those being deleted."""
        node = root(self.of)
        return [
            each
            for each in world.list(self.of, self.namespace, self.selector)
            if not each["metadata"].get("deletionTimestamp") and not match(self.where, each, node)
        ]


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is computed; exactly one of `object`, `count`, `name_of`, `names_of`, `sum` and `values_of`.

    - `object` and `path`: what stands there. Several values (`spec.containers[*].name`) are all wanted.
    - `count`: how many objects.
    - `name_of`: one of them; with `most` or `least` (a path to quantities, added up for each
      object) the one where the sum is the largest or smallest.
    - `names_of`: all of their names, in any order.
    - `sum` and `path`: the quantities of all objects together.
    - `values_of` and `path`: all different values of all objects, in any order.

    `transform` is a regular expression; its first group (or all of it) is what counts of each value.
    """

    object: ObjectRef | None = None
    count: Those | None = None
    name_of: Those | None = None
    names_of: Those | None = None
    sum: Those | None = None
    values_of: Those | None = None
    path: str = ""
    most: str = ""
    least: str = ""
    transform: str = ""

    @property
    def those(self) -> Those | None:
        """The objects of the question, unless it is about a single one."""
        return self.count or self.name_of or self.names_of or self.sum or self.values_of

    @property
    def many(self) -> bool:
        """All of the right values are wanted, not any one of them."""
        return self.name_of is None

    @property
    def of(self) -> Kind:
        """The kind that the question is about."""
        chosen = self.object or self.those
        if chosen is None:
            raise ValueError("a question without a kind")
        return chosen.of

    def problems(self) -> list[str]:
        """Return what is wrong with the question, for the author."""
        kinds = {
            "object": self.object,
            "count": self.count,
            "name_of": self.name_of,
            "names_of": self.names_of,
            "sum": self.sum,
            "values_of": self.values_of,
        }
        asked = [name for name, value in kinds.items() if value is not None]
        if len(asked) != 1:
            return [f"expect: exactly one of {', '.join(kinds)}"]
        found = ref_problems(self.object, "expect.object") if self.object else []
        if self.those is not None:
            found += expect_problems(self.those.of, self.those.where, f"expect.{asked[0]}.where")
        if bool(self.path) != (asked[0] in ("object", "sum", "values_of")):
            found.append(f"expect: {asked[0]} {'goes without' if self.path else 'needs'} a path")
        if (self.most or self.least) and (asked[0] != "name_of" or (self.most and self.least)):
            found.append("expect: one of most and least, together with name_of")
        return found + self._spelling()

    def _spelling(self) -> list[str]:
        found = []
        for path in filter(None, (self.path, self.most, self.least)):
            try:
                steps(path)
            except ValueError as error:
                found.append(f"expect: {error}")
        try:
            re.compile(self.transform)
        except re.error as error:
            found.append(f"expect.transform is not a regular expression: {error}")
        return found

    def compute(self, world: World) -> Truth:
        """Return the right values. Raises LookError when the cluster has none: the question makes no sense now."""
        truth = frozenset(value for each in self._values(world) if (value := self._transformed(text(each))))
        if not truth and not self.names_of:
            raise LookError(
                say("The cluster has no answer to this question at the moment."),
                say("Something that belongs to the exercise is missing; a reset makes it anew."),
            )
        return truth

    def _values(self, world: World) -> list[Any]:
        if self.object is not None:
            return _of_object(world, self.object, self.path)
        those = self.those
        found = those.find(world) if those else []
        if self.count is not None:
            return [len(found)]
        if self.sum is not None:
            return [sum((_amount(each, self.path) for each in found), Decimal(0))]
        if self.values_of is not None:
            return [value for each in found for value in values_at(each, self.path)]
        if path := self.most or self.least:
            amounts = [_amount(each, path) for each in found]
            wanted = (max if self.most else min)(amounts, default=Decimal(0))
            found = [each for each, amount in zip(found, amounts, strict=True) if amount == wanted]
        return [each["metadata"]["name"] for each in found]

    def _transformed(self, value: str) -> str:
        if not self.transform:
            return value
        hit = re.search(self.transform, value)
        return "" if hit is None else (hit[1] or "") if hit.re.groups else hit[0]


def _of_object(world: World, ref: ObjectRef, path: str) -> list[Any]:
    if ref.name:
        obj = world.get(ref.of, ref.name, ref.namespace)
        return values_at(obj, path) if obj else []
    found = world.list(ref.of, ref.namespace, ref.selector)
    return values_at(found[0], path) if found else []


def _amount(obj: Obj, path: str) -> Decimal:
    return sum((parse_quantity(value) for value in values_at(obj, path) if is_quantity(value)), Decimal(0))


def text(value: Any) -> str:
    """Return a value as a person would write it down."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if isinstance(value, dict | list) else str(value)
