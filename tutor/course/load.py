"""The whole course from its folders."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TypeVar

import msgspec

from checkers.shape import fit
from tutor.course.answers import right_answers, solution_path, wrong_answers
from tutor.course.exercise import load_exercise
from tutor.course.model import Course, Exercise, Lesson, Topic
from tutor.course.source import CourseError, Problem, Source, read_text, read_yaml, split_front_matter
from tutor.course.texts import debrief_text, lesson_steps, localized, task_text

__all__ = [
    "CourseError",
    "Problem",
    "debrief_text",
    "lesson_steps",
    "load_course",
    "localized",
    "read_course",
    "right_answers",
    "solution_path",
    "task_text",
    "wrong_answers",
]

TOPIC_FOLDER = re.compile(r"(\d\d)-([a-z0-9-]+)")
S = TypeVar("S", bound=msgspec.Struct)


class _TopicFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    number: int
    title: str
    summary: str
    lessons: list[str] = []
    exercises: list[str] = []


class _Front(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    title: str
    minutes: int
    exercises: list[str] = []


class _Image(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"why": "for"}):
    image: str
    why: str


class _Images(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    images: list[_Image]


def load_course(content_dir: Path) -> Course:
    """Return the course under `content_dir`; what cannot be read is left out and named in `Course.problems`.

    Raises CourseError when there is no course at all.
    """
    course, problems = read_course(content_dir)
    if not course.topics:
        raise CourseError(problems or [Problem(content_dir / "lessons", 1, "there are no topics here")])
    return course


def read_course(content_dir: Path) -> tuple[Course, list[Problem]]:
    """Return the course and all that is wrong with it; never raises for the content of a file."""
    problems: list[Problem] = []
    topics = [
        topic
        for folder in sorted((content_dir / "lessons").glob("*"))
        if folder.is_dir() and (topic := _topic(folder, content_dir, problems))
    ]
    images = _images(content_dir / "exercises" / "images.yaml", problems)
    return Course(topics=tuple(topics), images=images, problems=tuple(problems)), problems


def _shaped(file: Path, struct: type[S], what: str, problems: list[Problem], source: Source | None = None) -> S | None:
    """Read `file` into `struct`, noting what is wrong with it."""
    try:
        source = source or read_yaml(file)
    except CourseError as error:
        problems += error.problems
        return None
    value, found = fit(source.data, struct, what)
    problems += [source.problem(each.path, each.message, each.instead) for each in found]
    return value


def _topic(folder: Path, content_dir: Path, problems: list[Problem]) -> Topic | None:
    name = TOPIC_FOLDER.fullmatch(folder.name)
    if not name:
        problems.append(Problem(folder, 1, "a topic's folder is called NN-topic, as 05-controllers"))
        return None
    file = folder / "topic.yaml"
    shape = _shaped(file, _TopicFile, "a topic", problems)
    if shape is None:
        return None
    if (shape.number, shape.id) != (int(name[1]), name[2]):
        problems.append(Problem(file, 1, f"id and number do not agree with the folder {folder.name}"))
    lessons = [_lesson(folder / f"{id}.md", shape.id, problems) for id in shape.lessons]
    exercises = [
        _exercise(content_dir / "exercises" / folder.name / id, shape.id, file, problems) for id in shape.exercises
    ]
    return Topic(
        id=shape.id,
        number=shape.number,
        title=shape.title,
        summary=shape.summary,
        folder=folder,
        lessons=tuple(each for each in lessons if each),
        exercises=tuple(each for each in exercises if each),
    )


def _lesson(path: Path, topic: str, problems: list[Problem]) -> Lesson | None:
    try:
        source, _, _ = split_front_matter(path, read_text(path))
    except CourseError as error:
        problems += error.problems
        return None
    front = _shaped(path, _Front, "a lesson's front matter", problems, source)
    if front is None:
        return None
    exercises = tuple(front.exercises)
    return Lesson(id=path.stem, title=front.title, topic=topic, path=path, minutes=front.minutes, exercises=exercises)


def _exercise(folder: Path, topic: str, listed_in: Path, problems: list[Problem]) -> Exercise | None:
    if not folder.is_dir():
        problems.append(Problem(listed_in, 1, f"the exercise {folder.name} is listed, and there is no folder {folder}"))
        return None
    exercise, found = load_exercise(folder, topic)
    problems += found
    return exercise


def _images(file: Path, problems: list[Problem]) -> tuple[str, ...]:
    shape = _shaped(file, _Images, "the list of images", problems)
    return tuple(each.image for each in shape.images) if shape else ()
