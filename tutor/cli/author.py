"""`new` and `lint`: for those who write lessons and exercises."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

from checkers.words import say, say_n
from tutor.cli.exits import Exit, WordError
from tutor.cli.names import find_topic
from tutor.cli.out import note, stdout
from tutor.cli.parser import Options
from tutor.course.lint import lint as lint_course
from tutor.course.load import load_course
from tutor.errors import TutorError
from tutor.paths import content_dir

SKELETON = Path(__file__).parent / "skeleton"
"""A small exercise that works; SLUG stands where the new one's id belongs."""


def new(options: Options) -> Exit:
    """`kubetutor new TOPIC/SLUG`: a folder with a whole exercise, proven, to be changed bit by bit."""
    topic_word, _, slug = options.path.rpartition("/")
    if not topic_word or not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", slug):
        raise WordError(
            say("{path} is not TOPIC/SLUG.", path=options.path),
            say("A slug is lower-case words with dashes between, as in pods/my-exercise."),
        )
    root = content_dir()
    if not (root / "pyproject.toml").is_file():
        raise TutorError(
            say("Exercises are written in a checkout."),
            say(
                "This kubetutor was installed, and the next version would replace what you write in {root}.", root=root
            ),
            say("Clone the project, and run there: make test, then .venv/bin/kubetutor new TOPIC/SLUG"),
        )
    course = load_course(root)
    topic = find_topic(course, topic_word)
    if course.exercise(slug):
        raise TutorError(say("There is an exercise {id} already.", id=slug), hint=say("Choose another slug."))
    folder = root / "exercises" / topic.folder.name / slug
    if folder.exists():
        raise TutorError(say("There is a folder {folder} already.", folder=folder), hint=say("Choose another slug."))
    shutil.copytree(SKELETON, folder)
    data = folder / "exercise.yaml"
    data.write_text(data.read_text(encoding="utf-8").replace("SLUG", slug), encoding="utf-8")
    stdout().out(str(_near(folder)))
    note(say("It works as it is. Name it under `exercises` in {file}.", file=_near(topic.folder / "topic.yaml")))
    note(say("Then change it, and after each change: kubetutor lint && kubetutor prove {id}", id=slug))
    return Exit.OK


def lint(options: Options) -> Exit:
    """`kubetutor lint [DIR]`: every mistake as `file:line: what, what instead`."""
    folder = options.dir or content_dir()
    if not folder.is_dir():
        raise WordError(say("There is no directory {folder}.", folder=folder))
    problems = lint_course(folder)
    for problem in problems:
        stdout().out(str(replace(problem, file=_near(problem.file))))
    if problems:
        note(say_n("{n} mistake.", "{n} mistakes.", len(problems)))
        return Exit.FAILED
    note(say("No mistakes."))
    return Exit.OK


def _near(path: Path) -> Path:
    """Return `path` as seen from the current directory, when it is below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
