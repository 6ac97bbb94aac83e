"""What the controllers report is what a real cluster reported: `recorded.json`, made by `record.py`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.practice.controllers.scenarios import MADE, RESOURCES, SCENARIOS, report
from tests.practice.controllers.world import NAMESPACE, World
from tutor.practice.api.errors import Obj

ALL = {**RESOURCES, **MADE}
RECORDED = json.loads(Path(__file__).with_name("recorded.json").read_text())


def merged(target: Any, patch: Any) -> Any:
    """RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    target = dict(target) if isinstance(target, dict) else {}
    return {**target, **{key: merged(target.get(key), value) for key, value in patch.items()}}


async def play(name: str) -> Obj:
    world = World()
    world.slow = 1.0
    for verb, *words in SCENARIOS[name]:
        if verb == "wait":
            await world.run(words[0] + 2)
        elif verb == "create":
            kind, called, spec = words
            labels = {"labels": {"app": "web"}} if kind == "Pod" else {}
            world.create(ALL[kind], called, spec, **labels)
        elif verb == "delete pods":
            for pod in world.store.list("pods"):
                world.api.delete("pods", NAMESPACE, pod["metadata"]["name"])
        else:
            kind, called, patch = words
            world.api.change(ALL[kind], NAMESPACE, called, lambda old, patch=patch: merged(old, patch))
    objects = [obj for resource in set(ALL.values()) for obj in world.store.list(resource, NAMESPACE)]
    return report(objects, world.store.list("events", NAMESPACE))


@pytest.mark.parametrize("name", SCENARIOS)
async def test_the_report_is_that_of_a_real_cluster(name: str) -> None:
    assert json.loads(json.dumps(await play(name))) == RECORDED[name]
