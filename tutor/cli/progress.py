"""`progress`: what the learner has passed."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from checkers.words import say
from tutor.cli.exits import Exit
from tutor.cli.opening import open_course, open_progress
from tutor.cli.out import note, table
from tutor.cli.parser import Options
from tutor.course.model import Course, Topic
from tutor.session.progress import ProgressStore


def show_progress(options: Options) -> Exit:
    """`kubetutor progress [--json]`: one row a topic; as JSON, one object an exercise."""
    course, progress = open_course(), open_progress()
    if options.json:
        print(json.dumps(to_dict(course, progress), indent=2, ensure_ascii=False, default=str))
        return Exit.OK
    rows = [_row(topic, progress) for topic in course.topics if topic.exercises]
    table(["", say("TOPIC"), say("PASSED"), say("OF"), say("HINTS"), say("TIME")], rows, right=(0, 2, 3, 4, 5))
    passed = sum(int(row[2]) for row in rows)
    note(say("{passed} of {total} exercises passed.", passed=passed, total=len(course.exercises)))
    return Exit.OK


def to_dict(course: Course, progress: ProgressStore) -> dict[str, Any]:
    """Return what `kubetutor progress --json` prints."""
    return {
        "exercises": [{"id": e.id, "topic": e.topic, **asdict(progress.exercise(e.id))} for e in course.exercises],
        "lessons": [
            {"id": lesson.id, "topic": lesson.topic, **asdict(progress.lesson(lesson.id))} for lesson in course.lessons
        ],
    }


def _row(topic: Topic, progress: ProgressStore) -> list[str]:
    states = [progress.exercise(exercise.id) for exercise in topic.exercises]
    minutes = sum(state.seconds for state in states) / 60
    return [
        str(topic.number),
        topic.title,
        str(sum(state.state == "passed" for state in states)),
        str(len(states)),
        str(sum(state.hints for state in states)),
        say("{minutes:.0f} min", minutes=minutes),
    ]
