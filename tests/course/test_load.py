"""What the rest of the tutor gets from the course's folders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from checkers.words import use_language
from tutor.course.load import (
    CourseError,
    debrief_text,
    lesson_steps,
    load_course,
    right_answers,
    solution_path,
    task_text,
    wrong_answers,
)
from tutor.course.model import Level, Needs


@pytest.fixture
def chinese() -> Iterator[None]:
    use_language("zh")
    yield
    use_language("en")


def test_loads_topics_lessons_and_exercises(course_dir: Path) -> None:
    course = load_course(course_dir)
    assert course.problems == ()
    assert [topic.number for topic in course.topics] == list(range(1, 12))
    exercise = course.exercise("rose")
    assert exercise is not None
    assert (exercise.topic, exercise.level, exercise.needs, exercise.namespaces) == (
        "pods",
        Level.EASY,
        Needs.CONTAINERS,
        ("garden",),
    )
    assert [step.apply for step in exercise.setup] == ["bed.yaml"], "without setup: all of setup/, in order"
    assert [(check.id, check.after, check.within) for check in exercise.checks] == [
        ("exists", (), 30.0),
        ("image", ("exists",), 20.0),
    ]
    assert task_text(exercise) == "Plant a rose.\n"
    assert debrief_text(exercise) == "It grew.\n"
    assert solution_path(exercise).name == "solution.sh"
    assert [path.name for path in right_answers(exercise)] == ["manifest.yaml"]
    assert [(each.fails, each.says) for each in wrong_answers(exercise)] == [
        ("image", ("nginx:1.29",)),
        ("exists", ("rosa",)),
    ]


def test_a_lesson_is_read_step_by_step(course_dir: Path) -> None:
    lesson = load_course(course_dir).lesson("planting")
    assert lesson is not None
    first, second = lesson_steps(lesson)
    assert first.title == "The first step"
    assert first.commands == ("kubectl get pods",)
    assert "```bash\nkubectl get pods\n```" in first.markdown
    assert "```text\nNo resources found" in first.markdown
    assert second.title == "The second step"
    assert "## not a step" in second.markdown


def test_words_in_another_language_lie_over_the_english_ones(course_dir: Path, rose: Path, chinese: None) -> None:
    (rose / "exercise.zh.yaml").write_text("title: 种一个 Pod\nchecks: {exists: 有一个 Pod}\n", encoding="utf-8")
    (rose / "task.zh.md").write_text("种一朵玫瑰。\n", encoding="utf-8")
    exercise = load_course(course_dir).exercise("rose")
    assert exercise is not None
    assert exercise.title == "种一个 Pod"
    assert [check.title for check in exercise.checks] == ["有一个 Pod", "It runs nginx"]
    assert exercise.hints[0] == "Look around."
    assert task_text(exercise, "zh") == "种一朵玫瑰。\n"
    assert debrief_text(exercise, "zh") == "It grew.\n", "what is not translated is read in English"


def test_one_broken_exercise_does_not_take_the_course_down(course_dir: Path, rose: Path) -> None:
    (rose / "exercise.yaml").write_text("title: [")
    course = load_course(course_dir)
    assert len(course.topics) == 11
    assert course.exercise("rose") is None
    assert str(course.problems[0]).startswith(f"{rose}/exercise.yaml:")


def test_no_course_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="faults"):
        load_course(tmp_path)
