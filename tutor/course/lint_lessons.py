"""Faults of lessons: what does not fit on one screen, and blocks that nobody can copy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.cells import cell_len

from tutor.course.load import read_lesson_words
from tutor.course.model import Lesson
from tutor.course.source import CourseError, Problem, read_text, split_front_matter
from tutor.course.texts import LANGUAGE, lesson_steps

STEP_LINES = 40
"""Of Markdown, in one step."""
CODE_CELLS = 80
INFO = ("run", "output", "yaml", "text", "bash", "json", "")


def lint_lesson(lesson: Lesson) -> list[Problem]:
    """Return the faults of one lesson's file and of its translations."""
    found = _lint_file(lesson.path)
    for file in sorted(lesson.path.parent.glob(f"{lesson.id}.*.md")):
        language = file.name.split(".")[1]
        if LANGUAGE.fullmatch(language):
            found += _lint_file(file) + _lint_translation(lesson, language, file)
    return found


def _lint_translation(lesson: Lesson, language: str, file: Path) -> list[Problem]:
    problems: list[Problem] = []
    read_lesson_words(lesson.path, language, problems)
    try:
        here, there = len(lesson_steps(lesson, language)), len(lesson_steps(lesson))
    except CourseError:
        return problems  # told with the file itself
    if here != there:  # progress is kept by the step's number
        problems.append(Problem(file, 1, f"the translation has {here} steps, and the English lesson {there}"))
    return problems


def _lint_file(file: Path) -> list[Problem]:
    try:
        _, body, first = split_front_matter(file, read_text(file))
    except CourseError as error:
        return error.problems
    return list(_lines(file, body.splitlines(), first))


def _lines(file: Path, lines: list[str], first: int) -> Iterator[Problem]:
    began = 0
    fence = 0
    for number, line in enumerate(lines, first):
        if line.startswith("```"):
            info = line.removeprefix("```").strip()
            if not fence and info not in INFO:
                yield Problem(file, number, f"a block is one of {', '.join(INFO[:-1])}, not {info}")
            fence = 0 if fence else number
        elif fence and cell_len(line) > CODE_CELLS:
            yield Problem(file, number, f"the line is {cell_len(line)} cells wide; {CODE_CELLS} fit")
        elif line.startswith("## ") and not fence:
            yield from _too_long(file, began, number)
            began = number
        elif line.strip() and not began:
            yield Problem(file, number, "a lesson's text begins with a `## ` heading, its first step")
            began = number
    if fence:
        yield Problem(file, fence, "the block that begins here does not end")
    if not began:
        yield Problem(file, first, "the lesson has no steps: each begins with a `## ` heading")
    yield from _too_long(file, began, first + len(lines))


def _too_long(file: Path, began: int, end: int) -> Iterator[Problem]:
    if began and end - began > STEP_LINES:
        text = f"the step has {end - began} lines; {STEP_LINES} fit on a screen: begin another step"
        yield Problem(file, began, text)
