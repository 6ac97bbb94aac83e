"""A tutor without a cluster for every test of the app, and the sizes of window that matter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from checkers.words import use_language
from tests.ui.fakes import FakeTutor

NARROW, WIDE = (80, 24), (120, 40)


@pytest.fixture
def tutor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeTutor:
    monkeypatch.setenv("KUBETUTOR_HOME", str(tmp_path / "home"))
    return FakeTutor(tmp_path)


@pytest.fixture(params=[NARROW, WIDE], ids=["80x24", "120x40"])
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    return request.param


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    yield
    use_language("en")
