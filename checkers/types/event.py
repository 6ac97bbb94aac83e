"""`event`: the cluster told something about an object, or never did."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Literal

import msgspec

from checkers.check import CheckType
from checkers.describe import value_text
from checkers.evidence import EVENT, event_text, event_time
from checkers.match import match
from checkers.operators import tree_problems
from checkers.result import Verdict
from checkers.spelling import did_you_mean
from checkers.words import say, say_n
from checkers.world import Kind, Obj, World

CLUSTER_EVENTS = "default"
"""Where events about cluster-scoped objects live."""
MANY = 1_000_000
"""More events than ever come: waiting makes sense while more of them would do."""


class About(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """What events are about: a kind, and one object by name, those with labels, or all."""

    kind: str
    api_version: str = ""
    name: str | None = None
    namespace: str | None = None
    selector: str = ""


class Told(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which events: about an object, with a reason, a type and words in the message."""

    object: About
    reason: str | list[str] | None = None
    type: Literal["Normal", "Warning"] | None = None
    message: str | dict[str, str] | None = None
    """A piece of the message, or `{$match: regex}`."""


class Expected(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How often the events are expected; the cluster counts repetitions of one event together."""

    count: int | dict[str, Any] = msgspec.field(default_factory=lambda: {"$gte": 1})


class EventCheck(CheckType, frozen=True, kw_only=True):
    """Something was told about an object, or never was.

    event: {object: {kind: Pod, selector: app=web}, reason: Unhealthy, message: "Readiness probe"}
    expect: {count: {$gte: 2}}        # at least once, when left out
    never: true                       # instead of expect
    """

    key: ClassVar[str] = "event"
    event: Told
    expect: Expected = Expected()
    never: bool = False

    def reads(self) -> frozenset[Kind]:
        """Events alone: they come after what they are about."""
        return frozenset({EVENT})

    def problems(self) -> list[str]:
        """Check the message, the number, and the object."""
        found = list(tree_problems(self.expect.count, "expect.count"))
        about, message = self.event.object, self.event.message
        if about.selector and (about.name or not about.api_version):
            found.append("event.object: with selector, write apiVersion and no name")
        if isinstance(message, dict):
            if list(message) != ["$match"]:
                found.append("event.message: a text that is contained, or {$match: regex}")
            else:
                found += tree_problems(message, "event.message")
        if self.never and self.expect != Expected():
            found.append("never and expect do not go together")
        return found

    def look(self, world: World) -> Verdict:
        """Count the events that fit."""
        about = self._about(world)
        fitting = [each for each in about if self._fits(each)]
        number = sum(_times(each) for each in fitting)
        found = self._found(fitting, number)
        if number == 0 if self.never else not match(self.expect.count, number):
            return Verdict(ok=True, found=found)
        shown = fitting or about
        return Verdict(
            ok=False,
            found=found,
            asked=self._asked(),
            near="" if fitting else self._near(about),
            evidence=event_text(max(shown, key=event_time)) if shown else "",
            look=self._look_command(world),
            healing=not self.never and not match(self.expect.count, max(number, MANY)),
        )

    def _about(self, world: World) -> list[Obj]:
        about = self.event.object
        names: set[str] | None = {about.name} if about.name else None
        if about.selector:
            kind = Kind(about.api_version, about.kind)
            names = {each["metadata"]["name"] for each in world.list(kind, about.namespace, about.selector)}
        # Nodes and other cluster-scoped objects have their events in one namespace of their own.
        spaces = [about.namespace or world.namespace] + ([] if about.namespace else [CLUSTER_EVENTS])
        return [
            each
            for space in dict.fromkeys(spaces)
            for each in world.list(EVENT, space)
            if _is_about(each, about, names, cluster=space != spaces[0])
        ]

    def _fits(self, event: Obj) -> bool:
        told, text = self.event, str(event.get("message") or "")
        reasons = [told.reason] if isinstance(told.reason, str) else told.reason
        if reasons is not None and event.get("reason") not in reasons:
            return False
        if told.type is not None and event.get("type") != told.type:
            return False
        if isinstance(told.message, dict):
            return re.search(told.message["$match"], text) is not None
        return told.message is None or told.message in text

    def _what(self) -> str:
        about, told = self.event.object, self.event
        which = about.name or about.selector
        reason = " / ".join(told.reason) if isinstance(told.reason, list) else told.reason
        parts = [about.kind, which, reason or told.type or "", f"“{value_text(told.message)}”" if told.message else ""]
        return " ".join(part for part in parts if part)

    def _found(self, fitting: list[Obj], number: int) -> str:
        if not fitting:
            return say("There is no event {what}.", what=self._what())
        return say_n(
            "The event {what} was seen {n} time.", "The event {what} was seen {n} times.", number, what=self._what()
        )

    def _asked(self) -> str:
        if self.never:
            return say("The event {what} never happens.", what=self._what())
        count = self.expect.count
        if count == {"$gte": 1}:
            return say("The event {what} happens.", what=self._what())
        return say("The event {what} is seen this often: {count}.", what=self._what(), count=value_text(count))

    def _near(self, about: list[Obj]) -> str:
        reasons = sorted({str(each.get("reason")) for each in about})
        wanted = self.event.reason if isinstance(self.event.reason, str) else ""
        if not reasons:
            return say(
                "There are no events about {kind} {name} at all.",
                kind=self.event.object.kind,
                name=self.event.object.name or "",
            )
        if close := did_you_mean(wanted, reasons):
            return say("There is an event with the reason {reason}.", reason=close)
        return say("Events about it have the reasons {reasons}.", reasons=", ".join(reasons[:6]))

    def _look_command(self, world: World) -> str:
        about = self.event.object
        flag = f" -n {about.namespace}" if about.namespace not in (None, world.namespace) else ""
        if about.name:
            return f"kubectl events --for {about.kind.lower()}/{about.name}{flag}"
        return f"kubectl get events --field-selector involvedObject.kind={about.kind}{flag}"


def _is_about(event: Obj, about: About, names: set[str] | None, *, cluster: bool) -> bool:
    target = event.get("involvedObject") or {}
    if target.get("kind") != about.kind or (cluster and target.get("namespace")):
        return False
    return names is None or target.get("name") in names


def _times(event: Obj) -> int:
    times = (event.get("series") or {}).get("count") or event.get("count") or 1
    return int(times)
