"""Finding topics, lessons and exercises by what a learner types."""

from __future__ import annotations

from collections.abc import Collection

from checkers.words import say
from tutor.cli.exits import WordError
from tutor.cli.parser import guess
from tutor.course.model import Course, Exercise, Lesson, Topic


def find_exercise(course: Course, word: str) -> Exercise:
    """Return the exercise that `word` names or alone begins. Raises WordError."""
    known = {exercise.id: exercise for exercise in course.exercises}
    return known[_full(word, known, say("There is no exercise {word}.", word=word))]


def find_lesson(course: Course, word: str) -> Lesson:
    """Return the lesson that `word` names or alone begins. Raises WordError."""
    known = {lesson.id: lesson for lesson in course.lessons}
    return known[_full(word, known, say("There is no lesson {word}.", word=word))]


def find_topic(course: Course, word: str) -> Topic:
    """Return the topic of this number, or that `word` names or alone begins. Raises WordError."""
    known = {topic.id: topic for topic in course.topics}
    by_number = {str(topic.number): topic.id for topic in course.topics}
    return known[_full(by_number.get(word.lstrip("0"), word), known, say("There is no topic {word}.", word=word))]


def _full(word: str, known: Collection[str], missing: str) -> str:
    """Return the one of `known` that is `word` or begins with it."""
    wanted = word.lower()
    if wanted in known:
        return wanted
    begins = [name for name in known if name.startswith(wanted)]
    if len(begins) == 1:
        return begins[0]
    if begins:
        raise WordError(say("Several begin with {word}: {ids}.", word=word, ids=", ".join(begins)))
    raise WordError(missing + guess(wanted, known), hint=say("See them all: kubetutor list"))
