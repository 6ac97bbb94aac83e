"""Near misses: what the learner probably meant, and where it went instead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from checkers.check import ObjectRef
from checkers.describe import value_text
from checkers.match import ABSENT, Clash, Difference, Item, Path, leaves, match, path_text
from checkers.operators import is_operator
from checkers.pods import labels_text
from checkers.quantity import is_quantity
from checkers.spelling import did_you_mean, folded, one_edit
from checkers.words import say, say_n
from checkers.world import Kind, LookError, Obj, World

MOST = 5000
"""Fields of one object that are searched for a misplaced value."""
_SKIPPED = frozenset({"status", "managedFields", "ownerReferences"})
_NEIGHBOURS = (
    ("Deployment", "StatefulSet", "DaemonSet", "Pod", "Job", "ReplicaSet", "CronJob"),
    ("Role", "ClusterRole"),
    ("RoleBinding", "ClusterRoleBinding"),
    ("ConfigMap", "Secret"),
    ("Service", "Ingress"),
    ("PersistentVolumeClaim", "PersistentVolume"),
)
_VERSIONS = {
    "apps/v1": ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"),
    "batch/v1": ("Job", "CronJob"),
    "rbac.authorization.k8s.io/v1": ("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"),
    "networking.k8s.io/v1": ("Ingress",),
}


def near_field(difference: Difference, obj: Obj) -> str:
    """Return the near miss behind one difference in `obj`, as a sentence; "" when there is none."""
    if difference.path[:1] == ("status",):
        return ""
    if difference.clash is Clash.VALUE:
        sentence = _near_value(difference)
        if sentence:
            return sentence
    if difference.clash is Clash.MISSING:
        sentence = _near_key(difference, obj)
        if sentence:
            return sentence
    if difference.clash is Clash.ITEM:
        return _near_item(difference)
    if difference.clash in (Clash.MISSING, Clash.VALUE):
        return _elsewhere(difference, obj)
    return ""


def near_object(world: World, ref: ObjectRef) -> str:
    """Return where an object like the missing one is: in another namespace, under a similar name, of another kind."""
    name, where = ref.name or "", ref.namespace or world.namespace
    here = sorted(each["metadata"]["name"] for each in world.list(ref.of, ref.namespace))
    at = {"kind": ref.kind, "name": name}
    if _namespaced(world, ref.of):
        others = [space for space in world.namespaces if space != where and world.get(ref.of, name, space)]
        if others:
            return say("There is a {kind} {name} in namespace {other}.", other=others[0], **at)
    close = did_you_mean(name, here)
    if close:
        rest = len(here) - 1
        if rest:
            return say_n(
                "There is a {kind} called {close}, and {n} other.",
                "There is a {kind} called {close}, and {n} others.",
                rest,
                close=close,
                kind=ref.kind,
            )
        return say("There is a {kind} called {close}.", kind=ref.kind, close=close)
    far = [each for each in world.list(ref.of, "*") if each["metadata"]["name"] == name]
    if far:
        return say(
            "There is a {kind} {name} in namespace {other}.", other=far[0]["metadata"].get("namespace", ""), **at
        )
    if other := _other_kind(world, ref):
        return say("There is a {other} called {name}.", other=other, name=name)
    if not here:
        return ""
    return say_n(
        "There is {n} {kind} here: {names}.",
        "There are {n} objects of the kind {kind} here: {names}.",
        len(here),
        kind=ref.kind,
        names=", ".join(here[:3]) + (", …" if len(here) > 3 else ""),
    )


def near_labels(world: World, ref: ObjectRef) -> str:
    """Return which labels the objects of this kind carry instead, the nearest first."""
    objects = world.list(ref.of, ref.namespace)
    if not objects:
        return ""
    wanted = set(ref.selector.replace(" ", "").split(","))

    def distance(obj: Obj) -> tuple[int, int]:
        carried = {f"{key}={value}" for key, value in (obj["metadata"].get("labels") or {}).items()}
        close = sum(any(one_edit(each, other) or folded(each) == folded(other) for other in carried) for each in wanted)
        return (-len(wanted & carried), -close)

    texts = [labels_text(each["metadata"].get("labels") or {}) for each in sorted(objects, key=distance)]
    carried = list(dict.fromkeys(text or say("no labels") for text in texts))
    rest = len(carried) - 2
    if rest > 0:
        return say_n(
            "{kind} objects here carry {labels}; {n} other set of labels is there.",
            "{kind} objects here carry {labels}; {n} other sets of labels are there.",
            rest,
            kind=ref.kind,
            labels="; ".join(carried[:2]),
        )
    return say("{kind} objects here carry {labels}.", kind=ref.kind, labels="; ".join(carried))


def _near_value(difference: Difference) -> str:
    expected, actual = difference.expected, difference.actual
    if not isinstance(expected, str) or not isinstance(actual, str) or not difference.path:
        return ""
    at = {"expected": value_text(expected, actual), "actual": value_text(actual, expected)}
    if expected.strip() == actual.strip():
        return say("It differs from what was asked in white space only.")
    if expected.lower() == actual.lower() and not is_quantity(expected):
        return say("{actual} and {expected} differ in upper and lower case only.", **at)
    if is_quantity(expected) and is_quantity(actual):
        same_number = re.sub(r"\D+$", "", expected) == re.sub(r"\D+$", "", actual)
        return say("{actual} and {expected} differ in their unit.", **at) if same_number else ""
    # Digits are versions and ports: one digit off is seldom a slip of the finger.
    if one_edit(re.sub(r"\d", "", expected), re.sub(r"\d", "", actual)) and one_edit(expected, actual):
        return say("{actual} is one letter away from {expected}.", **at)
    return ""


def _near_key(difference: Difference, obj: Obj) -> str:
    """A sibling key that is spelled nearly alike: `colour` for `color`."""
    key = difference.path[-1] if difference.path else ""
    parent = _at(obj, difference.path[:-1])
    if not isinstance(parent, dict) or not isinstance(key, str):
        return ""
    close = next((each for each in parent if folded(each) == folded(key) or one_edit(each, key)), "")
    if not close or close == key:
        return ""
    path = path_text((*difference.path[:-1], close))
    return say("{path} is set, to {value}.", path=path, value=value_text(parent[close]))


def _near_item(difference: Difference) -> str:
    """A list item whose name is nearly the one that was asked for."""
    wanted, actual = difference.expected, difference.actual
    if not isinstance(actual, list):
        return ""
    if isinstance(wanted, dict) and isinstance(wanted.get("name"), str):
        names = [str(each["name"]) for each in actual if isinstance(each, dict) and each.get("name")]
        if close := did_you_mean(wanted["name"], names):
            return say("{path} has {close}, not {name}.", path=difference.where, close=close, name=wanted["name"])
    if isinstance(wanted, str) and (close := did_you_mean(wanted, [each for each in actual if isinstance(each, str)])):
        return say("{path} has {close}, not {name}.", path=difference.where, close=close, name=wanted)
    return ""


def _elsewhere(difference: Difference, obj: Obj) -> str:
    """The same value under another path: one level too high, under `requests` for `limits`."""
    expected = difference.expected
    if is_operator(expected) or expected in ({}, [], None, "", 0, 1, True, False):
        return ""
    last = difference.path[-1] if difference.path else ""
    found: list[Path] = []
    for number, (path, value) in enumerate(_walk(obj, ())):
        if number > MOST:
            break
        beside = isinstance(expected, dict) and path[:-1] == difference.path[:-1]
        alike = path[-1] == last or leaves(expected) > 1 or beside
        if path != difference.path and alike and value is not ABSENT and not match(expected, value):
            found.append(path)
    if not found:
        return ""
    best = max(found, key=lambda path: _common(path, difference.path))
    at = {"other": path_text(best), "path": difference.where}
    if len(found) > 1:
        return say_n(
            "What was asked stands at {other} (and {n} other place), not at {path}.",
            "What was asked stands at {other} (and {n} other places), not at {path}.",
            len(found) - 1,
            **at,
        )
    return say("What was asked stands at {other}, not at {path}.", **at)


def _common(left: Path, right: Path) -> int:
    return sum(a == b for a, b in zip(left, right, strict=False))


def _walk(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    pending: list[tuple[Path, Any]] = [(path, value)]
    while pending:
        path, value = pending.pop()
        if path:
            yield path, value
        if isinstance(value, dict):
            below = [(key, each) for key, each in value.items() if key not in _SKIPPED]
            pending += [((*path, str(key)), each) for key, each in reversed(below)]
        elif isinstance(value, list):
            steps = [each.get("name") if isinstance(each, dict) else None for each in value]
            pending += [((*path, Item(str(steps[i] or i))), value[i]) for i in reversed(range(len(value)))]


def _at(obj: Any, path: Path) -> Any:
    for step in path:
        if isinstance(step, Item):
            items = list(enumerate(obj)) if isinstance(obj, list) else []
            obj = next((e for i, e in items if str(i) == step.name or _named(e, step.name)), None)
        else:
            obj = obj.get(step) if isinstance(obj, dict) else None
    return obj


def _named(item: Any, name: str) -> bool:
    return isinstance(item, dict) and any(str(value) == name for value in item.values() if isinstance(value, str | int))


def _namespaced(world: World, kind: Kind) -> bool:
    try:
        return world.namespaced(kind)
    except LookError:
        return True  # a custom kind that is not there yet


def _other_kind(world: World, ref: ObjectRef) -> str:
    for group in _NEIGHBOURS:
        for kind in group if ref.kind in group else ():
            version = next((version for version, kinds in _VERSIONS.items() if kind in kinds), "v1")
            if kind != ref.kind and world.get(Kind(version, kind), ref.name or "", ref.namespace) is not None:
                return kind
    return ""
