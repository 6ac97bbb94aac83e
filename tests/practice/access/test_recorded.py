"""Access answers what a real cluster was recorded to answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.practice.access.cases import rooms
from tests.practice.access.replay import Small

ROOMS = rooms(Path(__file__).parent)
CASES = [(room, name) for room in ROOMS for name in room["cases"]]


@pytest.fixture(scope="module", name="cluster")
def _cluster() -> Small:
    small = Small()
    for room in ROOMS:
        small.enter(room)
    return small


@pytest.mark.xdist_group("recorded-access")  # recorded one after the other: what is answered depends on what came before
@pytest.mark.parametrize(("room", "name"), CASES, ids=[f"{room['room']}-{name}" for room, name in CASES])
def test_recorded(cluster: Small, room: dict[str, Any], name: str) -> None:
    wanted = dict(room["answers"][name])
    found = cluster.play(room["cases"][name], room["namespace"])
    if wanted["code"] >= 400 and found.get("code") is not None:
        assert {key: found.get(key) for key in wanted} == wanted
        return
    assert wanted["code"] < 400 or wanted["reason"] == "NotFound"
    assert "code" not in found, found
    if "object" in wanted:
        assert ordered(found["body"].get("status")) == ordered(wanted["object"])


def ordered(status: Any) -> Any:
    """Return a status with its rules sorted: a real server lists them in any order."""
    return {
        key: sorted(value, key=lambda rule: sorted(rule.items())) if isinstance(value, list) else value
        for key, value in (status or {}).items()
    }
