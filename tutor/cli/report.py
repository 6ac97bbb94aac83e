"""Check results as a learner reads them, as JSON, and as JUnit XML."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from checkers.result import Result, Status
from checkers.words import say, say_n
from tutor.cli.exits import Exit
from tutor.session.events import Checked
from tutor.session.proof_report import NOT_XML

MARKS: Mapping[Status, tuple[str, str]] = {
    Status.PASS: ("✓", "green"),
    Status.FAIL: ("✗", "red"),
    Status.WAIT: ("…", "yellow"),
    Status.BLOCKED: ("·", "dim"),
    Status.ERROR: ("?", "magenta"),
}
"""Each status by a sign of its own, so that nobody needs the colours."""


def exit_code(checked: Checked) -> Exit:
    """Return how `kubetutor check` ends: a failure is certain, not having seen something is not."""
    statuses = {result.status for result in checked.results}
    if Status.FAIL in statuses:
        return Exit.FAILED
    if Status.ERROR in statuses:
        return Exit.BLIND
    return Exit.OK if checked.score.passed else Exit.FAILED


def render(checked: Checked) -> RenderableType:
    """Return the results as text: one row a check, what matters of a failure under it, the score last."""
    titles = {result.id: result.title for result in checked.results}
    rows: list[RenderableType] = []
    for result in checked.results:
        rows += [_headline(result, titles), *_details(result)]
    return Group(*rows, Text(), _sum(checked))


def to_dict(exercise: str, checked: Checked) -> dict[str, Any]:
    """Return what `kubetutor check --json` prints."""
    return {
        "exercise": exercise,
        "passed": checked.score.passed,
        "score": {"earned": checked.score.earned, "possible": checked.score.possible},
        "elapsed": round(checked.elapsed, 3),
        "results": [result.to_dict() for result in checked.results],
    }


def write_junit(path: Path, exercise: str, checked: Checked) -> None:
    """Write the results as JUnit XML; what could not be looked at is an error, what was not tried is skipped."""
    suite = ET.Element("testsuite", name=exercise, time=f"{checked.elapsed:.3f}")
    tags = {Status.FAIL: "failure", Status.WAIT: "failure", Status.ERROR: "error", Status.BLOCKED: "skipped"}
    counts = dict.fromkeys(("failure", "error", "skipped"), 0)
    for result in checked.results:
        case = ET.SubElement(suite, "testcase", classname=exercise, name=result.id, time=f"{result.elapsed:.3f}")
        if tag := tags.get(result.status):
            counts[tag] += 1
            message, text = (NOT_XML.sub("�", words) for words in (result.found or result.title, result.text()))
            ET.SubElement(case, tag, message=message).text = text
    suite.attrib |= {"tests": str(len(checked.results)), "skipped": str(counts["skipped"])}
    suite.attrib |= {"failures": str(counts["failure"]), "errors": str(counts["error"])}
    path.parent.mkdir(parents=True, exist_ok=True)
    ET.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)


def _headline(result: Result, titles: Mapping[str, str]) -> RenderableType:
    mark, style = MARKS[result.status]
    grid = Table.grid(padding=(0, 1))
    title = Text(result.title, "dim" if result.status is Status.BLOCKED else "")
    if result.status is Status.BLOCKED:
        first = titles.get(result.blocked_by, result.blocked_by)
        title.append(" " + say("(first: {title})", title=first))
    elif result.status is Status.WAIT and result.left is not None:
        title.append(" " + say("({left} s left)", left=math.ceil(result.left)), style)
    grid.add_row(Text(mark, style), title)
    return grid


def _details(result: Result) -> list[RenderableType]:
    """Return what a learner needs of a check that does not pass: what is true first, where to look last."""
    if result.status in (Status.PASS, Status.BLOCKED):
        return []
    labelled = {
        say("Asked:"): Text(result.asked),
        say("Near:"): Text(result.near),
        say("Seen:"): Text(result.evidence),
        say("Look:"): Text(result.look, "bold"),
    }
    grid = Table.grid(padding=(0, 1))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for label, text in labelled.items():
        if text:
            grid.add_row(label, text)
    parts: list[RenderableType] = [Text(result.found)] if result.found else []
    if grid.row_count:
        parts.append(grid)
    return [Padding(part, (0, 0, 0, 2)) for part in parts]


def _sum(checked: Checked) -> Text:
    score, passing = checked.score, sum(result.status is Status.PASS for result in checked.results)
    if score.passed:
        return Text(say_n("The one check passes.", "All {n} checks pass.", len(checked.results)), "bold green")
    return Text(
        say(
            "{passing} of {total} checks pass: {earned} of {possible} points.",
            passing=passing,
            total=len(checked.results),
            earned=score.earned,
            possible=score.possible,
        ),
        "bold",
    )
