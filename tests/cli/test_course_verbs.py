"""`list`, `lesson` and `progress` on the course itself, on a broken one, and on narrow terminals."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.cli.conftest import Run
from tutor.cli import opening
from tutor.cli.exits import Exit
from tutor.cli.main import main
from tutor.course.load import load_course
from tutor.paths import content_dir

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def copy(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the course that a test may break."""
    folder = tmp_path / "content"
    for part in ("lessons", "exercises"):
        shutil.copytree(content_dir() / part, folder / part)
    monkeypatch.setattr(opening, "content_dir", lambda: folder)
    return folder


def test_list_names_everything_in_plain_rows(kubetutor: Run) -> None:
    ran = kubetutor("list")
    assert ran.returncode == Exit.OK
    course = load_course(content_dir())
    for entry in (*course.lessons, *course.exercises):
        assert re.search(rf"^ +{entry.id} +{re.escape(entry.title)} ", ran.stdout, re.MULTILINE), entry.id
    assert "\x1b" not in ran.stdout
    assert not [line for line in ran.stdout.splitlines() if line.endswith(" ")]


@pytest.mark.parametrize("word", ["pods", "2", "02", "pod"])
def test_list_of_one_topic_by_id_number_or_beginning(kubetutor: Run, word: str) -> None:
    ran = kubetutor("list", word)
    assert "first-pod" in ran.stdout
    assert "rollback" not in ran.stdout


def test_a_lesson_goes_on_where_it_was_left(kubetutor: Run) -> None:
    total = len(re.findall(r"^## ", kubetutor("lesson", "pods", "--all").stdout, re.MULTILINE))
    seen = [kubetutor("lesson", "pods").stdout.splitlines()[0] for _ in range(total)]
    assert len(set(seen)) == total
    assert kubetutor("lesson", "pods").stdout.splitlines()[0] == seen[0]
    assert kubetutor("lesson", "pods", "2").stdout.splitlines()[0] == seen[1]


@pytest.mark.parametrize("step", ["0", "99", "-1"])
def test_a_step_that_is_not_there(kubetutor: Run, step: str) -> None:
    ran = kubetutor("lesson", "pods", step)
    assert ran.returncode == Exit.USAGE
    assert "Traceback" not in ran.stderr


def test_a_lesson_read_to_its_end_is_marked_and_names_its_exercises(kubetutor: Run) -> None:
    assert "kubetutor start first-pod" in kubetutor("lesson", "pods", "--all").stderr
    assert re.search(r"^✓ +pods ", kubetutor("list", "pods").stdout, re.MULTILINE)


def test_progress_as_json_has_every_exercise_and_lesson(kubetutor: Run) -> None:
    data = json.loads(kubetutor("progress", "--json").stdout)
    course = load_course(content_dir())
    assert [row["id"] for row in data["exercises"]] == [exercise.id for exercise in course.exercises]
    assert [row["id"] for row in data["lessons"]] == [lesson.id for lesson in course.lessons]
    assert {row["state"] for row in data["exercises"]} == {"new"}


def test_a_broken_file_is_named_and_the_rest_of_the_course_stays(copy: Path, capsys: Capture) -> None:
    (copy / "exercises" / "02-pods" / "first-pod" / "exercise.yaml").write_text("title: [unclosed\n")
    assert main(["list", "pods"]) == Exit.OK
    caught = capsys.readouterr()
    assert "silent-crash" in caught.out
    assert "first-pod" not in caught.out
    assert "kubetutor lint" in caught.err


def test_without_any_course_it_says_so(copy: Path, capsys: Capture) -> None:
    shutil.rmtree(copy)
    assert main(["list"]) == Exit.REFUSED
    assert str(copy) in capsys.readouterr().err


def test_a_home_that_cannot_be_written_is_told_and_is_no_crash(tmp_path: Path, kubetutor: Run) -> None:
    (tmp_path / "file").write_text("")
    ran = kubetutor("lesson", "pods", KUBETUTOR_HOME=str(tmp_path / "file" / "home"))
    assert ran.returncode == Exit.REFUSED
    assert str(tmp_path / "file") in ran.stderr
    assert "Traceback" not in ran.stderr


def test_progress_that_cannot_be_read_is_set_aside_with_a_word(home: Path, kubetutor: Run) -> None:
    kubetutor("lesson", "pods")
    (home / "progress.json").write_text("{ broken")
    ran = kubetutor("progress")
    assert ran.returncode == Exit.OK
    assert "It is kept as" in ran.stderr
    assert "{ broken" in [file.read_text() for file in home.iterdir() if file.is_file()]


@pytest.mark.parametrize("arguments", [["list"], ["lesson", "rbac", "--all"], ["progress"], ["start", "nothing"]])
def test_a_terminal_of_40_columns(home: Path, arguments: list[str]) -> None:
    for line in in_terminal(arguments, columns=40):
        assert cell_len(line.rstrip()) <= 40, line


def test_colours_only_where_they_are_wanted(home: Path) -> None:
    assert "\x1b[" in "\n".join(in_terminal(["list"], columns=80, keep=True))
    plain = "\n".join(in_terminal(["list"], columns=80, keep=True, NO_COLOR="1"))
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", plain)


def in_terminal(arguments: list[str], *, columns: int, keep: bool = False, **env: str) -> list[str]:
    """Run the command in a pseudo-terminal; return the lines it draws, without their colours unless `keep`."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    size = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    command = subprocess.Popen(
        [sys.executable, "-m", "tutor", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=size | {"TERM": "xterm-256color", "PYTHONUTF8": "1"} | env,
    )
    os.close(theirs)
    drawn = b""
    try:
        while data := os.read(ours, 65536):
            drawn += data
    except OSError:  # Linux says so when the other end is closed
        pass
    os.close(ours)
    command.wait(timeout=30)
    text = drawn.decode()
    assert "Traceback" not in text
    return (text if keep else re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)).split("\r\n")
