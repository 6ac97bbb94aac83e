"""Faults of one exercise: its files, its answers, and fields that do not go together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from checkers.on_node import NodeChoice
from checkers.schema import root, validate
from checkers.spelling import did_you_mean
from checkers.types.object import ObjectCheck
from checkers.world import Kind
from tutor.course.answers import SUFFIXES, answer_files, solution_path, wrong_answer
from tutor.course.exercise import read_overlay
from tutor.course.lint_images import lint_images
from tutor.course.lint_manifests import CLUSTER_SCOPED, lint_manifests
from tutor.course.model import Course, Exercise, Needs, TopologyName
from tutor.course.source import CourseError, Problem, Source, read_text, read_yaml
from tutor.course.texts import LANGUAGE

TEXTS = ("task.md", "debrief.md")
FOLDERS = ("setup", "files", "right", "wrong")
FILES = ("exercise.yaml", *TEXTS, "solution.sh", "solution.yaml")
TRANSLATED = ("exercise.yaml", *TEXTS)
NODE_NAME = re.compile(r"\b[a-z0-9-]+-(?:control-plane|worker)\d*\b")
"""A node's name as kind makes it; roles and labels such as `node-role.kubernetes.io/control-plane` are fine."""
NEEDS = {
    "rollout": Needs.CONTROLLERS,
    "http": Needs.CONTAINERS,
    "dns": Needs.CONTAINERS,
    "exec": Needs.CONTAINERS,
    "logs": Needs.CONTAINERS,
    "reach": Needs.REAL_CONTAINERS,
    "metric": Needs.REAL_CONTAINERS,
    "node": Needs.NODES,
    "etcd": Needs.NODES,
}
"""Types of checks that need something real; the others look at objects alone."""
ORDER = list(Needs)
NODES = {
    TopologyName.SINGLE: {"control-plane": 1, "worker": 0},
    TopologyName.PAIR: {"control-plane": 1, "worker": 1},
    TopologyName.TRIO: {"control-plane": 1, "worker": 2},
    TopologyName.HA: {"control-plane": 3, "worker": 1},
    TopologyName.BARE: {"control-plane": 1, "worker": 1},
    TopologyName.UPGRADE: {"control-plane": 1, "worker": 1},
}
"""How many nodes of each role a topology has."""


def lint_exercise(exercise: Exercise, course: Course) -> list[Problem]:
    """Return the faults of one exercise whose exercise.yaml could be read."""
    source = read_yaml(exercise.folder / "exercise.yaml")
    found: list[Problem] = []
    for part in (
        _texts(exercise),
        _strangers(exercise),
        _translations(exercise),
        _answers(exercise),
        _fields(exercise, source),
        _kinds(exercise, source),
        _nodes(exercise, source),
        _cluster_objects(exercise, source),
        lint_manifests(exercise),
        lint_images(exercise, course, source),
        _node_names(exercise.folder),
    ):
        try:
            found += part
        except CourseError as error:
            found += error.problems
    return found


def _texts(exercise: Exercise) -> Iterator[Problem]:
    for name in TEXTS:
        file = exercise.folder / name
        if not file.is_file():
            yield Problem(exercise.folder / "exercise.yaml", 1, f"{name} is missing")
    for file in sorted(exercise.folder.glob("*.md")):
        if not read_text(file).strip():
            yield Problem(file, 1, "the file is empty")


def _strangers(exercise: Exercise) -> Iterator[Problem]:
    """Yield files that nothing reads."""
    known = (*FILES, *FOLDERS)
    for path in visible(exercise.folder):
        stem, _, rest = path.name.partition(".")
        language, _, suffix = rest.partition(".")
        translated = LANGUAGE.fullmatch(language) and f"{stem}.{suffix}" in TRANSLATED
        if path.name not in (FOLDERS if path.is_dir() else FILES) and not translated:
            yield Problem(path, 1, "nothing reads this file", did_you_mean(path.name, known))
    for folder in ("right", "wrong"):
        for path in visible(exercise.folder / folder):
            if path.suffix not in SUFFIXES:
                yield Problem(path, 1, "nothing reads this file: an answer ends in .sh or .yaml")
    applied = {step.apply for step in exercise.setup}
    for path in visible(exercise.folder / "setup"):
        if path.name not in applied:
            yield Problem(path, 1, "no step of the set-up applies this file")
    task = exercise.folder / "task.md"
    told = "\n".join((read_text(task) if task.is_file() else "", *exercise.hints))
    for path in visible(exercise.folder / "files"):
        if path.name not in told:
            yield Problem(path, 1, "neither the task nor a hint names this file, so no learner looks at it")
    solutions = [exercise.folder / f"solution{suffix}" for suffix in SUFFIXES]
    if all(path.is_file() for path in solutions):
        yield Problem(solutions[1], 1, "there is a solution.sh too, and only that is run; move one to right/")


def visible(folder: Path) -> list[Path]:
    """Return what is in `folder`, by name, without hidden files; nothing where there is no such folder."""
    return sorted(path for path in folder.glob("*") if not path.name.startswith("."))


def _translations(exercise: Exercise) -> Iterator[Problem]:
    for path in sorted(exercise.folder.glob("exercise.*.yaml")):
        yield from read_overlay(exercise, path.name.split(".")[1], strict=True)[1]


def _answers(exercise: Exercise) -> Iterator[Problem]:
    file = exercise.folder / "exercise.yaml"
    wrong, right = answer_files(exercise.folder / "wrong"), answer_files(exercise.folder / "right")
    if len(wrong) < 2:
        yield Problem(file, 1, f"an exercise has at least two wrong answers in wrong/, and this one has {len(wrong)}")
    if not right:
        yield Problem(file, 1, "an exercise has at least one other right answer in right/")
    ids = {check.id for check in exercise.checks}
    for path in wrong:
        try:
            fails = wrong_answer(path).fails
        except CourseError as error:
            yield from error.problems
            continue
        if fails not in ids:
            lines = read_text(path).splitlines()
            line = next(number for number, text in enumerate(lines, 1) if text.lstrip("# ").startswith("fails:"))
            yield Problem(path, line, f"no check has the id {fails}", did_you_mean(fails, ids))
    for path in (*wrong, *right):
        if not _does_something(path):
            yield Problem(path, 1, "the answer does nothing")
    if not _does_something(path := solution_path(exercise)):
        yield Problem(path, 1, "the solution does nothing")


def _does_something(path: Path) -> bool:
    lines = (line.strip() for line in read_text(path).splitlines())
    return any(line and not line.startswith("#") for line in lines)


def _fields(exercise: Exercise, source: Source) -> Iterator[Problem]:
    if len(exercise.hints) < 2:
        yield source.problem(("hints",), "an exercise has at least two hints, from vague to nearly there")
    for index, check in enumerate(exercise.checks):
        least = NEEDS.get(check.type.key, Needs.API)
        if ORDER.index(exercise.needs) < ORDER.index(least):
            text = f"a check of the type {check.type.key} needs {least}, and the exercise says {exercise.needs}"
            yield source.problem(("checks", index, check.type.key), text, f"needs: {least}")
    for index, step in enumerate(exercise.setup):
        if step.node and not exercise.exclusive:
            yield source.problem(("setup", index), "the set-up changes a node", "needs: nodes")
        if step.wait:
            texts = ObjectCheck(object=step.wait.object, expect=step.wait.expect).problems()
            yield from (source.problem(("setup", index, "wait"), text) for text in texts)
    if exercise.needs is Needs.HA and exercise.topology is not TopologyName.HA:
        text = f"needs says ha, and the topology {exercise.topology} has one control plane"
        yield source.problem(("topology",), text, "topology: ha")


def _kinds(exercise: Exercise, source: Source) -> Iterator[Problem]:
    """Yield kinds that Kubernetes does not have; those of foreign groups may be there."""
    asked = [
        (("checks", index, check.type.key), kind)
        for index, check in enumerate(exercise.checks)
        for kind in check.type.reads()
    ]
    asked += [(("setup", index, "wait"), step.wait.object.of) for index, step in enumerate(exercise.setup) if step.wait]
    for place, kind in asked:
        named = {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": {"name": "any"}}
        yield from (source.problem(place, text) for where, text in validate(named) if where == ("kind",))


def _nodes(exercise: Exercise, source: Source) -> Iterator[Problem]:
    """Yield nodes that the topology does not have."""
    asked: list[tuple[tuple[str | int, ...], str, int]] = [
        (("setup", index, "node"), step.node.role, step.node.index)
        for index, step in enumerate(exercise.setup)
        if step.node
    ]
    for index, check in enumerate(exercise.checks):
        key = check.type.key
        chosen = getattr(check.type, "node", None) or getattr(getattr(check.type, key, None), "node", None)
        if isinstance(chosen, NodeChoice):
            asked.append((("checks", index, key), chosen.role, chosen.index or 0))
    for place, role, number in asked:
        there = NODES[exercise.topology].get(role, 0)
        if number >= there:
            text = f"the topology {exercise.topology} has {there} nodes of the role {role}; index counts from 0"
            yield source.problem(place, text)


def _cluster_objects(exercise: Exercise, source: Source) -> Iterator[Problem]:
    for index, each in enumerate(exercise.cluster_objects):
        place = ("cluster_objects", index)
        own = root(Kind(each.api_version, each.kind)) is not None
        if each.kind in CLUSTER_SCOPED and not own:
            yield source.problem(place, f"there is no {each.kind} in {each.api_version}")
        elif own and each.kind not in CLUSTER_SCOPED:
            text = f"{each.kind} {each.name} lives in a namespace, and goes away with it: leave it out here"
            yield source.problem(place, text)


def _node_names(folder: Path) -> Iterator[Problem]:
    """Yield names of nodes: they are different on every cluster."""
    for file in sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")):
        try:
            text = read_text(file)
        except CourseError as error:
            # A learner may be given any file; all others are text.
            if not file.is_relative_to(folder / "files"):
                yield from error.problems
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if found := NODE_NAME.search(line):
                text = f"{found[0]} is the name of a node on one cluster; choose nodes by role or label"
                yield Problem(file, number, text)
