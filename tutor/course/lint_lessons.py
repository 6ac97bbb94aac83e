"""Faults of lessons: what does not fit on one screen, and blocks that nobody can copy."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len

from tutor.course.model import Lesson
from tutor.course.source import CourseError, Problem, read_text, split_front_matter

STEP_LINES = 60
"""Of Markdown, in one step."""
CODE_CELLS = 80
INFO = ("run", "output", "yaml", "text", "bash", "json", "")


def lint_lesson(lesson: Lesson) -> list[Problem]:
    """Return the faults of one lesson's file."""
    try:
        _, body, first = split_front_matter(lesson.path, read_text(lesson.path))
    except CourseError as error:
        return error.problems
    return list(_lines(lesson, body.splitlines(), first))


def _lines(lesson: Lesson, lines: list[str], first: int) -> Iterator[Problem]:
    began = 0
    fence = 0
    for number, line in enumerate(lines, first):
        if line.startswith("```"):
            info = line.removeprefix("```").strip()
            if not fence and info not in INFO:
                yield Problem(lesson.path, number, f"a block is one of {', '.join(INFO[:-1])}, not {info}")
            fence = 0 if fence else number
        elif fence and cell_len(line) > CODE_CELLS:
            yield Problem(lesson.path, number, f"the line is {cell_len(line)} cells wide; {CODE_CELLS} fit")
        elif line.startswith("## ") and not fence:
            yield from _too_long(lesson, began, number)
            began = number
        elif line.strip() and not began:
            yield Problem(lesson.path, number, "a lesson's text begins with a `## ` heading, its first step")
            began = number
    if fence:
        yield Problem(lesson.path, fence, "the block that begins here does not end")
    if not began:
        yield Problem(lesson.path, first, "the lesson has no steps: each begins with a `## ` heading")
    yield from _too_long(lesson, began, first + len(lines))


def _too_long(lesson: Lesson, began: int, end: int) -> Iterator[Problem]:
    if began and end - began > STEP_LINES:
        yield Problem(lesson.path, began, f"the step has {end - began} lines; {STEP_LINES} fit on a screen or two")
