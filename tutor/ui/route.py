"""The way through the course: what is in a topic, what is done, and what is next."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TypeAlias

from checkers.words import say
from tutor.course.model import Course, Exercise, Lesson, Topic
from tutor.session.progress import ProgressStore

Entry: TypeAlias = Lesson | Exercise
"""Something that the learner can open."""
Standing: TypeAlias = Mapping[tuple[str, str], str]
"""How far the learner is with each entry, by its `place`: `new`, `started` or `passed`."""


def entries(topic: Topic) -> list[Entry]:
    """Return each lesson of `topic` followed by its exercises, then the exercises that no lesson names."""
    by_id = {exercise.id: exercise for exercise in topic.exercises}
    found: list[Entry] = []
    for lesson in topic.lessons:
        found += [lesson, *(by_id.pop(id) for id in lesson.exercises if id in by_id)]
    return [*found, *by_id.values()]


def way(course: Course) -> Iterator[Entry]:
    """Yield everything in the order of the course."""
    for topic in course.topics:
        yield from entries(topic)


def place(entry: Entry) -> tuple[str, str]:
    """Return what tells `entry` from all others; a lesson and an exercise may share an id."""
    return ("exercise" if isinstance(entry, Exercise) else "lesson", entry.id)


def standing(course: Course, progress: ProgressStore) -> dict[tuple[str, str], str]:
    """Read how far the learner is with everything. Raises TutorError when the progress cannot be read."""
    return {place(entry): _state(entry, progress) for entry in way(course)}


def next_entry(
    course: Course, states: Standing, after: Entry | None = None, refused: Collection[str] = ()
) -> Entry | None:
    """Return what is not done yet: the first after the entry `after`, else the first of all.

    Exercises that cannot run here, whose ids are `refused`, are passed over.
    """
    everything = list(way(course))
    begin = everything.index(after) + 1 if after else 0
    for entry in (*everything[begin:], *everything[:begin]):
        possible = isinstance(entry, Lesson) or entry.id not in refused
        if possible and states[place(entry)] != "passed" and entry is not after:
            return entry
    return None


def rest() -> str:
    """Return what is said where only exercises are left that cannot run here."""
    return say("You have done everything that can run here. Exercises marked – need Docker and kind.")


def _state(entry: Entry, progress: ProgressStore) -> str:
    if isinstance(entry, Exercise):
        return progress.exercise(entry.id).state
    lesson = progress.lesson(entry.id)
    return "passed" if lesson.done else "started" if lesson.step else "new"
