"""The command as its users run it: a process of its own, with a home of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tutor.cli import out

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh home of the tutor, for this process and those it starts."""
    folder = tmp_path / "home"
    monkeypatch.setenv("KUBETUTOR_HOME", str(folder))
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "KUBETUTOR_LANG"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def kubetutor(home: Path) -> Run:
    """Run `kubetutor` with these arguments, its output captured."""

    def run(*arguments: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tutor", *map(str, arguments)],
            capture_output=True,
            text=True,
            env=os.environ | {"PYTHONUTF8": "1"} | env,
            stdin=subprocess.DEVNULL,
            timeout=60,
            check=False,
        )

    return run


@pytest.fixture(autouse=True)
def fresh_consoles() -> None:
    """The consoles look at the streams that pytest puts in place for each test."""
    out.stdout.cache_clear()
    out.stderr.cache_clear()
