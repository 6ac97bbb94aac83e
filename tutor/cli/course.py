"""`list` and `lesson`: the course itself, without a cluster."""

from __future__ import annotations

from rich.cells import cell_len
from rich.text import Text

from checkers.words import language, say, say_n
from tutor.cli.exits import Exit, WordError
from tutor.cli.names import find_lesson, find_topic
from tutor.cli.opening import open_course, open_progress
from tutor.cli.out import heading, markdown, note, stdout, table
from tutor.cli.parser import Options
from tutor.course.load import lesson_steps
from tutor.course.model import Exercise, Lesson, Topic
from tutor.session.progress import ProgressStore

MARKS = {"passed": Text("✓", "green"), "started": Text("…", "yellow")}
"""How far the learner is with an exercise; nothing stands before a new one."""

SIDE = 22
"""Cells that level, minutes and gaps take; left out where a terminal is too narrow for them."""


def list_course(options: Options) -> Exit:
    """`kubetutor list [TOPIC]`: lessons and exercises by topic, with what is passed."""
    course, progress = open_course(), open_progress()
    topics = [find_topic(course, options.topic)] if options.topic else course.topics
    entries: list[Lesson | Exercise] = [*course.lessons, *course.exercises]
    widths = {0: 1, 1: max(len(entry.id) for entry in entries), 2: max(cell_len(entry.title) for entry in entries)}
    columns = 5
    if sum(widths.values()) + SIDE > stdout().width:
        columns = 3
        widths.pop(2)
    for topic in topics:
        heading(say("{number}. {title} ({id})", number=topic.number, title=topic.title, id=topic.id))
        if options.topic:
            note(topic.summary, "dim")
        table([""] * columns, (row[:columns] for row in _rows(topic, progress)), widths=widths)
    note(say("Read a lesson: kubetutor lesson ID. Begin an exercise: kubetutor start ID."), "dim")
    return Exit.OK


def show_lesson(options: Options) -> Exit:
    """`kubetutor lesson ID [STEP] [--all]`: one step, and what comes next."""
    course, progress = open_course(), open_progress()
    lesson = find_lesson(course, options.id)
    steps = lesson_steps(lesson, language())
    total = len(steps)
    number = progress.lesson(lesson.id).step + 1 if options.step is None else options.step
    number = total if options.all else number
    if not 1 <= number <= total:
        raise WordError(say_n("Lesson {id} has {n} step.", "Lesson {id} has steps 1 to {n}.", total, id=lesson.id))
    for step in steps if options.all else [steps[number - 1]]:
        markdown(f"## {step.title}\n\n{step.markdown}")
    if number < total:
        progress.mark_step(lesson.id, number, False)
        note(say("Step {number} of {total}. Go on: kubetutor lesson {id}", number=number, total=total, id=lesson.id))
    else:
        progress.mark_step(lesson.id, 0, True)  # who reads it again begins at the beginning
        note(say("That was the lesson. {exercises}", exercises=_exercises(lesson)))
    return Exit.OK


def _exercises(lesson: Lesson) -> str:
    """Return how to begin the exercises that the lesson prepares for."""
    commands = [f"kubetutor start {id}" for id in lesson.exercises]
    return say("Now try: {commands}", commands=", ".join(commands)) if commands else ""


def _rows(topic: Topic, progress: ProgressStore) -> list[list[str | Text]]:
    lessons: list[list[str | Text]] = [
        [
            MARKS["passed"] if progress.lesson(lesson.id).done else "",
            lesson.id,
            lesson.title,
            say("lesson"),
            say("{minutes} min", minutes=lesson.minutes),
        ]
        for lesson in topic.lessons
    ]
    return lessons + [
        [
            MARKS.get(progress.exercise(exercise.id).state, ""),
            exercise.id,
            exercise.title,
            str(exercise.level),
            say("{minutes} min", minutes=exercise.minutes),
        ]
        for exercise in topic.exercises
    ]
