"""`rollout`: how far a workload's newest revision has come, and which revisions are kept."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import msgspec

from checkers.causes import READS, cause
from checkers.check import CheckType, ObjectRef
from checkers.describe import asked_one, found_one
from checkers.match import Difference, match
from checkers.motion import moving, unobserved
from checkers.near import near_object
from checkers.operators import tree_problems
from checkers.result import Verdict
from checkers.rollouts import history, images, progress, revision, strategy
from checkers.subjects import get_command, watched, which
from checkers.words import say
from checkers.world import Kind, Obj, World


class Workload(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A workload with revisions."""

    name: str
    kind: Literal["Deployment", "StatefulSet", "DaemonSet"] = "Deployment"
    namespace: str | None = None

    @property
    def ref(self) -> ObjectRef:
        """The same as a reference."""
        return ObjectRef(api_version="apps/v1", kind=self.kind, name=self.name, namespace=self.namespace)


class Expected(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is expected of a rollout; what is left out does not matter."""

    complete: bool | None = None
    """As `kubectl rollout status` sees it: all Pods are of the newest revision and available."""
    paused: bool | None = None
    revision: int | dict[str, Any] | None = None
    """The number of the newest revision, as in `kubectl rollout history`."""
    strategy: str | dict[str, Any] | None = None
    """`Recreate`, or a partial tree of `spec.strategy` (`spec.updateStrategy`)."""
    history: list[Any] | dict[str, Any] | None = None
    """Kept revisions: a list of `{revision, images: {container: image}, cause}`, partial and in any order."""
    image: dict[str, Any] | None = None
    """Images of the template, by container."""

    def tree(self) -> dict[str, Any]:
        """Return what was given, as one tree."""
        given = {name: getattr(self, name) for name in self.__struct_fields__}
        if isinstance(self.strategy, str):
            given["strategy"] = {"type": self.strategy}
        return {name: value for name, value in given.items() if value is not None}


class RolloutCheck(CheckType, frozen=True, kw_only=True):
    """A Deployment's, StatefulSet's or DaemonSet's rollout, its strategy and its history.

    rollout: {name: web}                     # kind: Deployment unless said otherwise
    expect: {complete: true, revision: {$gte: 3}, history: {$length: {$gte: 2}}}
    """

    key: ClassVar[str] = "rollout"
    rollout: Workload
    expect: Expected

    def reads(self) -> frozenset[Kind]:
        """The workload, its revisions and its Pods."""
        history_ = {each for each in READS if each.kind == "ControllerRevision"}
        return watched(self.rollout.ref.of) | history_

    def problems(self) -> list[str]:
        """Check the tree."""
        return list(tree_problems(self.expect.tree())) + ([] if self.expect.tree() else ["expect: nothing is expected"])

    def look(self, world: World) -> Verdict:
        """Compare the rollout with what is expected of it."""
        ref = self.rollout.ref
        obj = world.get(ref.of, self.rollout.name, ref.namespace)
        if obj is None:
            return Verdict(
                ok=False,
                found=say("There is no {which}.", which=which(world, ref)),
                asked=say("{which} exists.", which=which(world, ref)),
                near=near_object(world, ref),
                look=get_command(world, ref),
            )
        complete, sentence = progress(obj)
        facts = {
            "complete": complete,
            "paused": bool((obj.get("spec") or {}).get("paused")),
            "revision": revision(world, obj),
            "strategy": strategy(obj),
            "history": history(world, obj),
            "image": images((obj.get("spec") or {}).get("template") or {}),
        }
        differences = match(self.expect.tree(), facts)
        if not differences:
            return Verdict(ok=True, found=sentence if self.expect.complete is not None else self._right(world))
        return self._differs(world, obj, differences, sentence)

    def _right(self, world: World) -> str:
        return say("The rollout of {which} is as asked.", which=which(world, self.rollout.ref))

    def _differs(self, world: World, obj: Obj, differences: list[Difference], sentence: str) -> Verdict:
        first = differences[0]
        only_complete = all(each.path[:1] == ("complete",) for each in differences)
        why = cause(world, obj) if self.expect.complete and only_complete else None
        subject = say("the rollout of {which}", which=which(world, self.rollout.ref))
        found = [sentence if each.path == ("complete",) else found_one(each, subject) for each in differences[:3]]
        asked = [
            self._asked_complete(world) if each.path == ("complete",) else asked_one(each, subject)
            for each in differences[:3]
        ]
        flag = f" -n {self.rollout.namespace}" if self.rollout.namespace not in (None, world.namespace) else ""
        verb = "status" if only_complete else "history"
        terminal = why is not None and why.terminal
        return Verdict(
            ok=False,
            found=" ".join([*found, *([why.sentence] if why else [])]),
            asked=" ".join(asked),
            evidence=why.evidence if why else "",
            look=why.look if why else f"kubectl rollout {verb} {self.rollout.kind.lower()}/{self.rollout.name}{flag}",
            path=first.where,
            healing=unobserved(obj) or (only_complete and bool(self.expect.complete) and moving(obj) and not terminal),
        )

    def _asked_complete(self, world: World) -> str:
        name = which(world, self.rollout.ref)
        if self.expect.complete:
            return say("The rollout of {which} is complete.", which=name)
        return say("The rollout of {which} is not complete.", which=name)
