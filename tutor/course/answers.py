"""The answers of an exercise that the proof runs: the solution, other right ones, wrong ones."""

from __future__ import annotations

from pathlib import Path

from tutor.course.model import Exercise, WrongAnswer
from tutor.course.source import CourseError, Problem, read_text

SUFFIXES = (".sh", ".yaml")
"""How the file of an answer ends: run with bash, or applied."""


def solution_path(exercise: Exercise) -> Path:
    """Return the solution's file. Raises CourseError when there is none."""
    for suffix in SUFFIXES:
        path = exercise.folder / f"solution{suffix}"
        if path.is_file():
            return path
    raise CourseError([Problem(exercise.folder / "exercise.yaml", 1, "there is no solution.sh or solution.yaml")])


def right_answers(exercise: Exercise) -> list[Path]:
    """Return the files of the other right answers."""
    return answer_files(exercise.folder / "right")


def wrong_answers(exercise: Exercise) -> list[WrongAnswer]:
    """Return the wrong answers with what they must lead to. Raises CourseError when one does not say it."""
    return [wrong_answer(path) for path in answer_files(exercise.folder / "wrong")]


def wrong_answer(path: Path) -> WrongAnswer:
    """Read the `# fails:` and `# says:` lines at the top of a wrong answer. Raises CourseError."""
    fails: list[str] = []
    says: list[str] = []
    for line in read_text(path).splitlines():
        if not line.startswith("#"):
            break
        key, _, value = line.lstrip("# ").partition(":")
        if key == "fails":
            fails.append(value.strip())
        elif key == "says":
            says.append(value.strip())
    if len(fails) != 1:
        raise CourseError([Problem(path, 1, "a wrong answer begins with one line `# fails: <id of the check>`")])
    if not says or not all(says):
        raise CourseError([Problem(path, 1, "a wrong answer has a line `# says: <words that the learner must read>`")])
    return WrongAnswer(path=path, fails=fails[0], says=tuple(says))


def answer_files(folder: Path) -> list[Path]:
    """Return the files of the answers in `folder`, by name."""
    return sorted(path for path in folder.glob("*") if path.suffix in SUFFIXES)
