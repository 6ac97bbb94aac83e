"""`absent`: there is no such object."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from checkers.causes import deletion_cause
from checkers.check import CheckType, ObjectRef, Tree
from checkers.expecting import expect_problems
from checkers.match import match
from checkers.motion import MADE_BY_CONTROLLERS, busy
from checkers.result import Verdict
from checkers.schema import root
from checkers.subjects import get_command, spoken, watched, which
from checkers.words import say, say_n
from checkers.world import Kind, Obj, World


class AbsentCheck(CheckType, frozen=True, kw_only=True):
    """There is no object of this name, or none with these labels, or none of the kind.

        absent: {apiVersion: v1, kind: Pod, selector: app=old}
        matching: {status: {phase: Failed}}

    With `matching`, only objects that match the tree count. Objects on their way out are waited for.
    """

    key: ClassVar[str] = "absent"
    absent: ObjectRef
    matching: Tree = msgspec.field(default_factory=dict)

    def reads(self) -> frozenset[Kind]:
        """The kind alone, and for workloads what belongs to them."""
        return watched(self.absent.of)

    def problems(self) -> list[str]:
        """Check the reference and the tree."""
        both = ["absent: by name or by selector, not both"] if self.absent.name and self.absent.selector else []
        return both + expect_problems(self.absent.of, self.matching, "matching")

    def look(self, world: World) -> Verdict:
        """Look for the objects that should not be there."""
        ref = self.absent
        if ref.name:
            obj = world.get(ref.of, ref.name, ref.namespace)
            objects = [obj] if obj else []
        else:
            objects = world.list(ref.of, ref.namespace, ref.selector)
        node = root(ref.of)
        there = [each for each in objects if not match(self.matching, each, node)]
        if not there:
            return Verdict(ok=True, found=say("There is no {which}.", which=which(world, ref)))
        return self._still_there(world, there)

    def _still_there(self, world: World, there: list[Obj]) -> Verdict:
        leaving = [each for each in there if each["metadata"].get("deletionTimestamp")]
        why = next((each for obj in leaving if (each := deletion_cause(world, obj))), None)
        first = (there if len(leaving) == len(there) else [each for each in there if each not in leaving])[0]
        space = first["metadata"].get("namespace") or world.namespace
        if why is not None:
            found = why.sentence
        elif len(leaving) == len(there):
            found = say_n(
                "{object} is being deleted.", "{object} and {more} more are being deleted.",
                len(there), object=spoken(first), more=len(there) - 1,
            )  # fmt: skip
        else:
            found = say_n(
                "{object} is still there.", "{object} and {more} more are still there.",
                len(there), object=spoken(first), more=len(there) - 1,
            )  # fmt: skip
        return Verdict(
            ok=False,
            found=found,
            asked=say("There is no {which}.", which=which(world, self.absent)),
            look=why.look if why else get_command(world, self.absent, self.absent.name or ""),
            healing=len(leaving) == len(there) or (first["kind"] in MADE_BY_CONTROLLERS and busy(world, space)),
        )
