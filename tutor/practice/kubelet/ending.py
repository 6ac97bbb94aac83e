"""How containers end: stopping them, what is kept of their end, and whether they are started again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tutor.practice.containers.sandbox import Exit
from tutor.practice.kubelet.container import Container
from tutor.practice.kubelet.hooks import HookError, run_hook
from tutor.practice.kubelet.waiting import first, within

if TYPE_CHECKING:
    from tutor.practice.kubelet.worker import Worker

SIGNALS = {"SIGHUP": 1, "SIGINT": 2, "SIGQUIT": 3, "SIGUSR1": 10, "SIGUSR2": 12, "SIGTERM": 15}
SIGKILL = 9


def again(worker: Worker, container: Container) -> bool:
    """Tell whether the container is started again after its end."""
    ended = container.current.terminated if container.current else None
    if worker.stopping or ended is None or container.kind == "ephemeralContainers":
        return False
    policy = container.spec.get("restartPolicy") or worker.pod["spec"].get("restartPolicy", "Always")
    if policy == "Always" and (container.sidecar or container.kind == "containers"):
        return True
    return bool(policy != "Never" and ended["exitCode"] != 0)


async def kill(worker: Worker, container: Container, message: str, grace: float | None = None) -> None:
    """Stop a container: hook, signal, and after `grace` seconds (or with the Pod) the other signal."""
    attempt = container.current
    process = attempt.process if attempt else None
    if not container.running or not attempt or not process:
        return
    worker.tell("Normal", "Killing", message, container)
    until = worker.clock.monotonic() + grace if grace is not None else None
    if hook := (container.spec.get("lifecycle") or {}).get("preStop"):
        left = max((until or worker.kill_at) - worker.clock.monotonic(), 1.0)
        try:
            await within(worker.clock, left, run_hook(worker, container, hook))
        except HookError:
            worker.tell("Warning", "FailedPreStopHook", "PreStopHook failed", container)
        except TimeoutError:
            pass
    process.kill(SIGNALS.get(attempt.image.stop_signal, 15))
    await asyncio.sleep(0)
    while container.running:
        left = (until or worker.kill_at) - worker.clock.monotonic()
        if left <= 0:
            process.kill(SIGKILL)
            await container.exited.wait()
        else:
            await first(worker.clock, left, container.exited, worker.sooner)


def ended(worker: Worker, container: Container, end: Exit) -> None:
    """Keep how the container's process has ended."""
    attempt = container.current
    if attempt is None:
        return
    worker.probes.end(container)
    attempt.log.close()
    message, spec = end.message, container.spec
    path = spec.get("terminationMessagePath", "/dev/termination-log")
    written = attempt.sandbox.read(path) if attempt.sandbox else None
    if written:
        message = written[:4096].decode(errors="replace")
    elif end.code and spec.get("terminationMessagePolicy") == "FallbackToLogsOnError":
        message = attempt.log.tail(80, 2048)
    reason = "OOMKilled" if end.oom else "Error" if end.code else "Completed"
    attempt.ends(worker.clock, end.code, reason, message)
    if container.hook_failure and again(worker, container):
        container.waiting = ("PostStartHookError", container.hook_failure)
    container.passed = container.probed_ready = False
    container.up.clear()
    container.exited.set()
