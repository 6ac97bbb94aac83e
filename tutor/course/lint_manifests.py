"""Faults of an exercise's manifests: what is no Kubernetes object, and what nobody would remove."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from checkers.schema import validate
from tutor.course.answers import SUFFIXES, answer_files
from tutor.course.model import Exercise
from tutor.course.source import CourseError, Problem, Source, parse_documents, read_documents, read_text

CLUSTER_SCOPED = frozenset(
    {
        "APIService",
        "CSIDriver",
        "CertificateSigningRequest",
        "ClusterRole",
        "ClusterRoleBinding",
        "ClusterTrustBundle",
        "CustomResourceDefinition",
        "DeviceClass",
        "DeviceTaintRule",
        "FlowSchema",
        "IPAddress",
        "IngressClass",
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
        "MutatingWebhookConfiguration",
        "Namespace",
        "PersistentVolume",
        "PriorityClass",
        "PriorityLevelConfiguration",
        "ResourceSlice",
        "RuntimeClass",
        "ServiceCIDR",
        "StorageClass",
        "StorageVersionMigration",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
        "VolumeAttributesClass",
    }
)
"""Kinds without a namespace that somebody may make: `kubectl api-resources --namespaced=false`."""
CREATED = {
    "clusterrole": "ClusterRole",
    "clusterrolebinding": "ClusterRoleBinding",
    "namespace": "Namespace",
    "ns": "Namespace",
    "pc": "PriorityClass",
    "priorityclass": "PriorityClass",
}
"""What `kubectl create` makes without a namespace."""
_CREATE = re.compile(r"\bcreate (" + "|".join(CREATED) + r") ([a-z0-9][a-z0-9.:-]*)")
_GIVEN = re.compile(r"\bkubectl (?:apply|create|replace)\b")
_HEREDOC = re.compile(r"<<\s*(['\"]?)(\w+)\1")


def lint_manifests(exercise: Exercise) -> Iterator[Problem]:
    """Yield what is wrong with set-up and answers as Kubernetes objects."""
    for file in sorted((exercise.folder / "setup").glob("*.yaml")):
        yield from _manifest(file)
    for file in answers(exercise.folder):
        yield from _manifest(file) if file.suffix == ".yaml" else _script(file)
    yield from _left_behind(exercise)


def answers(folder: Path) -> list[Path]:
    """Return the files of all answers of the exercise in `folder`: the solution, right ones, wrong ones."""
    solutions = [path for suffix in SUFFIXES if (path := folder / f"solution{suffix}").is_file()]
    return [*solutions, *answer_files(folder / "right"), *answer_files(folder / "wrong")]


def _manifest(file: Path) -> Iterator[Problem]:
    try:
        documents = read_documents(file)
    except CourseError as error:
        yield from error.problems
        return
    if not documents:
        yield Problem(file, 1, "the file holds no object")
    for document in documents:
        yield from _objects(document)


def _script(file: Path) -> Iterator[Problem]:
    for first_line, text in _heredocs(file):
        try:
            documents = parse_documents(file, text, first_line)
        except CourseError as error:
            yield from error.problems
            continue
        for document in documents:
            yield from _objects(document)


def _objects(document: Source) -> Iterator[Problem]:
    if document.data is None:
        # YAML puts an empty document behind its `---`.
        line = max(document.line() - 1, document.first_line)
        yield Problem(document.file, line, "an empty document: one `---` too many")
        return
    for place, message in validate(document.data):
        yield document.problem(place, message)


def _heredocs(file: Path) -> Iterator[tuple[int, str]]:
    """Yield what a script hands to kubectl as `<<'END'`, and the line where it begins."""
    lines = read_text(file).splitlines()
    for number, line in enumerate(lines):
        begin = _GIVEN.search(line) and _HEREDOC.search(line)
        if begin and begin[2] in lines[number + 1 :]:
            end = lines.index(begin[2], number + 1)
            yield number + 2, "\n".join(lines[number + 1 : end])


def _left_behind(exercise: Exercise) -> Iterator[Problem]:
    """Yield cluster-scoped objects without the tutor's label (it labels what the set-up applies) or a mention."""
    listed = {(each.kind, each.name) for each in exercise.cluster_objects}
    made = [*_created_in_setup(exercise), *(each for file in answers(exercise.folder) for each in _created(file))]
    for file, line, kind, name in made:
        if (kind, name) not in listed:
            text = f"{kind} {name} is cluster-scoped: name it under cluster_objects, so that it is removed"
            yield Problem(file, line, text)


def _created_in_setup(exercise: Exercise) -> Iterator[tuple[Path, int, str, str]]:
    for step in exercise.setup:
        for kind, name in _CREATE.findall(" ".join(step.kubectl)):
            yield exercise.folder / "exercise.yaml", 1, CREATED[kind], name


def _created(file: Path) -> Iterator[tuple[Path, int, str, str]]:
    """Yield the cluster-scoped objects that an answer makes: file, line, kind and name."""
    try:
        if file.suffix == ".sh":
            for number, line in enumerate(read_text(file).splitlines(), 1):
                for kind, name in _CREATE.findall(line):
                    yield file, number, CREATED[kind], name
            documents = [each for first, text in _heredocs(file) for each in parse_documents(file, text, first)]
        else:
            documents = read_documents(file)
    except CourseError:
        return  # told with the manifest
    for document in documents:
        data = document.data if isinstance(document.data, dict) else {}
        meta = data.get("metadata")
        if data.get("kind") in CLUSTER_SCOPED and isinstance(meta, dict):
            yield file, document.line(("kind",)), str(data["kind"]), str(meta.get("name"))
