"""`count`: so many objects are there, of a kind, with these labels, matching a tree."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from checkers.causes import cause
from checkers.check import CheckType, ObjectRef, Tree
from checkers.describe import found_one, ranked, value_text
from checkers.expecting import expect_problems
from checkers.match import Difference, match
from checkers.motion import MADE_BY_CONTROLLERS, busy
from checkers.near import near_labels
from checkers.operators import tree_problems
from checkers.result import Verdict
from checkers.schema import root
from checkers.subjects import get_command, spoken, watched, which
from checkers.words import say, say_n
from checkers.world import Kind, Obj, World

_LIMITS = {
    "$gte": ("At least {n} object ({which}).", "At least {n} objects ({which})."),
    "$gt": ("More than {n} object ({which}).", "More than {n} objects ({which})."),
    "$lte": ("At most {n} object ({which}).", "At most {n} objects ({which})."),
    "$lt": ("Fewer than {n} object ({which}).", "Fewer than {n} objects ({which})."),
}


class Counted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """What is counted: a kind, by labels, in a namespace (`*` is all of them)."""

    api_version: str
    kind: str
    selector: str = ""
    namespace: str | None = None

    @property
    def ref(self) -> ObjectRef:
        """The same as a reference."""
        return ObjectRef(api_version=self.api_version, kind=self.kind, selector=self.selector, namespace=self.namespace)


class CountCheck(CheckType, frozen=True, kw_only=True):
    """So many objects are there. Those being deleted do not count.

    count: {apiVersion: v1, kind: Pod, selector: app=web}
    matching: {status: {phase: Running}}
    expect: 3            # or {$gte: 2}
    """

    key: ClassVar[str] = "count"
    count: Counted
    expect: int | dict[str, Any]
    matching: Tree = msgspec.field(default_factory=dict)

    def reads(self) -> frozenset[Kind]:
        """The kind that is counted, and for workloads what belongs to them."""
        return watched(self.count.ref.of)

    def problems(self) -> list[str]:
        """Check the tree and the number."""
        return expect_problems(self.count.ref.of, self.matching, "matching") + list(tree_problems(self.expect))

    def look(self, world: World) -> Verdict:
        """Count, and tell the nearest object that does not match."""
        ref = self.count.ref
        objects = [
            each
            for each in world.list(ref.of, ref.namespace, ref.selector)
            if not each["metadata"].get("deletionTimestamp")
        ]
        node = root(ref.of)
        pairs = [(match(self.matching, each, node), each) for each in objects]
        number = sum(not differences for differences, _ in pairs)
        found = self._found(world, [each for differences, each in pairs if not differences])
        if not match(self.expect, number):
            return Verdict(ok=True, found=found)
        others = sorted((pair for pair in pairs if pair[0]), key=lambda pair: len(pair[0]))
        why = next((each for _, obj in others if (each := cause(world, obj))), None)
        space = ref.namespace or world.namespace
        made = ref.kind in MADE_BY_CONTROLLERS
        moving = any(busy(world, each) for each in (world.namespaces if space == "*" else (space,)))
        return Verdict(
            ok=False,
            found=found,
            asked=self._asked(world),
            near=self._near(world, others, number),
            evidence=(why.evidence or why.sentence) if why else "",
            look=why.look if why else get_command(world, ref),
            path=str(ranked(others[0][0])[0].where) if others else "",
            healing=made and moving and not (why is not None and why.terminal),
        )

    def _found(self, world: World, matching: list[Obj]) -> str:
        at = {"which": which(world, self.count.ref)}
        names = ", ".join(each["metadata"]["name"] for each in matching[:3]) + (", …" if len(matching) > 3 else "")
        if not matching and self.matching:
            return say("No {which} matches.", **at)
        if not matching:
            return say("There is no {which}.", **at)
        if self.matching:
            one, many = "{n} object matches ({which}): {names}.", "{n} objects match ({which}): {names}."
        else:
            one, many = "{n} object is there ({which}): {names}.", "{n} objects are there ({which}): {names}."
        return say_n(one, many, len(matching), names=names, **at)

    def _asked(self, world: World) -> str:
        which_ = which(world, self.count.ref)
        if isinstance(self.expect, int):
            if self.expect == 0:
                return (
                    say("None matches ({which}).", which=which_)
                    if self.matching
                    else say("There is no {which}.", which=which_)
                )
            return say_n("{n} object ({which}).", "{n} objects ({which}).", self.expect, which=which_)
        limit = next(iter(self.expect.items()), ("", 0))
        one, many = _LIMITS.get(limit[0], ("{expected} ({which}).", "{expected} ({which})."))
        number = limit[1] if isinstance(limit[1], int) else 2
        return say_n(one, many, number, which=which_, expected=value_text(self.expect))

    def _near(self, world: World, others: list[tuple[list[Difference], Obj]], number: int) -> str:
        if not others:
            return near_labels(world, self.count.ref) if not number and self.count.selector else ""
        differences, obj = others[0]
        sentence = found_one(ranked(differences)[0], spoken(obj))
        if len(others) > 1:
            rest = say_n("{n} other does not match either.", "{n} others do not match either.", len(others) - 1)
            return f"{sentence} {rest}"
        return sentence
