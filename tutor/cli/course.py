"""`list` and `lesson`: the course itself, without a cluster."""

from __future__ import annotations

from rich.text import Text

from checkers.words import language, say, say_n
from tutor.cli.exits import Exit, WordError
from tutor.cli.names import find_lesson, find_topic
from tutor.cli.out import heading, markdown, note, table
from tutor.cli.parser import Options
from tutor.course.load import lesson_steps, load_course
from tutor.course.model import Step, Topic
from tutor.paths import content_dir, progress_file
from tutor.session.progress import ProgressStore

MARKS = {"passed": Text("✓", "green"), "started": Text("…", "yellow")}
"""How far the learner is with an exercise; nothing stands before a new one."""


def list_course(options: Options) -> Exit:
    """`kubetutor list [TOPIC]`: lessons and exercises by topic, with what is passed."""
    course, progress = load_course(content_dir()), ProgressStore(progress_file())
    topics = [find_topic(course, options.topic)] if options.topic else course.topics
    widths = {0: 1, 1: max(len(entry.id) for entry in (*course.lessons, *course.exercises))}
    for topic in topics:
        heading(say("{number}. {title} ({id})", number=topic.number, title=topic.title, id=topic.id))
        if options.topic:
            note(topic.summary, "dim")
        table(["", "", "", "", ""], _rows(topic, progress), widths=widths)
    note(say("Read a lesson: kubetutor lesson ID. Begin an exercise: kubetutor start ID."), "dim")
    return Exit.OK


def show_lesson(options: Options) -> Exit:
    """`kubetutor lesson ID [STEP] [--all]`: one step, and what comes next."""
    course, progress = load_course(content_dir()), ProgressStore(progress_file())
    lesson = find_lesson(course, options.id)
    steps = lesson_steps(lesson, language())
    if options.all:
        for step in steps:
            _print_step(step)
        progress.mark_step(lesson.id, len(steps) - 1, True)
    else:
        number = options.step or min(progress.lesson(lesson.id).step + 1, len(steps))
        if not 1 <= number <= len(steps):
            raise WordError(
                say_n("Lesson {id} has {n} step.", "Lesson {id} has steps 1 to {n}.", len(steps), id=lesson.id)
            )
        _print_step(steps[number - 1])
        progress.mark_step(lesson.id, number - 1, number == len(steps))
        note(say("Step {number} of {total}.", number=number, total=len(steps)), "dim")
        if number < len(steps):
            note(say("Next: kubetutor lesson {id} {number}", id=lesson.id, number=number + 1))
            return Exit.OK
    for exercise in lesson.exercises:
        note(say("Now try: kubetutor start {id}", id=exercise))
    return Exit.OK


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


def _print_step(step: Step) -> None:
    markdown(f"## {step.title}\n\n{step.markdown}")
