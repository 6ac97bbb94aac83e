"""Containers that get other resources while they run.

https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import orjson

from tutor.practice.api.errors import Obj
from tutor.practice.schema import quantity

if TYPE_CHECKING:
    from tutor.practice.kubelet.worker import Worker


def memory_limit(container: Obj) -> int | None:
    """Return the bytes that a container may use, None without a limit."""
    limit = ((container.get("resources") or {}).get("limits") or {}).get("memory")
    return int(quantity.parse(str(limit)).value) if limit is not None else None


def resize(worker: Worker, before: Obj, pod: Obj) -> None:
    """Give the containers the resources that the Pod's newest spec asks for."""
    if _resources(before) == _resources(pod):
        return
    for container in worker.life.containers:
        if container.current and container.current.sandbox:
            container.current.sandbox.memory_limit = memory_limit(container.spec)
    what = {"containers": _resources(pod), "generation": pod["metadata"].get("generation")}
    text = orjson.dumps(what, option=orjson.OPT_SORT_KEYS).decode()

    def tell() -> None:
        worker.tell("Normal", "ResizeStarted", f"Pod resize started: {text}")
        worker.publish()
        worker.tell("Normal", "ResizeCompleted", f"Pod resize completed: {text}")

    asyncio.get_running_loop().call_soon(tell)  # not in the step of the update itself


def _resources(pod: Obj) -> list[Obj]:
    return [{"name": each["name"], "resources": each.get("resources") or {}} for each in pod["spec"]["containers"]]
