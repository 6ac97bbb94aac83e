"""Check results as text, JSON and JUnit."""

from __future__ import annotations

import io
import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from rich.cells import cell_len
from rich.console import Console

from checkers.result import Result, Status, score
from tutor.cli.exits import Exit
from tutor.cli.report import exit_code, render, to_dict, write_junit
from tutor.session.events import Checked

PASS = Result(id="exists", title="The Service web is there", status=Status.PASS, elapsed=0.25)
FAIL = Result(
    id="endpoints",
    title="The Service leads to three Pods",
    status=Status.FAIL,
    weight=2,
    found="Service web selects no Pods: its selector is app=web; Pods here carry app=wbe.",
    asked="Three ready addresses behind the Service web.",
    near="3 Pods carry app=wbe, one letter off.",
    evidence="Event: no endpoints available for service web",
    look="kubectl get pods --show-labels",
)
WAIT = Result(id="ready", title="Three Pods are ready", status=Status.WAIT, found="2 of 3 are ready.", left=11.2)
BLOCKED = Result(id="answers", title="The Service answers", status=Status.BLOCKED, blocked_by="endpoints")
ERROR = Result(id="logs", title="The log is quiet", status=Status.ERROR, found="The cluster does not answer.")


def checked(*results: Result) -> Checked:
    return Checked(results, score(results), 0.4)


def text(*results: Result, width: int = 80) -> str:
    file = io.StringIO()
    Console(file=file, width=width).print(render(checked(*results)))
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())


def test_a_failure_says_what_is_true_first_and_where_to_look_last() -> None:
    assert text(PASS, FAIL, BLOCKED) == "\n".join(
        [
            "✓ The Service web is there",
            "✗ The Service leads to three Pods",
            "  Service web selects no Pods: its selector is app=web; Pods here carry app=wbe.",
            "  Asked: Three ready addresses behind the Service web.",
            "  Near:  3 Pods carry app=wbe, one letter off.",
            "  Seen:  Event: no endpoints available for service web",
            "  Look:  kubectl get pods --show-labels",
            "· The Service answers (first: The Service leads to three Pods)",
            "",
            "1 of 3 checks pass: 1 of 4 points.",
        ]
    )


def test_waiting_shows_the_seconds_left() -> None:
    assert "… Three Pods are ready (12 s left)\n  2 of 3 are ready." in text(WAIT)


def test_when_all_pass_it_says_so() -> None:
    assert text(PASS).endswith("The one check passes.")
    assert text(PASS, PASS).endswith("All 2 checks pass.")


@pytest.mark.parametrize("width", [40, 60, 80])
def test_text_wraps_at_the_width_and_stays_aligned(width: int) -> None:
    lines = text(FAIL, ERROR, BLOCKED, width=width).splitlines()
    assert max(map(cell_len, lines)) <= width
    first = next(i for i, line in enumerate(lines) if line.startswith("  Asked:"))
    following = lines[first + 1]
    assert following.startswith("         ") or following.startswith("  Near:")


def test_markup_in_what_the_cluster_says_is_left_alone() -> None:
    odd = Result(id="x", title="[bold]not markup[/bold]", status=Status.FAIL, found="[red]log[/] {braces}")
    assert "[bold]not markup[/bold]" in text(odd)
    assert "[red]log[/] {braces}" in text(odd)


@pytest.mark.parametrize(
    ("results", "code"),
    [
        ([PASS], Exit.OK),
        ([PASS, FAIL, ERROR], Exit.FAILED),
        ([PASS, ERROR], Exit.BLIND),
        ([PASS, WAIT], Exit.FAILED),
        ([], Exit.OK),
    ],
)
def test_exit_codes_tell_fail_from_could_not_look(results: list[Result], code: Exit) -> None:
    assert exit_code(checked(*results)) is code


def test_json_has_every_result_and_the_sum() -> None:
    data = json.loads(json.dumps(to_dict("wrong-selector", checked(PASS, FAIL))))
    assert data["exercise"] == "wrong-selector"
    assert data["passed"] is False
    assert data["score"] == {"earned": 1, "possible": 3}
    assert data["elapsed"] == 0.4
    assert data["results"][0] == {
        "id": "exists",
        "title": "The Service web is there",
        "status": "pass",
        "weight": 1,
        "elapsed": 0.25,
    }
    assert data["results"][1]["near"] == FAIL.near


def test_junit_tells_failures_errors_and_skipped_apart(tmp_path: Path) -> None:
    file = tmp_path / "reports" / "check.xml"
    write_junit(file, "wrong-selector", checked(PASS, FAIL, WAIT, BLOCKED, ERROR))
    suite = ET.parse(file).getroot()
    assert suite.tag == "testsuite"
    assert {key: suite.attrib[key] for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "5",
        "failures": "2",
        "errors": "1",
        "skipped": "1",
    }
    cases = {case.attrib["name"]: [child.tag for child in case] for case in suite}
    assert cases == {
        "exists": [],
        "endpoints": ["failure"],
        "ready": ["failure"],
        "answers": ["skipped"],
        "logs": ["error"],
    }
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert failure.attrib["message"] == FAIL.found
    assert FAIL.look in (failure.text or "")


def test_junit_holds_what_xml_cannot(tmp_path: Path) -> None:
    file = tmp_path / "check.xml"
    log = Result(id="log", title="Log", status=Status.FAIL, found="\x1b[31mred\x00 <tag> & ünï 水")
    write_junit(file, "odd", checked(log))
    failure = ET.parse(file).getroot().find("testcase/failure")
    assert failure is not None
    assert "red" in failure.attrib["message"]
    assert "<tag> & ünï 水" in failure.attrib["message"]
