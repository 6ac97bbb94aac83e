"""`answer`: what the learner wrote down, against what the cluster says at this moment."""

from __future__ import annotations

import re
from typing import ClassVar

import msgspec

from checkers import texts
from checkers.check import CheckType
from checkers.computing import Question
from checkers.quantity import is_quantity, parse_quantity
from checkers.result import Verdict
from checkers.spelling import did_you_mean, one_edit
from checkers.words import say
from checkers.world import Kind, Obj, World

CONFIG_MAP = Kind("v1", "ConfigMap")
NAME = "answers"
"""The ConfigMap for answers, in the exercise's own namespace."""
LONG_ENOUGH = 4
"""Letters from which one wrong letter is a slip, not another answer."""
_PREFIX = re.compile(r"^[a-z][a-z0-9.]*/(?=[^/]+$)")
_BETWEEN = re.compile(r"[\s,;]+")


class Written(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which answer: the key in the ConfigMap `answers`."""

    key: str


class AnswerCheck(CheckType, frozen=True, kw_only=True):
    """The learner's answer to a question, computed from the cluster, never stored in the exercise.

        answer: {key: leader}
        expect:
          object: {apiVersion: coordination.k8s.io/v1, kind: Lease, name: kube-scheduler, namespace: kube-system}
          path: spec.holderIdentity
          transform: "^(.*)_"

    The learner writes `kubectl create configmap answers --from-literal=leader=…`. Upper and lower
    case, white space, quotes and `pod/` before a name are overlooked; quantities count by value;
    several answers stand in any order, with spaces, commas or lines between them.
    See `checkers.computing.Question` for what can be asked.
    """

    key: ClassVar[str] = "answer"
    answer: Written
    expect: Question

    def reads(self) -> frozenset[Kind]:
        """The ConfigMap, and what the answer is computed from."""
        return frozenset({CONFIG_MAP, self.expect.of})

    def problems(self) -> list[str]:
        """Check the question."""
        return self.expect.problems()

    def look(self, world: World) -> Verdict:
        """Read the answer, compute the right one, compare. No text ever holds the computed one."""
        notes = world.get(CONFIG_MAP, NAME)
        if notes is None:
            return self._no_notes(world)
        data = notes.get("data") or {}
        written = str(data.get(self.answer.key) or "")
        if not plain(written):
            return self._no_answer(notes)
        right = {plain(each) for each in self.expect.compute(world)}
        given = _given(written, right, many=self.expect.many)
        if _same(given, right) if self.expect.many else len(given) == 1 and _among(next(iter(given)), right):
            return Verdict(ok=True, found=self._read(written), asked=self._asked())
        return Verdict(
            ok=False,
            found=self._wrong(written, right),
            asked=self._asked(),
            near=self._near(given, right),
            look=self._look(world),
            path=f"data.{self.answer.key}",
        )

    def _asked(self) -> str:
        return say("The right answer stands under the key {key} of ConfigMap {name}.", key=self.answer.key, name=NAME)

    def _read(self, written: str) -> str:
        return say("Your answer is right: {answer}", answer=texts.shown(written))

    def _look(self, world: World) -> str:
        """Return a look at the kind in question, which says nothing about which field or object."""
        chosen = self.expect.object or self.expect.those
        space = chosen.namespace if chosen else None
        flag = " -A" if space == "*" else "" if space in (None, world.namespace) else f" -n {space}"
        return f"kubectl get {world.plural(self.expect.of)}{flag}"

    def _wrong(self, written: str, right: set[str]) -> str:
        # An echo of the learner's own words must not tell that the right ones are among them.
        if any(each in plain(written) or plain(written) in each for each in right):
            return say("Your answer under {key} is not right yet.", key=self.answer.key)
        return say(
            "Your answer under {key}, “{answer}”, is not right.", key=self.answer.key, answer=texts.shown(written)
        )

    def _near(self, given: set[str], right: set[str]) -> str:
        wrong = sorted(each for each in given if not _among(each, right))
        if len(right) == 1 and len(given) == 1:
            return _near_one(next(iter(given)), next(iter(right)))
        if self.expect.many and len(right) > 1 and len(wrong) < len(given):
            if not wrong:
                return say("What you wrote is right, but something is missing.")
            if all(_among(each, given) for each in right):
                return say("Nothing is missing, but there is too much: {wrong}.", wrong=", ".join(wrong))
            return say("Part of it is right. This does not belong there: {wrong}.", wrong=", ".join(wrong))
        slips = [each for each in wrong if any(_slip(each, other) for other in right)]
        return say("One letter is off in {answer}.", answer=", ".join(slips)) if slips else ""

    def _no_notes(self, world: World) -> Verdict:
        near = ""
        if close := did_you_mean(NAME, [each["metadata"]["name"] for each in world.list(CONFIG_MAP)]):
            near = say("There is a ConfigMap called {close}.", close=close)
        elif spaces := [each for each in (*world.namespaces, "default") if self._has(world, each)]:
            near = say("There is a ConfigMap {name} in namespace {other}.", name=NAME, other=spaces[0])
        return Verdict(
            ok=False,
            found=say("There is no ConfigMap {name} in namespace {space}.", name=NAME, space=world.namespace),
            asked=self._asked(),
            near=near,
            look="kubectl get configmaps",
        )

    def _has(self, world: World, namespace: str) -> bool:
        return namespace != world.namespace and world.get(CONFIG_MAP, NAME, namespace) is not None

    def _no_answer(self, notes: Obj) -> Verdict:
        keys = [*(notes.get("data") or {}), *(notes.get("binaryData") or {})]
        key = self.answer.key
        if key in keys:
            found, near = say("The key {key} of ConfigMap {name} is empty.", key=key, name=NAME), ""
        else:
            found = say("ConfigMap {name} has no key {key}.", name=NAME, key=key)
            close = did_you_mean(key, keys)
            near = say("It has a key {close}.", close=close) if close else ""
            if not close and keys:
                near = say("Its keys: {keys}.", keys=", ".join(sorted(keys)[:8]))
        return Verdict(
            ok=False,
            found=found,
            asked=self._asked(),
            near=near,
            look=f"kubectl get configmap {NAME} -o yaml",
            path=f"data.{key}",
        )


def plain(answer: str) -> str:
    """Return `answer` without what people add: case, white space, quotes, `pod/` before a name."""
    text = " ".join(answer.split()).strip("\"'`“”.,; ")
    # The case of a quantity is its unit: 1m and 1M.
    return text if is_quantity(text) else _PREFIX.sub("", text.casefold())


def _given(written: str, right: set[str], *, many: bool) -> set[str]:
    """Return the answers in a text: one, or with several right ones those between spaces and commas."""
    if many and len(right) != 1:
        return {plain(each) for each in _BETWEEN.split(written) if plain(each)}
    return {plain(written)}


def _equal(left: str, right: str) -> bool:
    if left == right:
        return True
    return is_quantity(left) and is_quantity(right) and parse_quantity(left) == parse_quantity(right)


def _among(answer: str, right: set[str]) -> bool:
    return any(_equal(answer, each) for each in right)


def _same(given: set[str], right: set[str]) -> bool:
    return all(_among(each, right) for each in given) and all(_among(each, given) for each in right)


def _slip(answer: str, right: str) -> bool:
    return min(len(answer), len(right)) >= LONG_ENOUGH and not is_quantity(right) and one_edit(answer, right)


def _near_one(answer: str, right: str) -> str:
    if _slip(answer, right):
        return say("It is one letter away from being right.")
    if len(right) >= LONG_ENOUGH and right in answer:
        return say("You wrote more than was asked for.")
    if len(answer) >= LONG_ENOUGH and answer in right:
        return say("You wrote only a part of it.")
    return ""
