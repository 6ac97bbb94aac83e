"""One Pod's life on its node: volumes, init containers, containers and their restarts, and its end.

https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Coroutine
from typing import TYPE_CHECKING, Any

from tutor.practice.api.deletion import Deletion
from tutor.practice.api.errors import ApiError, Obj
from tutor.practice.clock import stamp
from tutor.practice.kubelet.container import Attempt, Container
from tutor.practice.kubelet.hooks import HookError, run_hook
from tutor.practice.kubelet.images import SYNC, NotStarted
from tutor.practice.kubelet.probes import Probes
from tutor.practice.kubelet.starting import start
from tutor.practice.kubelet.status import Life, status_of
from tutor.practice.kubelet.volumes import MountError
from tutor.practice.kubelet.waiting import duration, first, within

if TYPE_CHECKING:
    from tutor.practice.containers.sandbox import Process
    from tutor.practice.kubelet.kubelet import Kubelet

RELIST = 1.0
"""Seconds until a kubelet sees what has become of a container: it lists the containers once a second."""
FIRST_BACKOFF, LAST_BACKOFF = 10.0, 300.0
LEAST_GRACE = 2.0
"""Seconds that a sidecar is given when its Pod's grace is used up."""
LAST_MOUNT_RETRY = 122.0
KINDS = ("initContainers", "containers", "ephemeralContainers")
SIGTERM, SIGKILL = 15, 9


class Stopped(Exception):
    """The Pod is to end: nothing more is begun."""


class Worker:
    """Drives one Pod; `run` is its task."""

    def __init__(self, kubelet: Kubelet, pod: Obj) -> None:
        self.kubelet, self.clock, self.pod = kubelet, kubelet.clock, pod
        self.volumes = kubelet.volumes()
        self.probes = Probes(self)
        old = pod.get("status") or {}
        now = stamp(self.clock.now())
        self.life = Life(host_ip=kubelet.ip, start_time=old.get("startTime") or now)
        self.life.containers = [Container(each, kind) for kind in KINDS for each in pod["spec"].get(kind) or []]
        self.deleted = False
        """Whether the Pod is gone from the API already."""
        self._stopping = asyncio.Event()
        self._kill_at = 0.0
        self._sooner = asyncio.Event()
        self._turn = asyncio.Lock()
        """A kubelet starts a Pod's containers one by one, and reports nothing meanwhile."""
        self._busy = 0
        """How many containers have that turn or wait for it."""
        self._others: set[asyncio.Task[None]] = set()
        """Sidecars and ephemeral containers."""
        self._due = False

    @property
    def uid(self) -> str:
        """The Pod's uid."""
        return str(self.pod["metadata"]["uid"])

    @property
    def full_name(self) -> str:
        """As messages name it: `web_default(UID)`."""
        return f"{self.pod['metadata']['name']}_{self.pod['metadata']['namespace']}({self.uid})"

    @property
    def stopping(self) -> bool:
        """Whether the Pod is being stopped."""
        return self._stopping.is_set()

    def find(self, name: str) -> Container | None:
        """Return the container of that name."""
        return next((each for each in self.life.containers if each.name == name), None)

    def waits_for(self, container: Container) -> str:
        """Return the reason that the status gives for a container that has not been tried yet."""
        status = self.pod.get("status") or {}
        for each in [*(status.get("containerStatuses") or []), *(status.get("initContainerStatuses") or [])]:
            if each["name"] == container.name and "waiting" in each["state"]:
                return str(each["state"]["waiting"]["reason"])
        return "ContainerCreating"

    def facts(self) -> dict[str, str]:
        """Return what the downward API tells of the status."""
        host, ip = self.life.host_ip, self.life.ip
        return {"status.hostIP": host, "status.hostIPs": host, "status.podIP": ip, "status.podIPs": ip}

    def tell(self, kind: str, reason: str, message: str, container: Container | None = None) -> None:
        """Record an Event about the Pod or one of its containers."""
        self.kubelet.events.record(self.pod, kind, reason, message, field_path=container.path if container else "")

    async def run(self) -> None:
        """Live. Ends when the Pod has, and everything of it has stopped."""
        self.publish()
        life = asyncio.ensure_future(self._live())
        ended = asyncio.Event()
        life.add_done_callback(lambda _: ended.set())
        deadline = self.pod["spec"].get("activeDeadlineSeconds")
        left = deadline - self.clock.since(self.life.start_time) if deadline is not None else None
        if not await first(self.clock, left, ended, self._stopping):
            message = "Pod was active on the node longer than the specified deadline"
            self.tell("Normal", "DeadlineExceeded", message)
            self.life.reason, self.life.message, self.life.phase = "DeadlineExceeded", message, "Failed"
            self.stop(self.pod["spec"].get("terminationGracePeriodSeconds", 30))
        await self._end(life)

    def update(self, pod: Obj) -> None:
        """Take note of the Pod's newest state."""
        before, self.pod = self.pod, pod
        known = {each.name for each in self.life.containers}
        for spec in pod["spec"].get("ephemeralContainers") or []:
            if spec["name"] not in known:
                container = Container(spec, "ephemeralContainers")
                self.life.containers.append(container)
                if self.life.sandbox == "ready":
                    self.begin(self._keep(container))
        for kind in ("containers", "initContainers"):
            for spec in pod["spec"].get(kind) or []:
                if found := self.find(spec["name"]):
                    found.spec = spec
        if pod["metadata"].get("deletionTimestamp"):
            self.stop(pod["metadata"].get("deletionGracePeriodSeconds") or 0)
        if before["metadata"].get("generation") != pod["metadata"].get("generation"):
            self.changed(even_now=True)
        elif _others(before) != _others(pod):
            self.changed()

    def refresh(self) -> None:
        """Bring the volumes up to date: something in the namespace has changed."""
        if self.life.sandbox == "ready" and not self.stopping:
            with contextlib.suppress(MountError):  # what was there stays
                self.volumes.set_up(self.pod, self.facts())

    def stop(self, grace: float) -> None:
        """End the Pod, within so many seconds; a second call can only make that sooner."""
        at = self.clock.monotonic() + max(grace, 1.0)
        if self.stopping and at >= self._kill_at:
            return
        self._kill_at = at
        self._sooner.set()
        self._sooner = asyncio.Event()
        self.life.ending = True
        self._stopping.set()
        self.probes.stop()

    def changed(self, *, even_now: bool = False) -> None:
        """Publish the status soon, once, whatever else changes in this step.

        That is not done while containers are being started, nor (but for `even_now`) while the Pod is being stopped.
        """
        if not self._due and (even_now or not (self._busy or self.life.ending)):
            self._due = True
            asyncio.get_running_loop().call_soon(self._publish_due)

    def publish(self) -> None:
        """Write the status, if it has changed."""
        self._due = False
        if self.deleted:
            return
        status = status_of(self.pod, self.life, stamp(self.clock.now()))
        if status == self.pod.get("status"):
            return
        with contextlib.suppress(ApiError):
            stored = self.kubelet.api.set_status("pods", self.pod, status, manager="kubelet")
            if stored:
                self.pod = stored

    def again(self, container: Container) -> bool:
        """Tell whether the container is started again after its end."""
        ended = container.current.terminated if container.current else None
        if self.stopping or ended is None or container.kind == "ephemeralContainers":
            return False
        code = ended["exitCode"]
        for rule in container.spec.get("restartPolicyRules") or []:
            codes = rule.get("exitCodes") or {}
            if (code in (codes.get("values") or [])) == (codes.get("operator") == "In"):
                return True
        own = container.spec.get("restartPolicy")
        policy = own or self.pod["spec"].get("restartPolicy", "Always")
        if policy == "Always" and (container.sidecar or container.kind == "containers"):
            return True
        return bool(policy != "Never" and code != 0)

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside the containers' lives, that the Pod's end waits for."""
        task = asyncio.ensure_future(work)
        self._others.add(task)
        task.add_done_callback(self._others.discard)

    async def kill(self, container: Container, message: str, grace: float | None = None) -> None:
        """Stop a container: hook, signal, and after `grace` seconds (or with the Pod) the other signal."""
        process = container.current.process if container.current else None
        if not container.running or not process:
            return
        self.tell("Normal", "Killing", message, container)
        until = self.clock.monotonic() + grace if grace is not None else None
        if hook := (container.spec.get("lifecycle") or {}).get("preStop"):
            left = max((until or self._kill_at) - self.clock.monotonic(), 1.0)
            try:
                await within(self.clock, left, run_hook(self, container, hook))
            except HookError:
                self.tell("Warning", "FailedPreStopHook", "PreStopHook failed", container)
            except TimeoutError:
                pass
        process.kill(SIGTERM)
        await asyncio.sleep(0)
        while container.running:
            left = (until or self._kill_at) - self.clock.monotonic()
            if left <= 0:
                process.kill(SIGKILL)
                await container.exited.wait()
            else:
                await first(self.clock, left, container.exited, self._sooner)

    async def _live(self) -> None:
        await self._mount()
        while not (address := self.kubelet.address(self.pod)):
            why = f'plugin type="ptp" failed (add): no IP addresses available in {self.kubelet.node.pod_cidr}'
            self.tell("Warning", "FailedCreatePodSandBox", f"Failed to create pod sandbox: {why}")
            await self._pause(SYNC)
        self.life.sandbox = "ready"
        self.publish()  # the address comes with the first container
        self.life.ip = address
        self.volumes.set_up(self.pod, self.facts())
        for container in self.life.of("ephemeralContainers"):
            self.begin(self._keep(container))
        for container in self.life.of("initContainers"):
            if container.sidecar:
                self.begin(self._keep(container))
                await first(self.clock, None, container.up, self._stopping)
            else:
                await self._keep(container)
                if not container.ready:
                    return
            if self.stopping:
                return
        await asyncio.gather(*(self._keep(each) for each in self.life.of("containers")))

    async def _mount(self) -> None:
        retry = 0.5
        while True:
            try:
                self.volumes.set_up(self.pod, self.facts())
                return
            except MountError as error:
                message = f'MountVolume.SetUp failed for volume "{error.volume}" : {error.message}'
                self.tell("Warning", "FailedMount", message)
            await self._pause(retry)
            retry = min(retry * 2, LAST_MOUNT_RETRY)

    async def _keep(self, container: Container) -> None:
        """Start a container, and again after each end, until that was the last."""
        with contextlib.suppress(Stopped):
            while True:
                await self._started(container)
                attempt = container.current
                if container.running and attempt and attempt.process:
                    # A kubelet is busy with the end of a container whose hook has failed, and reports nothing.
                    async with self._alone() if container.hook_failure else contextlib.nullcontext():
                        await self._follow(container, attempt, attempt.process)
                again = self.again(container)
                container.over = not again
                self.changed()
                if not again:
                    return
                await self._pause(RELIST)
                await self._back_off(container)

    @contextlib.asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """Have the turn."""
        self._busy += 1
        try:
            async with self._turn:
                yield
        finally:
            self._busy -= 1

    async def _follow(self, container: Container, attempt: Attempt, process: Process) -> None:
        """Keep what the process writes, until it ends."""
        async for stream, data in process.output:
            attempt.log.write(stream, data)
            for viewer in list(attempt.viewers):
                viewer.put_nowait((stream, data))
        end = await process.wait()
        if self._due:
            self.publish()  # that it ran, before that it has ended
        self._ended(container, end)

    async def _started(self, container: Container) -> None:
        """Start a container; wait, and try again, for as long as it cannot."""
        for tried in itertools.count():
            try:
                async with self._alone():
                    if self.stopping:
                        raise Stopped
                    await start(self, container)
                if not container.hook_failure:
                    self.changed()
                return
            except NotStarted as error:
                container.waiting = (error.reason, error.message)
                self.changed()
                await self._pause(error.again if tried else min(error.again, RELIST))

    def _ended(self, container: Container, end: Any) -> None:
        attempt = container.current
        if attempt is None:
            return
        self.probes.end(container)
        attempt.log.close()
        message, spec = end.message, container.spec
        path = spec.get("terminationMessagePath", "/dev/termination-log")
        written = attempt.sandbox.read(path) if attempt.sandbox else None
        if written:
            message = written[:4096].decode(errors="replace")
        elif end.code and spec.get("terminationMessagePolicy") == "FallbackToLogsOnError":
            message = attempt.log.tail(80, 2048)
        reason = "OOMKilled" if end.oom else "Error" if end.code else "Completed"
        attempt.ends(self.clock, end.code, reason, message)
        if container.hook_failure and self.again(container):
            container.waiting = ("PostStartHookError", container.hook_failure)
        container.passed = container.probed_ready = False
        container.up.clear()
        container.exited.set()

    async def _back_off(self, container: Container) -> None:
        now = self.clock.monotonic()
        ended = now - RELIST
        if not container.backoff or ended - container.backed_off > 2 * LAST_BACKOFF:
            container.backoff, container.backed_off = FIRST_BACKOFF, now
            return
        until = ended + container.backoff
        while (left := until - self.clock.monotonic()) > 0:
            name = container.name
            text = f"back-off {duration(container.backoff)} restarting failed container={name} pod={self.full_name}"
            container.waiting = ("CrashLoopBackOff", text)
            event = f"Back-off restarting failed container {name} in pod {self.full_name}"
            self.tell("Warning", "BackOff", event, container)
            self.changed()
            await self._pause(min(left, SYNC))
        container.backoff = min(container.backoff * 2, LAST_BACKOFF)
        container.backed_off = self.clock.monotonic()

    async def _pause(self, seconds: float) -> None:
        if await first(self.clock, seconds, self._stopping):
            raise Stopped

    async def _end(self, life: asyncio.Future[None]) -> None:
        """Stop what still runs, report it, and delete the Pod if that is wanted."""
        self.changed()
        if self.stopping:
            running = [each for each in self.life.containers if each.running and not each.sidecar]
            await asyncio.gather(*(self.kill(each, f"Stopping container {each.name}") for each in running))
        with contextlib.suppress(Stopped):
            await life
        self.changed()
        if not self.stopping and not self.deleted:
            await first(self.clock, RELIST, self._stopping)
            self._kill_at = self.clock.monotonic() + self.pod["spec"].get("terminationGracePeriodSeconds", 30)
            self._stopping.set()
        for each in reversed(self.life.containers):
            if each.running:
                self._kill_at = max(self._kill_at, self.clock.monotonic() + LEAST_GRACE)
                await self.kill(each, f"Stopping container {each.name}")
        await asyncio.gather(*self._others, return_exceptions=True)
        self.probes.stop()
        self.life.sandbox = "stopped"
        self.kubelet.release(self)
        self.publish()
        meta = self.pod["metadata"]
        if meta.get("deletionTimestamp") and not self.deleted:
            with contextlib.suppress(ApiError):
                deletion = Deletion(grace=0, uid=self.uid)
                self.kubelet.api.delete("pods", meta["namespace"], meta["name"], deletion)

    def _publish_due(self) -> None:
        if self._due:
            self.publish()


def _others(pod: Obj) -> list[Obj]:
    """Return the conditions that are not the kubelet's own."""
    conditions = (pod.get("status") or {}).get("conditions") or []
    return [each for each in conditions if "observedGeneration" not in each or each["type"].count("/")]
