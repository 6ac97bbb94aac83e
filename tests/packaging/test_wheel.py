"""The wheel in an empty venv, used from elsewhere: the whole course travels with it."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

import tutor
from tutor.course.load import load_course
from tutor.paths import content_dir

ROOT = Path(tutor.__file__).parent.parent

pytestmark = pytest.mark.xdist_group("wheel")  # one worker builds it, once


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from the checkout with the hatchling that stands in pyproject's dev tools."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT)
    return next(folder.glob("kubetutor-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into an empty venv; returns the directory of its commands."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=True)
    run(folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel)
    return folder / "bin"


def run(*argv: str | Path, cwd: Path | None = None, home: Path | None = None) -> str:
    """Run a command far from the checkout and return what it prints."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    if home:
        env["KUBETUTOR_HOME"] = str(home)
    ran = subprocess.run(list(map(str, argv)), capture_output=True, text=True, cwd=cwd, env=env, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_the_wheel_holds_the_course_the_licence_and_no_tests(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for part in ("lessons", "exercises"):
        here = {path.relative_to(ROOT).as_posix() for path in (ROOT / part).rglob("*") if path.is_file()}
        assert {f"tutor/content/{name}" for name in here} <= names
    assert "tutor/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert any(name.startswith("tutor/cli/skeleton/wrong/") for name in names)
    assert not [name for name in names if name.startswith(("tests/", "bench/", ".ci/"))]


def test_an_installed_kubetutor_runs_the_course_from_anywhere(installed: Path, tmp_path: Path) -> None:
    command, home = installed / "kubetutor", tmp_path / "home"
    assert run(command, "--version", cwd=tmp_path) == f"kubetutor {tutor.__version__}\n"

    where = run(installed / "python", "-c", "from tutor.paths import content_dir; print(content_dir())", cwd=tmp_path)
    assert str(installed.parent) in where

    listed = run(command, "list", cwd=tmp_path, home=home)
    course = load_course(content_dir())
    assert {exercise.id for exercise in course.exercises} <= set(listed.split())
    for lesson in course.lessons:
        assert run(command, "lesson", lesson.id, "--all", cwd=tmp_path, home=home)
    run(command, "lint", cwd=tmp_path, home=home)
