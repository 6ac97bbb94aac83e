"""The verbs of an exercise and of clusters, on a tutor without a cluster."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import ClassVar
from xml.etree import ElementTree as ET

import pytest

from tests.cli.fakes import BLIND, FAILING, PASSING, FakeAttempt, FakeTutor, looked
from tutor.cli import tutoring
from tutor.cli.exits import Exit
from tutor.cli.main import main
from tutor.clusters.context import ContextInfo

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def tutor(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeTutor:
    fake = FakeTutor(tmp_path / "exercises")
    monkeypatch.setattr(tutoring, "Tutor", fake)
    return fake


@pytest.fixture
def attempt(tutor: FakeTutor) -> FakeAttempt:
    exercise = tutor.course.exercise("alpha")
    assert exercise
    tutor.attempt = FakeAttempt(exercise, tutor.calls)
    return tutor.attempt


def test_start_takes_the_beginning_of_an_id_and_shows_the_task(tutor: FakeTutor, capsys: Capture) -> None:
    assert main(["start", "be"]) == Exit.OK
    caught = capsys.readouterr()
    assert "Do **beta**." in caught.out
    assert "Namespaces" in caught.err
    assert "kubetutor check" in caught.err
    assert tutor.calls == ["open auto None", "start beta", "close"]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("al", "Several begin with al: alpha, alpine."),
        ("bata", "There is no exercise bata. Did you mean beta?"),
        ("zzz", "There is no exercise zzz."),
    ],
)
def test_a_wrong_id_is_a_usage_error(tutor: FakeTutor, capsys: Capture, word: str, said: str) -> None:
    assert main(["start", word]) == Exit.USAGE
    assert capsys.readouterr().err.startswith(said)
    assert tutor.calls[-1] == "close"


def test_without_an_exercise_under_way_the_way_out_is_named(tutor: FakeTutor, capsys: Capture) -> None:
    for verb in ("check", "hint", "solution", "reset", "finish", "shell", "env"):
        assert main([verb]) == Exit.REFUSED
        assert "kubetutor start ID" in capsys.readouterr().err


@pytest.mark.parametrize(("result", "code"), [(PASSING, Exit.OK), (FAILING, Exit.FAILED), (BLIND, Exit.BLIND)])
def test_check_ends_as_the_checks_do(attempt: FakeAttempt, capsys: Capture, result: object, code: Exit) -> None:
    attempt.looks = [looked(result)]
    assert main(["check"]) == code
    assert "The key is there" in capsys.readouterr().out


def test_check_shows_the_debrief_once_everything_passes(attempt: FakeAttempt, capsys: Capture) -> None:
    main(["check"])
    assert "Why it works." not in capsys.readouterr().out
    attempt.looks = [looked(PASSING)]
    main(["check"])
    assert "Why it works." in capsys.readouterr().out


def test_check_json_is_all_that_stands_on_stdout(attempt: FakeAttempt, capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "check.xml"
    assert main(["check", "--json", "--junit", str(file)]) == Exit.FAILED
    data = json.loads(capsys.readouterr().out)
    assert data["exercise"] == "alpha"
    assert data["results"][0]["look"] == "kubectl get cm"
    assert ET.parse(file).getroot().attrib["failures"] == "1"


def test_watch_says_each_change_once_and_ends_when_all_pass(attempt: FakeAttempt, capsys: Capture) -> None:
    attempt.looks = [looked(FAILING), looked(FAILING), looked(PASSING)]
    assert main(["check", "--watch"]) == Exit.OK
    out = capsys.readouterr().out
    assert out.count("✗ The key is there") == 1
    assert out.count("✓ The key is there") == 1
    assert "Why it works." in out


def test_watch_json_is_one_line_a_change(attempt: FakeAttempt, capsys: Capture) -> None:
    attempt.looks = [looked(FAILING), looked(FAILING), looked(PASSING)]
    assert main(["check", "--watch", "--json"]) == Exit.OK
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["passed"] for row in rows] == [False, True]


def test_watch_says_what_was_lost_and_stopping_it_is_130(attempt: FakeAttempt, capsys: Capture) -> None:
    assert main(["check", "--watch"]) == Exit.STOPPED
    assert "The cluster is gone. kubetutor start" in capsys.readouterr().err


def test_hints_come_one_by_one_and_the_last_again(attempt: FakeAttempt, capsys: Capture) -> None:
    outs = []
    for _ in range(3):
        assert main(["hint"]) == Exit.OK
        outs.append(capsys.readouterr())
    assert [caught.out.strip() for caught in outs] == ["First hint.", "Second hint.", "Second hint."]
    assert "Hint 1 of 2." in outs[0].err
    assert "kubetutor solution" in outs[2].err


def test_solution_prints_what_can_be_run(attempt: FakeAttempt, capsys: Capture) -> None:
    assert main(["solution"]) == Exit.OK
    assert capsys.readouterr().out == "kubectl create configmap answer\n"


def test_reset_and_finish(attempt: FakeAttempt, tutor: FakeTutor) -> None:
    assert main(["reset"]) == Exit.OK
    assert main(["finish"]) == Exit.OK
    assert [call for call in tutor.calls if call in ("reset", "finish")] == ["reset", "finish"]


def test_env_survives_any_path(attempt: FakeAttempt, capsys: Capture) -> None:
    assert main(["env"]) == Exit.OK
    first = capsys.readouterr().out.splitlines()[0]
    assert shlex.split(first) == ["export", "KUBECONFIG=/odd path/it's"]
    assert main(["env", "--fish"]) == Exit.OK
    assert capsys.readouterr().out.splitlines()[1] == "set -gx PATH /bin;"


def test_shell_runs_in_the_workspace_with_the_exercise_s_environment(attempt: FakeAttempt, capfd: Capture) -> None:
    attempt.shell = lambda: ["sh", "-c", "pwd; echo $KUBETUTOR_EXERCISE; exit 3"]  # type: ignore[method-assign]
    assert main(["shell"]) == Exit.OK
    assert capfd.readouterr().out.splitlines() == [str(attempt.workspace.resolve()), "alpha"]


def test_cluster_verbs(tutor: FakeTutor, capsys: Capture) -> None:
    assert main(["cluster", "up"]) == Exit.OK
    assert main(["cluster", "up", "trio"]) == Exit.OK
    assert main(["cluster", "status"]) == Exit.OK
    assert "kubetutor-single" in capsys.readouterr().out
    assert main(["cluster", "down", "--all"]) == Exit.OK
    assert [call for call in tutor.calls if call.startswith(("up", "down"))] == ["up single", "up trio", "down single"]
    assert main(["cluster", "up", "tri"]) == Exit.USAGE
    assert "Did you mean trio?" in capsys.readouterr().err


def test_a_cluster_with_an_exercise_on_it_is_not_removed_without_a_yes(
    attempt: FakeAttempt, tutor: FakeTutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builtins.input", lambda: "")
    assert main(["cluster", "down"]) == Exit.REFUSED
    assert "down single" not in tutor.calls
    assert main(["cluster", "down", "--yes"]) == Exit.OK
    assert "down single" in tutor.calls


class FakeContext:
    """Stands for ContextProvider; `agreed` outlives the object, as the file does."""

    agreed: ClassVar[list[str]] = []

    def __init__(self, home: Path, context: str) -> None:
        self.context = context

    @property
    def confirmed(self) -> bool:
        return self.context in self.agreed

    def describe(self) -> ContextInfo:
        return ContextInfo(self.context, "https://lab.example:6443", "grace")

    def confirm(self) -> None:
        self.agreed.append(self.context)


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tutoring, "ContextProvider", FakeContext)
    monkeypatch.setattr(FakeContext, "agreed", [])


def test_a_context_is_asked_about_once_with_server_and_user(
    tutor: FakeTutor, lab: None, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr("builtins.input", lambda: "n")
    assert main(["start", "beta", "--context", "lab"]) == Exit.REFUSED
    err = capsys.readouterr().err
    assert "https://lab.example:6443" in err
    assert "grace" in err
    assert tutor.calls == []

    monkeypatch.setattr("builtins.input", lambda: "y")
    assert main(["start", "beta", "--context", "lab"]) == Exit.OK
    assert tutor.calls[0] == "open context lab"

    monkeypatch.setattr("builtins.input", lambda: pytest.fail("asked again"))
    assert main(["start", "beta", "--context", "lab"]) == Exit.OK


def test_yes_answers_for_scripts(tutor: FakeTutor, lab: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda: pytest.fail("asked"))
    assert main(["cluster", "up", "--context", "lab", "--yes"]) == Exit.OK
    assert FakeContext.agreed == ["lab"]
