"""The Markdown of the course: lessons by steps, tasks, debriefs; in the learner's language where there is one."""

from __future__ import annotations

import re
from pathlib import Path

from tutor.course.model import Exercise, Lesson, Step
from tutor.course.source import read_text, split_front_matter

LANGUAGE = re.compile(r"[a-z]{2,3}([_-][A-Za-z]{2,4})?")
"""The part between the dots of `task.zh.md`."""
RUN = "run"
"""The info string of a block of commands for the learner to copy."""


def localized(path: Path, language: str) -> Path:
    """Return `task.zh.md` for `task.md` when the language is `zh` and the file is there, else `path`."""
    other = path.with_suffix(f".{language}{path.suffix}")
    return other if other.is_file() else path


def task_text(exercise: Exercise, language: str = "en") -> str:
    """Return what is wanted, as Markdown."""
    return read_text(localized(exercise.folder / "task.md", language))


def debrief_text(exercise: Exercise, language: str = "en") -> str:
    """Return why it works, as Markdown."""
    return read_text(localized(exercise.folder / "debrief.md", language))


def lesson_steps(lesson: Lesson, language: str = "en") -> list[Step]:
    """Return the lesson's steps: each `## ` heading outside a code block begins one."""
    path = localized(lesson.path, language)
    _, body, _ = split_front_matter(path, read_text(path))
    return [_step(lines) for lines in _split(body)]


def _split(body: str) -> list[list[str]]:
    steps: list[list[str]] = []
    fenced = False
    for line in body.splitlines():
        fenced ^= line.startswith("```")
        if line.startswith("## ") and not fenced:
            steps.append([])
        if steps:
            steps[-1].append(line)
    return steps


def _step(lines: list[str]) -> Step:
    """Take the commands out of the `run` blocks, which Markdown shows as `bash`."""
    shown: list[str] = []
    commands: list[str] = []
    block: list[str] | None = None
    for line in lines[1:]:
        if line.strip() == f"```{RUN}":
            block = []
            shown.append("```bash")
            continue
        if block is not None and line.startswith("```"):
            commands.append("\n".join(block))
            block = None
        elif block is not None:
            block.append(line)
        shown.append("```text" if line.strip() == "```output" else line)
    return Step(
        title=lines[0].removeprefix("## ").strip(), markdown="\n".join(shown).strip() + "\n", commands=tuple(commands)
    )
