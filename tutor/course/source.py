"""YAML and Markdown files of the course, with the line of whatever is wrong in them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from tutor.errors import TutorError

Place: TypeAlias = tuple[str | int, ...]
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster where libyaml is there


@dataclass(frozen=True, order=True)
class Problem:
    """Something wrong in a file of the course, for its author."""

    file: Path
    line: int
    message: str
    instead: str = ""
    """What to write instead, when there is a good guess."""

    def __str__(self) -> str:
        """Return `file:line: what, what instead`."""
        tail = f", did you mean {self.instead}?" if self.instead else ""
        return f"{self.file}:{self.line}: {self.message}{tail}"


class CourseError(TutorError):
    """Files of the course that cannot be used; `problems` names each place."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(
            "The course's files have faults.",
            "\n".join(str(problem) for problem in problems[:10]),
            "Mend them, or reinstall kubetutor; `kubetutor lint` lists them all.",
        )
        self.problems = problems


@dataclass(frozen=True)
class Source:
    """A YAML text that was read: its data, and the line of any place in it when asked."""

    file: Path
    data: Any
    text: str
    first_line: int = 1

    def line(self, place: Place = ()) -> int:
        """Return the line of `place`, or of the nearest thing around it."""
        node = yaml.compose(self.text, Loader=_Loader)
        found = node.start_mark.line if node is not None else 0
        for step in place:
            child = _child(node, step)
            if child is None:
                break
            key, node = child
            found = key.start_mark.line
        return int(found) + self.first_line

    def problem(self, place: Place, message: str, instead: str = "") -> Problem:
        """Return a problem at `place`."""
        return Problem(self.file, self.line(place), message, instead)


def _child(node: Any, step: str | int) -> tuple[Any, Any] | None:
    """Return the nodes of the key and of the value at `step`."""
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None


def read_text(file: Path) -> str:
    """Return the text of `file`. Raises CourseError when it is missing or not UTF-8."""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise CourseError([Problem(file, 1, f"the file is not UTF-8: byte {error.start} is no text")]) from None
    except OSError as error:
        raise CourseError([Problem(file, 1, f"cannot be read: {error.strerror}")]) from None


def read_yaml(file: Path) -> Source:
    """Return the YAML mapping in `file`. Raises CourseError with the line of the fault."""
    return parse_yaml(file, read_text(file))


def parse_yaml(file: Path, text: str, first_line: int = 1) -> Source:
    """Return the YAML mapping in `text`, which begins at `first_line` of `file`."""
    try:
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 - both loaders are safe ones
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + first_line if mark else first_line
        raise CourseError([Problem(file, line, f"not YAML: {getattr(error, 'problem', None) or error}")]) from None
    if not isinstance(data, dict):
        raise CourseError([Problem(file, first_line, "the file is a mapping of keys and values, and this one is not")])
    return Source(file, data, text, first_line)


def read_documents(file: Path) -> list[Any]:
    """Return all documents of a manifest file, empty ones left out. Raises CourseError."""
    try:
        return [each for each in yaml.load_all(read_text(file), Loader=_Loader) if each is not None]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        message = f"not YAML: {getattr(error, 'problem', None) or error}"
        raise CourseError([Problem(file, mark.line + 1 if mark else 1, message)]) from None


def split_front_matter(file: Path, text: str) -> tuple[Source, str, int]:
    """Return a Markdown file's front matter, the text below it, and the line where that begins.

    Raises CourseError when there is no front matter between two lines of `---`.
    """
    lines = text.splitlines(keepends=True)
    if not lines or lines[0].strip() != "---":
        raise CourseError([Problem(file, 1, "the file begins with front matter between two lines of ---")])
    for number, line in enumerate(lines[1:], 1):
        if line.strip() == "---":
            return parse_yaml(file, "".join(lines[1:number]), 2), "".join(lines[number + 1 :]), number + 2
    raise CourseError([Problem(file, 1, "the front matter has no second line of ---")])
