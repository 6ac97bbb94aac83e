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


def test_recorded(cluster: Small) -> None:
    """One after the other: what is answered to one who impersonates depends on what came before."""
    differing = [f"{room['room']}-{name}" for room, name in CASES if not _as_recorded(cluster, room, name)]
    assert differing == []


def _as_recorded(cluster: Small, room: dict[str, Any], name: str) -> bool:
    wanted = dict(room["answers"][name])
    found = cluster.play(room["cases"][name], room["namespace"])
    if wanted["code"] >= 400 and found.get("code") is not None:
        return {key: found.get(key) for key in wanted} == wanted
    if (wanted["code"] >= 400 and wanted["reason"] != "NotFound") or "code" in found:
        return False
    return "object" not in wanted or ordered(found["body"].get("status")) == ordered(wanted["object"])


def ordered(status: Any) -> Any:
    """Return a status with its rules sorted: a real server lists them in any order."""
    return {
        key: sorted(value, key=lambda rule: sorted(rule.items())) if isinstance(value, list) else value
        for key, value in (status or {}).items()
    }
