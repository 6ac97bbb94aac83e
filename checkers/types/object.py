"""`object`: an object is there and looks as expected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import msgspec

from checkers.causes import cause
from checkers.check import CheckType, ObjectRef, Tree
from checkers.describe import asked, found, ranked
from checkers.expecting import expect_problems
from checkers.match import Difference, match
from checkers.motion import MADE_BY_CONTROLLERS, busy, moving
from checkers.near import near_field, near_labels, near_object
from checkers.result import Verdict
from checkers.schema import root
from checkers.subjects import describe_command, get_command, ref_problems, spoken, watched, which
from checkers.words import say
from checkers.world import Kind, LookError, Obj, World


class ObjectCheck(CheckType, frozen=True, kw_only=True):
    """An object is there and matches a partial tree.

        object: {apiVersion: apps/v1, kind: Deployment, name: web}
        expect: {spec: {replicas: 3}, status: {readyReplicas: 3}}

    With `selector` instead of `name`, one object that matches is enough; else the one
    that comes nearest is told. Without `expect` the object just has to be there.
    What differs in `status` is waited for, unless its cause cannot heal.
    """

    key: ClassVar[str] = "object"
    object: ObjectRef
    expect: Tree = msgspec.field(default_factory=dict)

    def reads(self) -> frozenset[Kind]:
        """The object's kind, and for workloads what shows why they are not ready."""
        return watched(self.object.of)

    def problems(self) -> list[str]:
        """Check the reference and the tree."""
        return ref_problems(self.object, self.key) + expect_problems(self.object.of, self.expect)

    def look(self, world: World) -> Verdict:
        """Find the object that fits best and say how it differs."""
        objects = self._objects(world)
        here = [each for each in objects if not each["metadata"].get("deletionTimestamp")]
        if not here:
            return self._leaving(world, objects[0]) if objects else self._missing(world)
        node = root(self.object.of)
        options = [_Option(each, match(self.expect, each, node)) for each in here]
        best = min(options, key=lambda option: len(option.differences))
        return self._differs(world, best) if best.differences else Verdict(ok=True, found=self._right(best.obj))

    def _objects(self, world: World) -> list[Obj]:
        ref = self.object
        if ref.name:
            obj = world.get(ref.of, ref.name, ref.namespace)
            return [obj] if obj else []
        return world.list(ref.of, ref.namespace, ref.selector)

    def _right(self, obj: Obj) -> str:
        if self.expect:
            return say("{object} is as asked.", object=spoken(obj))
        return say("{object} is there.", object=spoken(obj))

    def _differs(self, world: World, option: _Option) -> Verdict:
        obj, first = option.obj, ranked(option.differences)[0]
        waits = all(each.path[:1] == ("status",) for each in option.differences)
        why = cause(world, obj) if waits else None
        if waits:
            healing = moving(obj) and not (why and why.terminal)
        else:
            healing = obj.get("kind") in MADE_BY_CONTROLLERS and busy(world, obj["metadata"].get("namespace") or "")
        name = obj["metadata"]["name"]
        show = describe_command(world, self.object, name) if waits else get_command(world, self.object, name, yaml=True)
        texts = [found(option.differences, spoken(obj)), why.sentence if why else ""]
        return Verdict(
            ok=False,
            found=" ".join(text for text in texts if text),
            asked=asked(option.differences, spoken(obj)),
            near=next((text for each in ranked(option.differences) if (text := near_field(each, obj))), ""),
            evidence=why.evidence if why else "",
            look=why.look if why else show,
            path=first.where,
            healing=healing,
        )

    def _leaving(self, world: World, obj: Obj) -> Verdict:
        why = cause(world, obj)
        return Verdict(
            ok=False,
            found=why.sentence if why else say("{object} is being deleted.", object=spoken(obj)),
            asked=say("{which} exists.", which=which(world, self.object)),
            look=get_command(world, self.object),
            healing=True,
        )

    def _missing(self, world: World) -> Verdict:
        ref, expected = self.object, say("{which} exists.", which=which(world, self.object))
        try:
            world.namespaced(ref.of)
        except LookError as unknown:
            return Verdict(ok=False, found=str(unknown), asked=expected, look="kubectl api-resources")
        return Verdict(
            ok=False,
            found=say("There is no {which}.", which=which(world, ref)),
            asked=expected,
            near=near_object(world, ref) if ref.name else near_labels(world, ref),
            look=get_command(world, ref),
            healing=ref.kind in MADE_BY_CONTROLLERS and busy(world, ref.namespace or world.namespace),
        )


@dataclass(frozen=True)
class _Option:
    obj: Obj
    differences: list[Difference]
