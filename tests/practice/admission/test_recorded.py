"""Admission answers what a real cluster was recorded to answer."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.practice.access.cases import rooms, shown
from tests.practice.access.replay import Small

ROOMS = rooms(Path(__file__).parent)
CASES = [(room, name) for room in ROOMS for name in room["cases"]]
FILLED_IN = ("imagePullPolicy", "terminationMessagePath", "terminationMessagePolicy", "resources")
SPEC_FILLED_IN = (
    *("dnsPolicy", "enableServiceLinks", "restartPolicy", "schedulerName", "securityContext", "volumeMode"),
    "terminationGracePeriodSeconds",
)
"""What rules fill in, and not admission."""


@pytest.fixture(scope="module", name="clusters")
def _clusters() -> dict[str, Small]:
    return {}


@pytest.mark.xdist_group("recorded-admission")
@pytest.mark.parametrize(("room", "name"), CASES, ids=[f"{room['room']}-{name}" for room, name in CASES])
def test_recorded(clusters: dict[str, Small], room: dict[str, Any], name: str) -> None:
    if room["room"] not in clusters:
        clusters[room["room"]] = Small()
        clusters[room["room"]].enter(room)
    wanted, case = dict(room["answers"][name]), room["cases"][name]
    wanted["warnings"] = [text.replace('\\"', '"') for text in wanted.get("warnings", [])]
    found = clusters[room["room"]].play(case, room["namespace"])
    found.setdefault("warnings", [])
    if wanted["code"] >= 400:
        assert found.get("code") == wanted["code"], found
        assert pieces(found["message"]) == pieces(wanted["message"])
        assert (found["reason"], found.get("details")) == (wanted["reason"], wanted.get("details"))
    else:
        assert "code" not in found, found
        if "shows" in case:
            assert plain(shown(found["body"], case["shows"])) == plain(wanted["object"])
    assert found["warnings"] == wanted["warnings"]


def pieces(message: str) -> Any:
    """Return a message so that lists in square brackets, whose order is that of a Go map, compare equal."""
    head, bracket, tail = message.partition(": [")
    return (head, sorted(re.split(r", (?=maximum|minimum|cpu max|memory max)", tail.rstrip("]")))) if bracket else head


def plain(value: Any, key: str = "") -> Any:
    """Return an object without what rules fill in, and with random names made equal."""
    if isinstance(value, dict):
        drop = SPEC_FILLED_IN if key == "spec" else ()
        return {
            each: plain(under, each)
            for each, under in value.items()
            if each not in drop and not (each in FILLED_IN and not (each == "resources" and under))
        }
    if isinstance(value, list):
        return [plain(each) for each in value]
    return re.sub(r"^kube-api-access-\w{5}$", "kube-api-access-x", value) if isinstance(value, str) else value
