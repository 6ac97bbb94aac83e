"""One container's life: it is started, followed to its end, and started again.

https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
"""

from __future__ import annotations

import contextlib
import itertools
from typing import TYPE_CHECKING

from tutor.practice.kubelet.container import Attempt, Container
from tutor.practice.kubelet.ending import again, ended
from tutor.practice.kubelet.images import NotStarted
from tutor.practice.kubelet.starting import start
from tutor.practice.kubelet.waiting import Stopped, duration

if TYPE_CHECKING:
    from tutor.practice.containers.sandbox import Process
    from tutor.practice.kubelet.worker import Worker

RELIST = 1.0
"""Seconds until a kubelet sees what has become of a container: it lists the containers once a second."""
FIRST_BACKOFF, LAST_BACKOFF = 10.0, 300.0


async def keep(worker: Worker, container: Container) -> None:
    """Start a container, and again after each end, until that was the last."""
    with contextlib.suppress(Stopped):
        while True:
            await _started(worker, container)
            attempt = container.current
            if container.running and attempt and attempt.process:
                # A kubelet is busy with the end of a container whose hook has failed, and reports nothing.
                async with worker.alone() if container.hook_failure else contextlib.nullcontext():
                    await _follow(worker, container, attempt, attempt.process)
            container.over = not again(worker, container)
            if container.killed and not container.over:
                # The kubelet knew; it starts the container in the same step, and counts from the end before.
                await _back_off(worker, container, container.last)
                continue
            worker.changed()
            if container.over:
                return
            await worker.pause(RELIST)
            await _back_off(worker, container, container.current)


async def _follow(worker: Worker, container: Container, attempt: Attempt, process: Process) -> None:
    """Keep what the process writes, until it ends."""
    async for stream, data in process.output:
        attempt.log.write(stream, data)
        for viewer in list(attempt.viewers):
            viewer.put_nowait((stream, data))
    end = await process.wait()
    if worker.due:
        worker.publish()  # that it ran, before that it has ended
    ended(worker, container, end)


async def _started(worker: Worker, container: Container) -> None:
    """Start a container; wait, and try again, for as long as it cannot."""
    for tried in itertools.count():
        try:
            async with worker.alone():
                if worker.stopping:
                    raise Stopped
                await start(worker, container)
            if not container.hook_failure:
                worker.changed()
            return
        except NotStarted as error:
            container.waiting = (error.reason, error.message)
            worker.changed()
            await worker.pause(error.again if tried else min(error.again, RELIST))


async def _back_off(worker: Worker, container: Container, ended: Attempt | None) -> None:
    """Wait as long as it takes since that attempt's end, and then as long as it takes since the newest's."""
    now, current = worker.clock.monotonic(), container.current
    if ended is None or current is None:
        return
    if not container.backoff or ended.ended - container.backed_off > 2 * LAST_BACKOFF:
        container.backoff, container.backed_off = FIRST_BACKOFF, now
        return
    if ended.ended + container.backoff > now:
        name = container.name
        text = f"back-off {duration(container.backoff)} restarting failed container={name} pod={worker.full_name}"
        container.waiting = ("CrashLoopBackOff", text)
        event = f"Back-off restarting failed container {name} in pod {worker.full_name}"
        worker.tell("Warning", "BackOff", event, container)
        worker.changed()
        await worker.pause(current.ended + container.backoff - now)
    container.backoff = min(container.backoff * 2, LAST_BACKOFF)
    container.backed_off = worker.clock.monotonic()
