"""A translation lies over the English course, part by part; lint compares the two."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from checkers.words import use_language
from tests.course.conftest import LESSON
from tests.course.test_lint import PLANTING, ROSE, faults
from tutor.course.load import lesson_steps, load_course

WHOLE = "title: 种玫瑰\nhints: [看看四周, 再仔细看]\nchecks: {exists: 有一个 Pod, image: 它运行 nginx}\n"
LESSON_ZH = LESSON.replace("How to plant\nminutes: 5\nexercises: [rose]", "如何种植").replace(
    "The first step", "第一步"
)


@pytest.fixture
def chinese() -> Iterator[None]:
    use_language("zh")
    yield
    use_language("en")


def test_a_whole_translation_has_no_faults_and_is_what_a_learner_reads(
    course_dir: Path, rose: Path, chinese: None
) -> None:
    pods = course_dir / "lessons" / "02-pods"
    (pods / "topic.zh.yaml").write_text("title: 基础\nsummary: 关于 Pod。\n", encoding="utf-8")
    (pods / "planting.zh.md").write_text(LESSON_ZH, encoding="utf-8")
    (rose / "exercise.zh.yaml").write_text(WHOLE, encoding="utf-8")
    for name in ("task.zh.md", "debrief.zh.md"):
        (rose / name).write_text("玫瑰\n", encoding="utf-8")
    assert faults(course_dir) == []
    course = load_course(course_dir)
    topic, lesson, exercise = course.topics[1], course.lesson("planting"), course.exercise("rose")
    assert lesson is not None
    assert exercise is not None
    assert (topic.title, topic.summary, topic.id) == ("基础", "关于 Pod。", "pods")
    assert (lesson.title, lesson.minutes, lesson.exercises) == ("如何种植", 5, ("rose",))
    assert lesson_steps(lesson, "zh")[0].title == "第一步"
    assert exercise.title == "种玫瑰"
    assert course.topics[0].title == "Components", "what is not translated is read in English"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("exists:", "exsts:", ":3: no check has the id exsts, did you mean exists?"),
        (", image: 它运行 nginx", "", ":3: the title of the check image is not translated"),
        ("title: 种玫瑰\n", "", ":1: title is not translated"),
        ("hints: [看看四周, 再仔细看]\n", "", ":1: hints is not translated"),
        (", 再仔细看", "", ":2: there are 2 hints in English, and 1 here"),
        ("hints:", "hnits:", ":2: a translation has no key hnits"),
        ("title: 种玫瑰", "title: 种玫瑰\nminutes: 5", ":2: a translation has no key minutes"),
        ("hints: [", "hints: [[", ":3: not YAML"),
    ],
)
def test_an_exercise_in_another_language(course_dir: Path, rose: Path, old: str, new: str, told: str) -> None:
    assert old in WHOLE
    (rose / "exercise.zh.yaml").write_text(WHOLE.replace(old, new), encoding="utf-8")
    found = faults(course_dir)
    assert any(each.startswith(f"{ROSE}/exercise.zh.yaml{told}") for each in found), found


def test_half_a_translation_is_read_all_the_same(course_dir: Path, rose: Path, chinese: None) -> None:
    (rose / "exercise.zh.yaml").write_text("checks: {exists: 有一个 Pod}\n", encoding="utf-8")
    (course_dir / "lessons" / "02-pods" / "planting.zh.md").write_text("no front matter\n")
    (course_dir / "lessons" / "02-pods" / "topic.zh.yaml").write_text("title: [\n")
    course = load_course(course_dir)
    exercise = course.exercise("rose")
    assert exercise is not None
    assert [check.title for check in exercise.checks] == ["有一个 Pod", "It runs nginx"]
    assert [topic.title for topic in course.topics][1] == "Pods"
    assert course.lesson("planting") is not None


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("## The second step", "### The second step", ":1: the translation has 1 steps, and the English lesson 2"),
        ("如何种植", "如何种植\nminutes: 5", ":3: the front matter of a translated lesson has no key minutes"),
        ("---\ntitle", "title", ":1: the file begins with front matter"),
        ("```run", "```shell", ":9: a block is one of run"),
    ],
)
def test_a_lesson_in_another_language(course_dir: Path, old: str, new: str, told: str) -> None:
    assert old in LESSON_ZH
    path = PLANTING.replace(".md", ".zh.md")
    (course_dir / path).write_text(LESSON_ZH.replace(old, new, 1), encoding="utf-8")
    found = faults(course_dir)
    assert any(each.startswith(f"{path}{told}") for each in found), found


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("topic.zh.yaml", "title: 基础\n", "topic.zh.yaml:1: a topic's translation needs the key summary"),
        ("topic.zh.yaml", "title: [\n", "topic.zh.yaml:2: not YAML"),
        ("weeding.zh.md", LESSON_ZH, "topic.yaml:5: the lesson weeding is not listed under lessons"),
        ("planting.draft.md", LESSON, "planting.draft.md:1: nothing reads this file; a translation is called as"),
        ("picture.svg", "<svg/>", "picture.svg:1: nothing reads this file; a topic's folder holds topic.yaml and"),
    ],
)
def test_other_files_of_a_topic(course_dir: Path, file: str, text: str, told: str) -> None:
    (course_dir / "lessons" / "02-pods" / file).write_text(text, encoding="utf-8")
    found = faults(course_dir)
    assert any(each.startswith(f"lessons/02-pods/{told}") for each in found), found
