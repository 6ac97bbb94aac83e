"""One exercise from its folder."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from checkers.check import Check, ObjectRef, Tree
from checkers.parse import parse_check, parse_duration
from checkers.shape import ShapeProblem, fit
from checkers.spelling import did_you_mean
from checkers.words import language
from tutor.course.model import (
    ClusterObject,
    Exercise,
    Level,
    Needs,
    NodeAction,
    SetupStep,
    TopologyName,
    WaitAction,
)
from tutor.course.source import CourseError, Problem, Source, read_yaml

NAMESPACE = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
"""https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names"""
TAKEN = re.compile(r"default|kube-.*|kubetutor.*|local-path-storage")
"""Namespaces of the cluster's own, and of the tutor's."""
TAINT = re.compile(r"[\w./-]+(=[\w.-]*)?:(NoSchedule|PreferNoSchedule|NoExecute)")
"""https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/"""


class _Wait(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    object: ObjectRef
    expect: Tree
    within: str = "90s"


class _Node(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    role: Literal["control-plane", "worker"]
    index: Annotated[int, msgspec.Meta(ge=0)] = 0
    labels: dict[str, str] = {}
    taints: list[str] = []
    run: list[str] = []
    undo: list[str] = []


class _Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    apply: str = ""
    kubectl: list[str] = []
    wait: _Wait | None = None
    node: _Node | None = None


class _ClusterObject(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    api_version: str
    kind: str
    name: str


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of `exercise.yaml`."""

    title: str
    minutes: int
    level: Level
    needs: Needs
    topology: TopologyName
    namespaces: list[str]
    hints: list[str]
    checks: list[Any]
    lessons: list[str] = []
    images: list[str] = []
    setup: list[_Step] = []
    cluster_objects: list[_ClusterObject] = []


class _Overlay(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of `exercise.zh.yaml`: the words alone."""

    title: str = ""
    hints: list[str] = []
    checks: dict[str, str] = {}


def load_exercise(folder: Path, topic: str) -> tuple[Exercise | None, list[Problem]]:
    """Return the exercise in `folder` in the language in use, and all problems found; None if there are any."""
    try:
        source = read_yaml(folder / "exercise.yaml")
    except CourseError as error:
        return None, error.problems
    # The checks are fitted one by one, so that each may be wrong in its own way.
    plain = {key: [] if key == "checks" else value for key, value in source.data.items()}
    file, problems = fit(plain, _File, "an exercise")
    found = _placed(source, (), problems)
    checks = _checks(source, found)
    setup = _setup(source, file.setup, folder, found) if file else ()
    if file:
        found += _plain(source, file)
    if file is None or found:
        return None, found
    exercise = Exercise(
        id=folder.name,
        title=file.title,
        topic=topic,
        folder=folder,
        minutes=file.minutes,
        level=file.level,
        needs=file.needs,
        topology=file.topology,
        namespaces=tuple(file.namespaces),
        checks=checks,
        lessons=tuple(file.lessons),
        images=tuple(file.images),
        setup=setup,
        hints=tuple(file.hints),
        cluster_objects=tuple(ClusterObject(**msgspec.structs.asdict(each)) for each in file.cluster_objects),
    )
    return read_overlay(exercise, language())


def _placed(source: Source, base: tuple[str | int, ...], problems: list[ShapeProblem]) -> list[Problem]:
    return [source.problem((*base, *each.path), each.message, each.instead) for each in problems]


def _plain(source: Source, file: _File) -> list[Problem]:
    """Return the faults of single fields."""
    found = []
    if not file.title.strip():
        found.append(source.problem(("title",), "the title is empty"))
    if file.minutes < 1:
        found.append(source.problem(("minutes",), "minutes is 1 or more"))
    if not file.namespaces:
        found.append(source.problem(("namespaces",), "an exercise has at least one namespace", "namespaces: [shop]"))
    for index, name in enumerate(file.namespaces):
        place = ("namespaces", index)
        if not NAMESPACE.fullmatch(name):
            text = f"{name!r} cannot be a namespace: only lower-case letters, digits and dashes, at most 63"
            found.append(source.problem(place, text))
        elif TAKEN.fullmatch(name):
            found.append(source.problem(place, f"the namespace {name} is not the exercise's: it removes its own"))
        elif name in file.namespaces[:index]:
            found.append(source.problem(place, f"the namespace {name} is there twice"))
    for index, hint in enumerate(file.hints):
        if not hint.strip() or hint in file.hints[:index]:
            found.append(source.problem(("hints", index), "the hint is empty, or there twice"))
    return found


def _checks(source: Source, found: list[Problem]) -> tuple[Check, ...]:
    rows = source.data.get("checks")
    if not isinstance(rows, list) or not rows:
        found.append(source.problem(("checks",), "an exercise has a list of checks"))
        return ()
    checks: list[Check] = []
    for index, row in enumerate(rows):
        check, problems = parse_check(row)
        found += _placed(source, ("checks", index), problems)
        if check is not None:
            if any(each.id == check.id for each in checks):
                found.append(source.problem(("checks", index, "id"), f"the id {check.id} is there twice"))
            checks.append(check)
    found += _order(source, checks)
    return tuple(checks)


def _order(source: Source, checks: list[Check]) -> list[Problem]:
    """Return the faults of `after`: ids that are not there, and checks that wait for each other."""
    after = {check.id: check.after for check in checks}
    found = []
    for index, check in enumerate(checks):
        place = ("checks", index, "after")
        missing = [each for each in check.after if each not in after]
        if missing:
            text = f"after names {missing[0]}, and no check has that id"
            found.append(source.problem(place, text, did_you_mean(missing[0], after)))
        elif _reaches(after, check.after, check.id):
            found.append(source.problem(place, f"{check.id} waits for itself, by way of {check.after[0]}"))
    return found


def _reaches(after: dict[str, tuple[str, ...]], begin: tuple[str, ...], goal: str) -> bool:
    seen: set[str] = set()
    queue = list(begin)
    while queue:
        each = queue.pop()
        if each == goal:
            return True
        if each not in seen:
            seen.add(each)
            queue += after.get(each, ())
    return False


def _setup(source: Source, steps: list[_Step], folder: Path, found: list[Problem]) -> tuple[SetupStep, ...]:
    """Return the set-up steps; without any, all of `setup/` in name order."""
    if not steps:
        return tuple(SetupStep(apply=file.name) for file in sorted((folder / "setup").glob("*.yaml")))
    made = []
    for index, step in enumerate(steps):
        place = ("setup", index)
        given = [key for key in ("apply", "kubectl", "wait", "node") if getattr(step, key)]
        if len(given) != 1:
            found.append(source.problem(place, "a step of the set-up is one of apply, kubectl, wait and node"))
        elif step.apply and not _in_setup(folder, step.apply):
            files = [path.name for path in (folder / "setup").glob("*")]
            text = f"there is no file setup/{step.apply}"
            found.append(source.problem((*place, "apply"), text, did_you_mean(step.apply, files)))
        else:
            made.append(_step(source, step, place, found))
    return tuple(made)


def _in_setup(folder: Path, name: str) -> bool:
    return "/" not in name and (folder / "setup" / name).is_file()


def _step(source: Source, step: _Step, place: tuple[str | int, ...], found: list[Problem]) -> SetupStep:
    if step.kubectl[:1] == ["kubectl"]:
        found.append(
            source.problem((*place, "kubectl"), "kubectl itself is not among its arguments", "kubectl: [get, pods]")
        )
    wait = None
    if step.wait is not None:
        within = 0.0
        try:
            within = parse_duration(step.wait.within)
        except ValueError as error:
            found.append(source.problem((*place, "wait", "within"), str(error), "within: 90s"))
        wait = WaitAction(object=step.wait.object, expect=step.wait.expect, within=within)
    node = None
    if step.node is not None:
        each = step.node
        wrong = [taint for taint in each.taints if not TAINT.fullmatch(taint)]
        text = "a taint is written key=value:NoSchedule (or PreferNoSchedule, NoExecute), not {}"
        found += [source.problem((*place, "node", "taints"), text.format(taint)) for taint in wrong]
        node = NodeAction(
            role=each.role,
            index=each.index,
            labels=each.labels,
            taints=tuple(each.taints),
            run=tuple(each.run),
            undo=tuple(each.undo),
        )
    return SetupStep(apply=step.apply, kubectl=tuple(step.kubectl), wait=wait, node=node)


def read_overlay(exercise: Exercise, language: str, *, strict: bool = False) -> tuple[Exercise, list[Problem]]:
    """Return `exercise` with the words of `exercise.<language>.yaml`, and what is wrong with that file.

    Without such a file, or with faults in it, the exercise stays as it is. Words that are missing
    stay English; when `strict`, they are faults.
    """
    file = exercise.folder / f"exercise.{language}.yaml"
    if not file.is_file():
        return exercise, []
    try:
        source = read_yaml(file)
    except CourseError as error:
        return exercise, error.problems
    words, found = fit(source.data, _Overlay, "a translation")
    problems = _placed(source, (), found)
    if words is None:
        return exercise, problems
    ids = [check.id for check in exercise.checks]
    for key in words.checks:
        if key not in ids:
            text = f"no check has the id {key}"
            problems.append(source.problem(("checks", key), text, did_you_mean(key, ids)))
    if words.hints and len(words.hints) != len(exercise.hints):
        text = f"there are {len(exercise.hints)} hints in English, and {len(words.hints)} here"
        problems.append(source.problem(("hints",), text))
    if strict:
        missing = [id for id in ids if id not in words.checks]
        problems += [source.problem(("checks",), f"the title of the check {id} is not translated") for id in missing]
        untold = [key for key in ("title", "hints") if not getattr(words, key) and getattr(exercise, key)]
        problems += [source.problem((), f"{key} is not translated") for key in untold]
    if problems:
        return exercise, problems
    checks = tuple(dataclasses.replace(c, title=words.checks.get(c.id, c.title)) for c in exercise.checks)
    hints = tuple(words.hints) or exercise.hints
    return dataclasses.replace(exercise, title=words.title or exercise.title, hints=hints, checks=checks), []
