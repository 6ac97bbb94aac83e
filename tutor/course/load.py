"""The whole course from its folders."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TypeVar

import msgspec

from checkers.shape import fit
from checkers.spelling import did_you_mean
from checkers.words import language
from tutor.course.answers import right_answers, solution_path, wrong_answers
from tutor.course.exercise import load_exercise
from tutor.course.model import Course, Lesson, Topic
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


class _TopicWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of `topic.zh.yaml`."""

    title: str
    summary: str


class _Front(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    title: str
    minutes: int
    exercises: list[str] = []


class _FrontWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The front matter of `lesson.zh.md`."""

    title: str


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


def _fitted(source: Source, struct: type[S], what: str, problems: list[Problem]) -> S | None:
    """Return the data as a `struct`, noting what is wrong with it."""
    value, found = fit(source.data, struct, what)
    problems += [source.problem(each.path, each.message, each.instead) for each in found]
    return value


def _topic(folder: Path, content_dir: Path, problems: list[Problem]) -> Topic | None:
    name = TOPIC_FOLDER.fullmatch(folder.name)
    if not name:
        problems.append(Problem(folder, 1, "a topic's folder is called NN-topic, as 05-controllers"))
        return None
    try:
        source = read_yaml(folder / "topic.yaml")
    except CourseError as error:
        problems += error.problems
        return None
    shape = _fitted(source, _TopicFile, "a topic", problems)
    if shape is None:
        return None
    if (shape.number, shape.id) != (int(name[1]), name[2]):
        problems.append(source.problem((), f"id and number do not agree with the folder {folder.name}"))
    lessons = [
        _lesson(folder / f"{id}.md", shape.id, problems)
        for id in _listed(source, "lessons", shape.lessons, [path.stem for path in folder.glob("*.md")], problems)
    ]
    place = content_dir / "exercises" / folder.name
    exercises = []
    for id in _listed(source, "exercises", shape.exercises, [path.name for path in place.glob("*/")], problems):
        exercise, found = load_exercise(place / id, shape.id)
        problems += found
        exercises.append(exercise)
    words = read_topic_words(folder / f"topic.{language()}.yaml", problems)
    return Topic(
        id=shape.id,
        number=shape.number,
        title=words.title if words else shape.title,
        summary=words.summary if words else shape.summary,
        folder=folder,
        lessons=tuple(each for each in lessons if each),
        exercises=tuple(each for each in exercises if each),
    )


def _listed(source: Source, key: str, ids: list[str], there: list[str], problems: list[Problem]) -> list[str]:
    """Return the ids under `key` that there are files for, noting the others."""
    found: list[str] = []
    for index, id in enumerate(ids):
        if id not in there:
            text = f"{id} is listed under {key}, and there is none"
            problems.append(source.problem((key, index), text, did_you_mean(id, there)))
        elif id in found:
            problems.append(source.problem((key, index), f"{id} is listed twice"))
        else:
            found.append(id)
    return found


def read_topic_words(file: Path, problems: list[Problem]) -> _TopicWords | None:
    """Return title and summary in another language, noting what is wrong; None where there is no such file."""
    if not file.is_file():
        return None
    try:
        return _fitted(read_yaml(file), _TopicWords, "a topic's translation", problems)
    except CourseError as error:
        problems += error.problems
        return None


def _lesson(path: Path, topic: str, problems: list[Problem]) -> Lesson | None:
    try:
        source, _, _ = split_front_matter(path, read_text(path))
    except CourseError as error:
        problems += error.problems
        return None
    front = _fitted(source, _Front, "a lesson's front matter", problems)
    if front is None:
        return None
    words = read_lesson_words(path, language(), problems)
    return Lesson(
        id=path.stem,
        title=words.title if words else front.title,
        topic=topic,
        path=path,
        minutes=front.minutes,
        exercises=tuple(front.exercises),
    )


def read_lesson_words(path: Path, language: str, problems: list[Problem]) -> _FrontWords | None:
    """Return a lesson's title in another language, noting what is wrong; None where there is no translation."""
    file = localized(path, language)
    if file == path:
        return None
    try:
        source, _, _ = split_front_matter(file, read_text(file))
    except CourseError as error:
        problems += error.problems
        return None
    return _fitted(source, _FrontWords, "the front matter of a translated lesson", problems)


def _images(file: Path, problems: list[Problem]) -> tuple[str, ...]:
    try:
        shape = _fitted(read_yaml(file), _Images, "the list of images", problems)
    except CourseError as error:
        problems += error.problems
        return ()
    return tuple(each.image for each in shape.images) if shape else ()
