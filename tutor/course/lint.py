"""Every fault in the course's files, strictly: what an author must mend before an exercise is proven."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from checkers.spelling import did_you_mean
from tutor.course.lint_exercise import lint_exercise, visible
from tutor.course.lint_images import tagged
from tutor.course.lint_lessons import lint_lesson
from tutor.course.load import read_course, read_topic_words
from tutor.course.model import Course, Topic
from tutor.course.source import Problem, read_text, read_yaml, split_front_matter
from tutor.course.texts import LANGUAGE

TOPICS = 11


def lint(content_dir: Path) -> list[Problem]:
    """Return all faults under `content_dir`, in the order of files and lines; never raises for their content."""
    course, problems = read_course(content_dir)
    found = [*problems, *_course(course, content_dir), *_links(course, content_dir), *_twice(course)]
    for topic in course.topics:
        found += _topic(topic, content_dir)
        for lesson in topic.lessons:
            found += lint_lesson(lesson)
        for exercise in topic.exercises:
            found += lint_exercise(exercise, course)
    return sorted(set(found))


def _course(course: Course, content_dir: Path) -> Iterator[Problem]:
    if len(course.topics) != TOPICS:
        text = f"the course has {TOPICS} topics, and {len(course.topics)} can be read"
        yield Problem(content_dir / "lessons", 1, text)
    for path in visible(content_dir / "lessons"):
        if not path.is_dir():
            yield Problem(path, 1, "nothing reads this file; lessons lie in the folders of their topics")
    for path in visible(content_dir / "exercises"):
        if path.is_dir() and not (content_dir / "lessons" / path.name / "topic.yaml").is_file():
            yield Problem(path, 1, f"there is no topic lessons/{path.name}/topic.yaml")
        elif path.is_file() and path.name != "images.yaml":
            yield Problem(path, 1, "nothing reads this file; exercises lie in the folders of their topics")
    file = content_dir / "exercises" / "images.yaml"
    for index, image in enumerate(course.images):
        if not tagged(image):
            yield read_yaml(file).problem(("images", index), f"the image {image} has no tag of its own")
        elif image in course.images[:index]:
            yield read_yaml(file).problem(("images", index), f"the image {image} is there twice")


def _topic(topic: Topic, content_dir: Path) -> Iterator[Problem]:
    """Yield the faults of a topic's two folders: what is not listed, and what nothing reads."""
    source = read_yaml(topic.folder / "topic.yaml")
    for path in visible(topic.folder):
        stem, _, rest = path.name.partition(".")
        language, _, suffix = rest.rpartition(".")
        foreign = bool(language)
        if foreign and not LANGUAGE.fullmatch(language):
            yield Problem(path, 1, "nothing reads this file; a translation is called as lesson.zh.md")
        elif (stem, suffix) == ("topic", "yaml"):
            found: list[Problem] = []
            if foreign:
                read_topic_words(path, found)
            yield from found
        elif suffix != "md":
            yield Problem(path, 1, "nothing reads this file; a topic's folder holds topic.yaml and lessons as .md")
        elif stem not in (source.data.get("lessons") or []):
            yield source.problem(("lessons",), f"the lesson {stem} is not listed under lessons")
        elif foreign and not (topic.folder / f"{stem}.md").is_file():
            yield Problem(path, 1, f"there is no {stem}.md that this translates")
    listed = source.data.get("exercises") or []
    for path in visible(content_dir / "exercises" / topic.folder.name):
        if not path.is_dir():
            yield Problem(path, 1, "nothing reads this file; each exercise is a folder")
        elif path.name not in listed:
            yield source.problem(("exercises",), f"the exercise {path.name} is not listed under exercises")
    if not topic.title.strip() or not topic.summary.strip():
        yield source.problem((), "a topic has a title and a summary of one sentence")


def _links(course: Course, content_dir: Path) -> Iterator[Problem]:
    """Lessons name their exercises, and exercises their lessons; what is there with faults is told elsewhere."""
    lessons = {each.id for each in course.lessons}
    exercises = {each.id for each in course.exercises}
    broken = {path.name for path in (content_dir / "exercises").glob("*/*/")} - exercises
    broken |= {path.stem for path in (content_dir / "lessons").glob("*/*.md")} - lessons
    for lesson in course.lessons:
        front, _, _ = split_front_matter(lesson.path, read_text(lesson.path))
        for index, id in enumerate(lesson.exercises):
            named = course.exercise(id)
            place = ("exercises", index)
            if named and lesson.id not in named.lessons:
                yield front.problem(place, f"the lesson names the exercise {id}, which does not name the lesson")
            elif not named and id not in broken:
                text = f"the lesson names the exercise {id}, and there is none"
                yield front.problem(place, text, did_you_mean(id, exercises))
    for exercise in course.exercises:
        source = read_yaml(exercise.folder / "exercise.yaml")
        for index, id in enumerate(exercise.lessons):
            found = course.lesson(id)
            place = ("lessons", index)
            if found and exercise.id not in found.exercises:
                yield source.problem(place, f"the exercise names the lesson {id}, which does not name the exercise")
            elif not found and id not in broken:
                text = f"the exercise names the lesson {id}, and there is none"
                yield source.problem(place, text, did_you_mean(id, lessons))


def _twice(course: Course) -> Iterator[Problem]:
    """Ids are unique in the course, namespaces among the exercises of one topology."""
    places = [(each.id, each.folder / "exercise.yaml") for each in course.exercises]
    places += [(each.id, each.path) for each in course.lessons]
    first: dict[tuple[str, str], Path] = {}
    for id, file in places:
        other = first.setdefault((file.suffix, id), file)
        if other != file:
            yield Problem(file, 1, f"the id {id} belongs to {other.relative_to(file.parents[2])} already")
    owner: dict[tuple[str, str], str] = {}
    for exercise in course.exercises:
        for index, namespace in enumerate(exercise.namespaces):
            other_id = owner.setdefault((exercise.topology, namespace), exercise.id)
            if other_id != exercise.id:
                text = f"the namespace {namespace} belongs to the exercise {other_id} on the same topology"
                yield read_yaml(exercise.folder / "exercise.yaml").problem(("namespaces", index), text)
