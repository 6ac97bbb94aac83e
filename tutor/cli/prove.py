"""`prove`: every exercise is done on a real cluster, rightly and wrongly."""

from __future__ import annotations

import shlex

from rich.text import Text

from checkers.words import say
from tutor.cli.exits import Exit
from tutor.cli.names import find_exercise
from tutor.cli.opening import open_course
from tutor.cli.out import emit, note, stderr
from tutor.cli.parser import Options
from tutor.cli.stages import Stages, stoppable
from tutor.cli.tutoring import agree_on_context
from tutor.clusters.base import Provider
from tutor.clusters.context import ContextProvider
from tutor.clusters.kind.provider import KindProvider
from tutor.clusters.practice import PracticeProvider
from tutor.paths import data_dir
from tutor.session.proof import prove as prove_course
from tutor.session.proof_report import Part

PREFIX = "kubetutor-proof"
"""The proof has clusters of its own: it removes them, and a learner's must stay."""
SPEED = 5.0
"""How much faster than real ones simulated programs sleep, and back-offs pass, in a proof."""
MARKS = {"passed": ("✓", "green"), "failed": ("✗", "red"), "error": ("?", "magenta"), "skipped": ("–", "dim")}


def prove(options: Options) -> Exit:
    """`kubetutor prove [ID…] [--workers N] [--junit FILE] [--keep]`: a line a part, then the table."""
    agree_on_context(options)
    course = open_course()
    ids = [find_exercise(course, word).id for word in options.ids]
    with Stages() as stages, stoppable() as cancel:
        report = prove_course(
            course,
            ids,
            _provider(options),
            options.workers,
            _tell,
            stages=stages.report,
            cancel=cancel,
            keep=options.keep,
        )
    if options.junit:
        report.write_junit(options.junit)
    emit(report.render())
    if options.keep and not options.context:
        note(say("The clusters stay up. To remove one: {command}", command=_removal(options)))
    return Exit.OK if report.passed else Exit.FAILED


def _provider(options: Options) -> Provider:
    if options.context:
        return ContextProvider(data_dir(), options.context)
    if options.provider == "practice":
        return PracticeProvider(data_dir() / "proof", speed=SPEED)
    return KindProvider(data_dir() / "proof", prefix=PREFIX)


def _removal(options: Options) -> str:
    """Return the command that removes a cluster of the proof."""
    if options.provider == "practice":
        home = shlex.quote(str(data_dir() / "proof"))
        return f"KUBETUTOR_HOME={home} kubetutor --provider practice cluster down single"
    return f"kind delete cluster --name {PREFIX}-single"


def _tell(part: Part) -> None:
    mark, style = MARKS[part.outcome]
    line = say("{exercise} {part} ({seconds:.1f} s)", exercise=part.exercise, part=part.name, seconds=part.seconds)
    stderr().print(Text.assemble((mark, style), " ", line))
