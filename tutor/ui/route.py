"""The way through the course: what is in a topic, what is done, and what is next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, TypeAlias

from tutor.course.model import Course, Exercise, Lesson, Topic

Entry: TypeAlias = Lesson | Exercise
"""Something that the learner can open."""


class LessonState(Protocol):
    """How far the learner is with a lesson."""

    @property
    def step(self) -> int:
        """The step that was read last, from 0."""
        ...

    @property
    def done(self) -> bool:
        """Whether the last step was read."""
        ...


class ExerciseState(Protocol):
    """How far the learner is with an exercise."""

    @property
    def state(self) -> str:
        """`new`, `started` or `passed`."""
        ...


class Progress(Protocol):
    """What the learner has done."""

    def lesson(self, id: str) -> LessonState:
        """Return how far the lesson is."""
        ...

    def exercise(self, id: str) -> ExerciseState:
        """Return how far the exercise is."""
        ...


def entries(topic: Topic) -> list[Entry]:
    """Return each lesson of `topic` followed by its exercises, then the exercises that no lesson names."""
    by_id = {exercise.id: exercise for exercise in topic.exercises}
    found: list[Entry] = []
    for lesson in topic.lessons:
        found += [lesson, *(by_id.pop(id) for id in lesson.exercises if id in by_id)]
    return [*found, *by_id.values()]


def state(entry: Entry, progress: Progress) -> str:
    """Return `new`, `started` or `passed` for a lesson or an exercise."""
    if isinstance(entry, Exercise):
        return progress.exercise(entry.id).state
    lesson = progress.lesson(entry.id)
    return "passed" if lesson.done else "started" if lesson.step else "new"


def way(course: Course) -> Iterator[Entry]:
    """Yield everything in the order of the course."""
    for topic in course.topics:
        yield from entries(topic)


def next_entry(course: Course, progress: Progress, after: str = "") -> Entry | None:
    """Return what is not done yet: the first after the entry `after`, else the first of all."""
    everything = list(way(course))
    begin = next((position + 1 for position, entry in enumerate(everything) if entry.id == after), 0)
    for entry in (*everything[begin:], *everything[:begin]):
        if state(entry, progress) != "passed":
            return entry
    return None
