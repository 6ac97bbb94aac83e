"""An exception nobody expected, and the ends of the command that are not failures."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tutor.cli import main as main_module
from tutor.cli.exits import Exit
from tutor.cli.main import main
from tutor.errors import Cancelled, TutorError


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Let every verb raise `error`."""

    def raise_it(options: object) -> None:
        raise error

    module = type("Verbs", (), {"list_course": staticmethod(raise_it)})
    monkeypatch.setattr(main_module, "import_module", lambda name: module)


def test_one_sentence_with_the_log_and_no_traceback(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failing(monkeypatch, ZeroDivisionError("division by zero"))
    assert main(["list"]) == Exit.BROKEN
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1
    assert str(home / "kubetutor.log") in err
    log = (home / "kubetutor.log").read_text()
    assert "ZeroDivisionError" in log
    assert "Traceback" in log


def test_the_log_keeps_older_entries_and_stays_small(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, RuntimeError("first"))
    main(["list"])
    failing(monkeypatch, RuntimeError("x" * 150_000))
    main(["list"])
    assert "RuntimeError: first" in (home / "kubetutor.log").read_text()
    for _ in range(5):
        main(["list"])
    assert (home / "kubetutor.log").stat().st_size < 1_000_000


def test_an_unwritable_home_does_not_hide_the_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("KUBETUTOR_HOME", str(blocked / "home"))
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    failing(monkeypatch, RuntimeError("odd"))
    assert main(["list"]) == Exit.BROKEN
    assert str(tmp_path / "kubetutor.log") in capsys.readouterr().err


def test_a_tutor_error_is_told_in_full(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failing(monkeypatch, TutorError("Docker does not run.", "No answer on its socket.", "sudo systemctl start docker"))
    assert main(["list"]) == Exit.REFUSED
    caught = capsys.readouterr()
    assert caught.err == "Docker does not run.\nNo answer on its socket.\nsudo systemctl start docker\n"
    assert caught.out == ""


@pytest.mark.parametrize("error", [KeyboardInterrupt(), Cancelled()])
def test_stopping_is_a_word_and_130(
    error: BaseException, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failing(monkeypatch, error)
    assert main(["list"]) == Exit.STOPPED
    assert capsys.readouterr().err == "Stopped.\n"


def test_a_reader_that_has_enough_is_no_error(kubetutor: Run, home: Path) -> None:
    ran = subprocess.run(
        f"{sys.executable} -m tutor list | head -n 1", shell=True, capture_output=True, text=True, check=False
    )
    assert ran.stderr.count("\n") <= 1
    assert "Traceback" not in ran.stderr
    assert "BrokenPipe" not in ran.stderr
