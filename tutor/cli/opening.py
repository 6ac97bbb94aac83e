"""Opening the course and the progress file; what is wrong with either is said on stderr."""

from __future__ import annotations

from checkers.words import say_n
from tutor.cli.out import note
from tutor.course.load import load_course
from tutor.course.model import Course
from tutor.paths import content_dir, progress_file
from tutor.session.progress import ProgressStore


def open_course() -> Course:
    """Return the course. Raises CourseError when there is none at all."""
    course = load_course(content_dir())
    if course.problems:
        note(
            say_n(
                "{n} mistake in the course: something may be missing below. See kubetutor lint",
                "{n} mistakes in the course: something may be missing below. See kubetutor lint",
                len(course.problems),
            ),
            "yellow",
        )
    return course


def open_progress() -> ProgressStore:
    """Return the learner's progress; a file that was set aside is named."""
    store = ProgressStore(progress_file())
    if store.notice:
        note(store.notice, "yellow")
    return store
