"""YAML and Markdown files of the course, with the line of whatever is wrong in them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from yaml.nodes import Node

from tutor.course.yaml_data import YamlFault, find_line, load_documents
from tutor.errors import TutorError

Place: TypeAlias = tuple[str | int, ...]


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
        # A guess is a word; an example is a line to write.
        guess = f", write {self.instead}" if ": " in self.instead else f", did you mean {self.instead}?"
        tail = guess if self.instead else ""
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
    """A YAML document that was read: its data, and the line of any place in it."""

    file: Path
    data: Any
    node: Node
    first_line: int = 1

    def line(self, place: Place = ()) -> int:
        """Return the line of `place`, or of the nearest thing around it."""
        return find_line(self.node, place) + self.first_line

    def problem(self, place: Place, message: str, instead: str = "") -> Problem:
        """Return a problem at `place`."""
        return Problem(self.file, self.line(place), message, instead)


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
    """Return the YAML mapping in `text`, which begins at `first_line` of `file`. Raises CourseError."""
    sources = parse_documents(file, text, first_line)
    if not sources or sources[0].data is None:
        raise CourseError([Problem(file, first_line, "there is nothing in it: keys and values are missing")])
    if len(sources) > 1:
        raise CourseError([sources[1].problem((), "a second document begins here, and nothing reads it")])
    if not isinstance(sources[0].data, dict):
        raise CourseError([sources[0].problem((), "the file is a mapping of keys and values, and this one is not")])
    return sources[0]


def read_documents(file: Path) -> list[Source]:
    """Return all documents of a manifest file, empty ones too. Raises CourseError."""
    return parse_documents(file, read_text(file))


def parse_documents(file: Path, text: str, first_line: int = 1) -> list[Source]:
    """Return all documents of `text`, which begins at `first_line` of `file`. Raises CourseError."""
    try:
        return [Source(file, data, node, first_line) for data, node in load_documents(text)]
    except YamlFault as fault:
        raise CourseError([Problem(file, fault.line + first_line, fault.message)]) from None


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
