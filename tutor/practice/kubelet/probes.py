"""Startup, readiness and liveness probes.

https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
The rules are those of `pkg/kubelet/prober`.
"""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

from tutor.practice.api.errors import Obj
from tutor.practice.containers.sandbox import StartError
from tutor.practice.kubelet import hooks
from tutor.practice.kubelet.container import Container
from tutor.practice.kubelet.ending import kill
from tutor.practice.kubelet.status import is_mirror
from tutor.practice.kubelet.waiting import within

if TYPE_CHECKING:
    from tutor.practice.kubelet.worker import Worker

AGENT = "kube-probe/1.37"
SEEN = 0.5
"""Seconds until a start is seen, on average."""
KINDS = ("startup", "readiness", "liveness")


class ProbeError(Exception):
    """A probe has no result; the message is the kubelet's."""


class Probes:
    """The probes of one Pod's containers."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._tasks: dict[Container, list[asyncio.Task[None]]] = {}

    def begin(self, container: Container) -> None:
        """Probe a container that has just started; static Pods stand for parts of the practice cluster, which run."""
        if is_mirror(self._worker.pod):
            container.passed = container.probed_ready = True
            return
        tasks = [
            asyncio.ensure_future(self._probe(container, kind)) for kind in KINDS if f"{kind}Probe" in container.spec
        ]
        if tasks:
            self._tasks[container] = tasks

    def end(self, container: Container) -> None:
        """Probe it no more: it has ended."""
        for task in self._tasks.pop(container, []):
            task.cancel()

    def stop(self) -> None:
        """Probe nothing more: the Pod is being stopped."""
        for container in list(self._tasks):
            self.end(container)

    async def _probe(self, container: Container, kind: str) -> None:
        probe, worker = container.spec[f"{kind}Probe"], self._worker
        period, delay = probe.get("periodSeconds", 10), probe.get("initialDelaySeconds", 0)
        # The ticks count from before the start; a readiness probe is also due as soon as the start is seen.
        soon = kind == "readiness" and delay == 0
        await worker.clock.sleep(SEEN if soon else max(math.ceil(delay / period), 1) * period - SEEN)
        last, run = None, 0
        while True:
            if kind == "startup" or container.started:
                good = await self._result(container, kind, probe)
                if good is not None:
                    run = run + 1 if good is last else 1
                    last = good
                    enough = probe.get("successThreshold", 1) if good else probe.get("failureThreshold", 3)
                    if run >= enough and self._act(container, kind, probe, good=good):
                        return
            await worker.clock.sleep(period)

    async def _result(self, container: Container, kind: str, probe: Obj) -> bool | None:
        """Probe once; None where there is no result."""
        worker, timeout = self._worker, probe.get("timeoutSeconds", 1)
        try:
            failure = await self._once(container, probe, timeout)
        except (ProbeError, LookupError) as error:
            text = f"{kind.capitalize()} probe errored and resulted in unknown state: {error}"
            worker.tell("Warning", "Unhealthy", text, container)
            return None
        if failure is not None:
            worker.tell("Warning", "Unhealthy", f"{kind.capitalize()} probe failed: {failure}", container)
        return failure is None

    async def _once(self, container: Container, probe: Obj, timeout: float) -> str | None:
        """Return why the probe fails, None where it succeeds. Raises ProbeError."""
        worker = self._worker
        if action := probe.get("exec"):
            return await self._exec(container, action["command"], timeout)
        if action := probe.get("httpGet"):
            return await self._http(container, action, timeout)
        action = probe.get("tcpSocket") or probe["grpc"]  # that something listens is all that gRPC needs here
        target = f"{action.get('host') or worker.life.ip}:{hooks.port(container, action['port'])}"
        host, _, number = target.rpartition(":")
        try:
            (await within(worker.clock, timeout, worker.kubelet.dial(host, int(number)))).close()
        except TimeoutError:
            return f"dial tcp {target}: i/o timeout"
        except OSError:
            return f"dial tcp {target}: connect: connection refused"
        return None

    async def _exec(self, container: Container, argv: list[str], timeout: float) -> str | None:
        try:
            code, output = await within(self._worker.clock, timeout, hooks.execute(container, argv))
        except TimeoutError:
            return f'command timed out: "{" ".join(argv)}" timed out after {timeout}s'
        except StartError as error:
            why = f"rpc error: code = Unknown desc = {hooks.exec_error(error)}"
            raise ProbeError(why) from error
        return output.decode(errors="replace") if code else None

    async def _http(self, container: Container, action: Obj, timeout: float) -> str | None:
        worker = self._worker
        target = hooks.url(worker, container, action)
        try:
            code = await within(worker.clock, timeout, hooks.request(worker, container, action, AGENT))
        except TimeoutError:
            waits = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
            return f'Get "{target}": {waits}'
        except EOFError:
            return f'Get "{target}": EOF'
        except OSError:
            return f'Get "{target}": dial tcp {target.split("/")[2]}: connect: connection refused'
        return None if 200 <= code < 400 else f"HTTP probe failed with statuscode: {code}"

    def _act(self, container: Container, kind: str, probe: Obj, *, good: bool) -> bool:
        """Do what a result asks for; tell whether this was the probe's last."""
        worker = self._worker
        if kind == "readiness":
            if container.probed_ready is not good:
                container.probed_ready = good
                worker.changed()
            return False
        if good:
            if kind == "startup":
                container.passed = True
                container.up.set()
                worker.changed()
            return kind == "startup"
        grace = probe.get("terminationGracePeriodSeconds")
        if grace is None:
            grace = worker.pod["spec"].get("terminationGracePeriodSeconds", 30)
        container.killed = True
        worker.begin(kill(worker, container, self._farewell(container, kind), grace))
        return True

    def _farewell(self, container: Container, kind: str) -> str:
        """Return what the Killing event says."""
        worker = self._worker
        text = f"Container {container.name} failed {kind} probe"
        if worker.pod["spec"].get("restartPolicy") != "Never":
            return f"{text}, will be restarted"
        alone = sum(each.running for each in worker.life.containers) == 1
        return f"Stopping container {container.name}" if alone else text
