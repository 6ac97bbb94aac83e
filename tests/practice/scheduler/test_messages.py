"""What the scheduler says of Pods that it cannot place, compared with what a real one said (messages.json)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.practice.scheduler.world import SPACE, World, copied

HERE = Path(__file__).parent
CASES: dict[str, Any] = yaml.safe_load((HERE / "cases.yaml").read_text().replace("sched-record", SPACE))
MESSAGES: dict[str, Any] = json.loads((HERE / "messages.json").read_text())
PRIORITY_CLASSES = {"sched-polite": {"priority": 5, "preemptionPolicy": "Never"}}


def spec_of(case: str) -> dict[str, Any]:
    """Return the spec of a case as the API server would store it."""
    spec: dict[str, Any] = copied(CASES["cases"][case])
    spec |= PRIORITY_CLASSES.get(spec.get("priorityClassName", ""), {})
    for containers in (spec.setdefault("containers", [{}]), spec.get("initContainers", [])):
        for number, container in enumerate(containers):
            container |= {"name": f"c{number}", "image": "busybox:1.37"}
            resources = container.get("resources", {})
            resources["requests"] = resources.get("limits", {}) | resources.get("requests", {})
    return spec


async def prepared() -> World:
    """Return a cluster with what was there when the messages were recorded."""
    world = World()
    for obj in CASES["cluster"]:
        world.create("storageclasses.storage.k8s.io" if obj["kind"] == "StorageClass" else "persistentvolumes", obj)
    for obj in CASES["before"]:
        resource = {"Pod": "pods", "PersistentVolumeClaim": "persistentvolumeclaims"}[obj["kind"]]
        world.create(resource, copied(obj), SPACE)
    # the static Pods, kindnet and CoreDNS of the real one
    requests = {"cpu": "950m", "memory": "290Mi"}
    system = [{"name": "c", "image": "system", "resources": {"requests": requests}}]
    spec = {"nodeName": "control-plane", "priority": 2 * 10**9, "containers": system}
    world.create("pods", {"metadata": {"name": "system"}, "spec": spec}, "kube-system")
    return world


@pytest.mark.parametrize("case", sorted(CASES["cases"]))
async def test_it_says_what_the_real_one_says(case: str) -> None:
    async with await prepared() as world:
        labels = CASES["cases"][case].get("labels", {})
        spec = spec_of(case)
        spec.pop("labels", None)
        world.pod(case, labels, **spec)
        await world.run(3)
        conditions = world.get("pods", case)["status"].get("conditions", [])
        said = [
            {k: v for k, v in each.items() if k not in ("lastProbeTime", "lastTransitionTime")} for each in conditions
        ]
        assert said == MESSAGES[case]["conditions"]
        events = [message for reason, message in world.said(case) if reason == "FailedScheduling"]
        assert sorted(events) == sorted(MESSAGES[case]["events"])


def test_there_are_enough_cases() -> None:
    assert len(CASES["cases"]) == len(MESSAGES) >= 40
