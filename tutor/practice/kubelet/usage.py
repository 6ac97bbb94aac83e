"""What containers use, as a metrics server would tell: small amounts, or what a Pod's annotations say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.practice.schema import quantity

if TYPE_CHECKING:
    from tutor.practice.kubelet.worker import Worker

PREFIX = "practice.kubetutor.dev/"
"""`practice.kubetutor.dev/cpu: 250m` and `…/memory: 64Mi` script the usage of a Pod's first container."""
IDLE_MILLICORES = 1
PROGRAM_BYTES = 3 << 20


def usage_of(worker: Worker) -> dict[str, tuple[int, int]]:
    """Return millicores and bytes by container, of those that run."""
    annotations = worker.pod["metadata"].get("annotations") or {}
    found: dict[str, tuple[int, int]] = {}
    for container in worker.life.of("containers") + worker.life.of("initContainers"):
        sandbox = container.current.sandbox if container.current else None
        if not container.running or sandbox is None:
            continue
        cores, held = IDLE_MILLICORES, PROGRAM_BYTES + sandbox.memory()
        if not found:
            cores = _scripted(annotations, "cpu", 1000) or cores
            held = _scripted(annotations, "memory", 1) or held
        found[container.name] = (cores, held)
    return found


def _scripted(annotations: dict[str, str], name: str, factor: int) -> int | None:
    try:
        return quantity.units(annotations.get(PREFIX + name, ""), factor)
    except ValueError:
        return None
