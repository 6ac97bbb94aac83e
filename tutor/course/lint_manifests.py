"""Faults of an exercise's manifests and answers: objects, images, and names that hold on one cluster only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from checkers.schema import validate
from tutor.course.answers import right_answers, solution_path, wrong_answers
from tutor.course.model import Exercise
from tutor.course.source import Problem, read_documents, read_text, read_yaml

NODE_NAME = re.compile(r"\b[a-z0-9-]+-(?:control-plane|worker)\d*\b")
"""A node's name as kind makes it; roles and labels such as `node-role.kubernetes.io/control-plane` are fine."""
IMAGE = re.compile(r"\bimage: *[\"']?([A-Za-z0-9./_-]+(?::[A-Za-z0-9._-]+)?)")
CLUSTER_SCOPED = {
    "ClusterRole",
    "ClusterRoleBinding",
    "IngressClass",
    "PersistentVolume",
    "PriorityClass",
    "RuntimeClass",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "CustomResourceDefinition",
    "Namespace",
}


def lint_manifests(exercise: Exercise) -> Iterator[Problem]:
    """Yield what is wrong with set-up and answer manifests as Kubernetes objects."""
    answers = [solution_path(exercise), *right_answers(exercise), *(each.path for each in wrong_answers(exercise))]
    made = {(each.kind, each.name) for each in exercise.cluster_objects}
    setup = sorted((exercise.folder / "setup").glob("*.yaml"))
    for file in [*setup, *(path for path in answers if path.suffix == ".yaml")]:
        for document in read_documents(file):
            if not isinstance(document, dict):
                yield Problem(file, 1, "a manifest is a mapping with apiVersion and kind")
                continue
            for place, message in validate(document):
                yield Problem(file, _line(file, document), f"{_written(place)}: {message}" if place else message)
            key = (str(document.get("kind")), str((document.get("metadata") or {}).get("name")))
            if key[0] in CLUSTER_SCOPED and file not in setup and key not in made:
                text = f"{key[0]} {key[1]} is cluster-scoped: name it under cluster_objects, so that it is removed"
                yield Problem(file, _line(file, document), text)


def lint_answers(exercise: Exercise) -> Iterator[Problem]:
    """Yield images without a tag, and such as the exercise does not name."""
    listed = read_yaml(exercise.folder / "exercise.yaml")
    for file in sorted((exercise.folder / "setup").glob("*.yaml")):
        for document in read_documents(file):
            for image in _images(document):
                if ":" not in image or image.endswith(":latest"):
                    yield Problem(file, 1, f"the image {image} has no tag of its own")
    for image in exercise.images:
        if ":" not in image or image.endswith(":latest"):
            yield listed.problem(("images",), f"the image {image} has no tag of its own")
    for file in (solution_path(exercise), *right_answers(exercise)):
        for image in IMAGE.findall(read_text(file)):
            if image not in exercise.images:
                yield Problem(file, 1, f"the image {image} is not under images in exercise.yaml")


def lint_names(exercise: Exercise) -> Iterator[Problem]:
    """Yield names of nodes: they are different on every cluster."""
    for file in sorted(path for path in exercise.folder.rglob("*") if path.suffix in (".yaml", ".sh")):
        for number, line in enumerate(read_text(file).splitlines(), 1):
            found = NODE_NAME.search(line)
            if found:
                text = f"{found[0]} is the name of a node on one cluster; choose nodes by role or label"
                yield Problem(file, number, text)


def _images(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        for key, value in data.items():
            if key == "image" and isinstance(value, str):
                yield value
            else:
                yield from _images(value)
    elif isinstance(data, list):
        for each in data:
            yield from _images(each)


def _line(file: Path, document: dict[str, Any]) -> int:
    """Return the line where a document names itself, else the first."""
    name = str((document.get("metadata") or {}).get("name", ""))
    kind = str(document.get("kind", ""))
    lines = read_text(file).splitlines()
    starts = [number for number, line in enumerate(lines, 1) if line.strip() == f"kind: {kind}"]
    for start in starts:
        if any(line.strip() == f"name: {name}" for line in lines[start : start + 6]):
            return start
    return starts[0] if starts else 1


def _written(place: Any) -> str:
    return ".".join(str(step) for step in place) if isinstance(place, tuple) else str(place)
