"""`new` and `lint`, on a copy of the course."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from tutor.cli import author
from tutor.cli.exits import Exit
from tutor.cli.main import main
from tutor.course.lint import lint
from tutor.paths import content_dir

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def copy(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of its own."""
    folder = tmp_path / "checkout"
    for part in ("lessons", "exercises"):
        shutil.copytree(content_dir() / part, folder / part)
    (folder / "pyproject.toml").write_text("")
    monkeypatch.setattr(author, "content_dir", lambda: folder)
    monkeypatch.chdir(folder)
    return folder


def test_a_new_exercise_is_well_formed_as_it_is(copy: Path, capsys: Capture) -> None:
    before = lint(copy)
    assert main(["new", "pods/my-exercise"]) == Exit.OK
    caught = capsys.readouterr()
    assert caught.out == "exercises/02-pods/my-exercise\n"
    assert "lessons/02-pods/topic.yaml" in caught.err
    listing = copy / "lessons" / "02-pods" / "topic.yaml"
    topic = yaml.safe_load(listing.read_text())
    topic["exercises"].append("my-exercise")
    listing.write_text(yaml.safe_dump(topic))
    assert lint(copy) == before


@pytest.mark.parametrize(
    ("path", "code", "said"),
    [
        ("pods/first-pod", Exit.REFUSED, "There is an exercise first-pod already."),
        ("pods/My_Exercise", Exit.USAGE, "lower-case words"),
        ("my-exercise", Exit.USAGE, "is not TOPIC/SLUG"),
        ("pdos/my-exercise", Exit.USAGE, "Did you mean pods?"),
        ("../my-exercise", Exit.USAGE, "There is no topic .."),
    ],
)
def test_new_refuses_what_would_not_work(copy: Path, capsys: Capture, path: str, code: Exit, said: str) -> None:
    before = sorted(copy.rglob("*"))
    assert main(["new", path]) == code
    assert said in capsys.readouterr().err
    assert sorted(copy.rglob("*")) == before


def test_new_does_not_write_into_an_installed_kubetutor(copy: Path, capsys: Capture) -> None:
    (copy / "pyproject.toml").unlink()
    assert main(["new", "pods/my-exercise"]) == Exit.REFUSED
    assert "checkout" in capsys.readouterr().err
    assert not (copy / "exercises" / "02-pods" / "my-exercise").exists()


def test_lint_prints_a_line_a_mistake_as_seen_from_here(copy: Path, capsys: Capture) -> None:
    file = copy / "exercises" / "02-pods" / "first-pod" / "exercise.yaml"
    file.write_text(file.read_text().replace("minutes: 5", "minuts: 5"))
    assert main(["lint", "."]) == Exit.FAILED
    line = next(line for line in capsys.readouterr().out.splitlines() if "minuts" in line)
    assert line.startswith("exercises/02-pods/first-pod/exercise.yaml:2: ")
    assert "minutes" in line


def test_lint_of_nothing(copy: Path, capsys: Capture) -> None:
    assert main(["lint", "nowhere"]) == Exit.USAGE
    assert "There is no directory nowhere." in capsys.readouterr().err
    (copy / "empty").mkdir()
    assert main(["lint", "empty"]) == Exit.FAILED
    assert "empty" in capsys.readouterr().out
