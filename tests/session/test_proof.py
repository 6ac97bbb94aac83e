"""The proof itself: what it accepts, what it finds, and what it reports."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from checkers.check import Check, CheckType
from checkers.result import Verdict
from checkers.world import LookError, World
from tests.session.conftest import SAMPLE, OneCluster
from tutor.cancel import Cancel
from tutor.course.load import load_course
from tutor.course.model import Course, WrongAnswer
from tutor.errors import Cancelled, TutorError
from tutor.session import answers
from tutor.session.proof import prove
from tutor.session.proof_report import Part, ProofReport

RIGHT, WRONG = Verdict(ok=True), Verdict(ok=False, found="The label is app=wbe.")
HEALING = Verdict(ok=False, found="1 of 3 ready.", healing=True)


class Scripted(CheckType, frozen=True):
    """Says one verdict after the other, the last one for ever."""

    verdicts: list[Any]

    def look(self, world: World) -> Verdict:
        verdict = self.verdicts.pop(0) if len(self.verdicts) > 1 else self.verdicts[0]
        if isinstance(verdict, LookError):
            raise verdict
        return verdict


def ground(**checks: list[Any]) -> Any:
    made = tuple(
        Check(id=id, title=id, type=Scripted(verdicts=verdicts), within=0.5) for id, verdicts in checks.items()
    )
    cluster = SimpleNamespace(speed=1.0)
    return SimpleNamespace(exercise=SimpleNamespace(checks=made), world=SimpleNamespace(), cluster=cluster)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds of patience are for clusters."""
    for name, seconds in {"POLL": 0.02, "SURE": 0.1, "STILL": 0.3, "SLACK": 0.5}.items():
        monkeypatch.setattr(answers, f"{name}_SECONDS", seconds)


def test_a_start_must_fail_and_must_be_seen() -> None:
    assert answers.fails_at_start(ground(a=[RIGHT], b=[WRONG]), Cancel())[0] == ""
    assert answers.fails_at_start(ground(a=[RIGHT]), Cancel())[0] == "At the start, no check fails."
    blind = answers.fails_at_start(ground(a=[WRONG], b=[LookError("Nobody answers.")]), Cancel())
    assert blind[0] == "At the start, these checks cannot look: b."
    assert "Nobody answers." in blind[1]


def test_a_start_that_heals_by_itself_is_no_exercise() -> None:
    assert answers.fails_at_start(ground(a=[HEALING, HEALING, RIGHT]), Cancel())[0] == "At the start, no check fails."
    assert answers.fails_at_start(ground(a=[HEALING]), Cancel())[0] == ""  # its patience is over


def test_a_right_answer_gets_the_time_that_the_cluster_needs() -> None:
    assert answers.passes(ground(a=[WRONG, HEALING, RIGHT], b=[RIGHT]), Cancel())[0] == ""
    message, text = answers.passes(ground(a=[RIGHT], b=[WRONG]), Cancel())
    assert message == "These checks do not pass: b (fail)."
    assert "app=wbe" in text


def wrong(*says: str, fails: str = "a") -> WrongAnswer:
    return WrongAnswer(path=Path("wrong/label.sh"), fails=fails, says=says)


def test_a_wrong_answer_fails_where_it_says_with_the_words_it_says() -> None:
    assert answers.fails_as_named(ground(a=[WRONG], b=[RIGHT]), wrong("app=wbe", "label"), Cancel())[0] == ""
    assert answers.fails_as_named(ground(a=[HEALING, WRONG]), wrong("app=wbe"), Cancel())[0] == ""


@pytest.mark.parametrize(
    ("verdicts", "answer", "message"),
    [
        ([WRONG], wrong("app=web"), "The check a fails, and does not say 'app=web'."),
        ([RIGHT], wrong("app=wbe"), "The check a should fail: pass."),
        ([WRONG, WRONG, RIGHT], wrong("app=wbe"), "The check a should fail: pass."),
        ([LookError("Nobody answers.")], wrong("app=wbe"), "The check a should fail: error."),
        ([WRONG], wrong("x", fails="c"), "There is no check c."),
    ],
)
def test_a_wrong_answer_that_is_judged_otherwise_is_found(
    verdicts: list[Any], answer: WrongAnswer, message: str
) -> None:
    assert answers.fails_as_named(ground(a=verdicts), answer, Cancel())[0] == message


def test_it_can_be_stopped() -> None:
    cancel = Cancel()
    cancel.set()
    with pytest.raises(Cancelled):
        answers.passes(ground(a=[WRONG]), cancel)


REPORT = ProofReport(
    parts=(
        Part(exercise="rollback", name="start", seconds=1.5),
        Part(exercise="rollback", name="wrong/scaled", seconds=2, outcome="failed", message="No.", text="\x1b[31mred"),
        Part(exercise="rollback", name="wrong/other", seconds=2),
        Part(exercise="rollback", name="solution", outcome="error", message="kubectl is gone."),
        Part(exercise="who-leads", name="start", outcome="skipped", message="It needs nodes."),
    ),
    seconds=90.0,
)


def test_the_report_as_junit(tmp_path: Path) -> None:
    REPORT.write_junit(tmp_path / "reports" / "proof.xml")
    root = ET.parse(tmp_path / "reports" / "proof.xml").getroot()
    assert {key: root.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "5",
        "failures": "1",
        "errors": "1",
        "skipped": "1",
    }
    names = [case.get("name") for case in root.iter("testcase")]
    assert names[:2] == ["rollback.start", "rollback.wrong/scaled"]
    [failure] = root.iter("failure")
    assert (failure.get("message"), failure.text) == ("No.", "\ufffd[31mred")


def test_the_report_as_a_table() -> None:
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(REPORT.render())
    text = console.export_text()
    rows = [line.split() for line in text.splitlines()]
    assert ["rollback", "✓", "✗", "1/2", "–", "✗", "–", "6", "s"] in rows
    assert "✗ rollback.wrong/scaled: No." in text
    assert "2 of 4 parts hold, in 1.5 minutes." in text
    assert "1 exercise was not tried: it cannot run here." in text


def test_what_passes_as_a_whole() -> None:
    good, skipped = Part(exercise="a", name="start"), Part(exercise="b", name="start", outcome="skipped")
    assert ProofReport(parts=(good, skipped), seconds=1).passed
    assert not ProofReport(parts=(skipped,), seconds=1).passed
    assert not ProofReport(parts=(), seconds=1).passed
    assert not REPORT.passed


def test_an_unknown_exercise_is_said(sample: Course) -> None:
    with pytest.raises(TutorError, match="no exercise rolback"):
        prove(sample, ["rolback"], OneCluster(Path("/nowhere")))


@pytest.fixture
def spoilt(tmp_path: Path) -> Course:
    """The sample course with answers and a set-up that do not hold what they promise."""
    place = tmp_path / "course"
    shutil.copytree(SAMPLE, place)
    greeting = place / "exercises" / "01-samples" / "greeting"
    (greeting / "wrong" / "rude.sh").write_text(
        '# fails: word\n# says: hell\nkubectl patch configmap hall -p \'{"data": {"greeting": "hello"}}\'\n'
    )
    (greeting / "right" / "edited.sh").write_text("false\ntrue\n")
    (greeting / "right" / "kept.sh").write_text((greeting / "solution.sh").read_text())
    return load_course(place)


@pytest.mark.kind
@pytest.mark.xdist_group("sample-course")
def test_a_spoilt_exercise_is_found_out_part_by_part(
    spoilt: Course, provider: OneCluster, kubectl: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "STILL_SECONDS", 2.0)
    monkeypatch.setattr(answers, "SLACK_SECONDS", 60.0)
    provider.name = "context"
    heard: list[Part] = []
    report = prove(spoilt, ["greeting"], provider, 2, heard.append, keep=True)
    assert {part.name: part.outcome for part in report.parts} == {
        "start": "passed",
        "wrong/nobody": "passed",
        "wrong/rude": "failed",
        "right/edited": "error",
        "right/kept": "passed",
        "solution": "passed",
        "clean": "passed",
    }
    assert tuple(heard) == report.parts
    messages = [part.message for part in report.problems]
    assert messages == ["The check word should fail: pass.", "The answer itself failed, with exit code 1."]
    assert "ss-" not in kubectl("get", "namespaces,clusterroles", "-o", "name").replace("class-", "")


@pytest.mark.kind
@pytest.mark.xdist_group("sample-course")
def test_a_sample_exercise_holds(sample: Course, provider: OneCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in {"POLL": 0.3, "SURE": 1.0, "STILL": 8.0, "SLACK": 60.0}.items():
        monkeypatch.setattr(answers, f"{name}_SECONDS", seconds)
    provider.name = "context"
    report = prove(sample, ["clock"], provider)
    assert [(part.name, part.message) for part in report.problems] == []
    assert len(report.parts) == 6
