"""Every fault in the course's files, strictly: what an author must mend before an exercise is proven."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from checkers.spelling import did_you_mean
from tutor.course.answers import right_answers, solution_path, wrong_answers
from tutor.course.exercise import read_overlay
from tutor.course.lint_lessons import lint_lesson
from tutor.course.lint_manifests import lint_answers, lint_manifests, lint_names
from tutor.course.load import TOPIC_FOLDER, read_course
from tutor.course.model import Course, Exercise, Needs
from tutor.course.source import CourseError, Problem, read_text, read_yaml

TOPICS = 11
FOLDER = {"exercise.yaml", "task.md", "debrief.md", "setup", "files", "right", "wrong", "solution.sh", "solution.yaml"}
"""What an exercise's folder may hold; translations lie beside, as `task.zh.md`."""
NEEDS = {"node": Needs.NODES, "etcd": Needs.NODES, "exec": Needs.CONTAINERS, "logs": Needs.CONTAINERS}
"""Types of checks that need something real; the others work on objects."""
ORDER = list(Needs)


def lint(content_dir: Path) -> list[Problem]:
    """Return all faults under `content_dir`, in the order of files and lines; never raises for their content."""
    course, problems = read_course(content_dir)
    found = [*problems]
    for finding in (_topics(course, content_dir), _links(course), _twice(course)):
        found += finding
    for lesson in course.lessons:
        found += lint_lesson(lesson)
    for exercise in course.exercises:
        found += _collect(exercise, course)
    return sorted(set(found))


def _collect(exercise: Exercise, course: Course) -> list[Problem]:
    found: list[Problem] = []
    for part in (
        _files(exercise),
        _translations(exercise),
        _answers(exercise),
        _fields(exercise, course),
        lint_manifests(exercise),
        lint_answers(exercise),
        lint_names(exercise),
    ):
        try:
            found += part
        except CourseError as error:
            found += error.problems
    return found


def _topics(course: Course, content_dir: Path) -> Iterator[Problem]:
    if len(course.topics) != TOPICS:
        text = f"the course has {TOPICS} topics, and {len(course.topics)} can be read"
        yield Problem(content_dir / "lessons", 1, text)
    for topic in course.topics:
        listed = {each.id for each in topic.lessons}
        for path in sorted(topic.folder.glob("*.md")):
            if path.name.count(".") == 1 and path.stem not in listed:
                yield Problem(topic.folder / "topic.yaml", 1, f"the lesson {path.name} is not listed under lessons")
        listed = {each.id for each in topic.exercises}
        faulty = {problem.file.parent.name for problem in course.problems}
        for folder in sorted((content_dir / "exercises" / topic.folder.name).glob("*/")):
            if folder.name not in listed | faulty:
                yield Problem(topic.folder / "topic.yaml", 1, f"the exercise {folder.name} is not listed")
    known = {topic.folder.name for topic in course.topics}
    for folder in sorted((content_dir / "exercises").glob("*/")):
        if folder.name not in known and TOPIC_FOLDER.fullmatch(folder.name):
            yield Problem(folder, 1, f"there is no topic lessons/{folder.name}/topic.yaml")


def _links(course: Course) -> Iterator[Problem]:
    """Lessons name their exercises, and exercises their lessons."""
    lessons, exercises = {each.id for each in course.lessons}, {each.id for each in course.exercises}
    for lesson in course.lessons:
        for id in lesson.exercises:
            named = course.exercise(id)
            if named is None:
                text = f"the lesson names the exercise {id}, and there is none"
                yield Problem(lesson.path, 1, text, did_you_mean(id, exercises))
            elif lesson.id not in named.lessons:
                yield Problem(lesson.path, 1, f"the lesson names the exercise {id}, which does not name the lesson")
    for exercise in course.exercises:
        file = exercise.folder / "exercise.yaml"
        for id in exercise.lessons:
            found = course.lesson(id)
            if found is None:
                text = f"the exercise names the lesson {id}, and there is none"
                yield read_yaml(file).problem(("lessons",), text, did_you_mean(id, lessons))
            elif exercise.id not in found.exercises:
                text = f"the exercise names the lesson {id}, which does not name the exercise"
                yield read_yaml(file).problem(("lessons",), text)


def _twice(course: Course) -> Iterator[Problem]:
    """Ids are unique in the course, namespaces among the exercises of one topology."""
    for ids in (Counter(each.id for each in course.exercises), Counter(each.id for each in course.lessons)):
        for id, n in ids.items():
            if n > 1:
                yield Problem(course.topics[0].folder.parent, 1, f"the id {id} is there {n} times in the course")
    owner: dict[tuple[str, str], str] = {}
    for exercise in course.exercises:
        for namespace in exercise.namespaces:
            other = owner.setdefault((exercise.topology, namespace), exercise.id)
            if other != exercise.id:
                file = exercise.folder / "exercise.yaml"
                text = f"the namespace {namespace} belongs to the exercise {other} on the same topology"
                yield read_yaml(file).problem(("namespaces",), text)


def _files(exercise: Exercise) -> Iterator[Problem]:
    file = exercise.folder / "exercise.yaml"
    for name in ("task.md", "debrief.md"):
        if not (exercise.folder / name).is_file():
            yield Problem(file, 1, f"{name} is missing")
        elif not read_text(exercise.folder / name).strip():
            yield Problem(exercise.folder / name, 1, "the file is empty")
    for path in sorted(exercise.folder.iterdir()):
        stem, *middle, suffix = path.name.split(".") if "." in path.name else (path.name, "")
        english = f"{stem}.{suffix}" if suffix else stem
        if english not in FOLDER or (middle and english not in ("task.md", "debrief.md", "exercise.yaml")):
            yield Problem(path, 1, "nothing reads this file", did_you_mean(path.name, FOLDER))
    applied = {step.apply for step in exercise.setup}
    for path in sorted((exercise.folder / "setup").glob("*")):
        if path.name not in applied:
            yield Problem(path, 1, "no step of the set-up applies this file")


def _translations(exercise: Exercise) -> Iterator[Problem]:
    for path in sorted(exercise.folder.glob("exercise.*.yaml")):
        yield from read_overlay(exercise, path.name.split(".")[1])[1]


def _answers(exercise: Exercise) -> Iterator[Problem]:
    file = exercise.folder / "exercise.yaml"
    solution_path(exercise)
    ids = {check.id for check in exercise.checks}
    wrong, right = wrong_answers(exercise), right_answers(exercise)
    if len(wrong) < 2:
        yield Problem(file, 1, f"an exercise has at least two wrong answers in wrong/, and this one has {len(wrong)}")
    if not right:
        yield Problem(file, 1, "an exercise has at least one other right answer in right/")
    for answer in wrong:
        if answer.fails not in ids:
            text = f"no check has the id {answer.fails}"
            yield Problem(answer.path, 1, text, did_you_mean(answer.fails, ids))


def _fields(exercise: Exercise, course: Course) -> Iterator[Problem]:
    source = read_yaml(exercise.folder / "exercise.yaml")
    if len(exercise.hints) < 2:
        yield source.problem(("hints",), "an exercise has at least two hints, from vague to nearly there")
    for image in exercise.images:
        if image not in course.images:
            text = f"the image {image} is not in exercises/images.yaml"
            yield source.problem(("images",), text, did_you_mean(image, course.images))
    for index, check in enumerate(exercise.checks):
        least = NEEDS.get(check.type.key, Needs.API)
        if ORDER.index(exercise.needs) < ORDER.index(least):
            text = f"a check of the type {check.type.key} needs {least}, and the exercise says {exercise.needs}"
            yield source.problem(("checks", index), text, f"needs: {least}")
    if any(step.node for step in exercise.setup) and not exercise.exclusive:
        yield source.problem(("needs",), "the set-up changes a node", "needs: nodes")
