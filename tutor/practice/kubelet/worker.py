"""One Pod's life on its node: volumes, init containers, containers and their restarts, and its end.

https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from typing import TYPE_CHECKING, Any

from tutor.practice.api.deletion import Deletion
from tutor.practice.api.errors import ApiError, Obj
from tutor.practice.clock import stamp
from tutor.practice.kubelet.container import Container
from tutor.practice.kubelet.ending import SIGKILL, kill
from tutor.practice.kubelet.env import memory_limit
from tutor.practice.kubelet.images import SYNC
from tutor.practice.kubelet.keeping import RELIST, keep
from tutor.practice.kubelet.probes import Probes
from tutor.practice.kubelet.status import Life, status_of
from tutor.practice.kubelet.volumes import MountError
from tutor.practice.kubelet.waiting import Stopped, first

if TYPE_CHECKING:
    from tutor.practice.kubelet.kubelet import Kubelet

LEAST_GRACE = 2.0
"""Seconds that a sidecar is given when its Pod's grace is used up."""
LAST_MOUNT_RETRY = 122.0
KINDS = ("initContainers", "containers", "ephemeralContainers")


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
        self.kill_at = 0.0
        """When what still runs of a Pod that is being stopped is killed, by the monotonic clock."""
        self.sooner = asyncio.Event()
        """Set when that changes."""
        self._turn = asyncio.Lock()
        """A kubelet starts a Pod's containers one by one, and reports nothing meanwhile."""
        self._busy = 0
        """How many containers have that turn or wait for it."""
        self._life: asyncio.Task[None] | None = None
        self._others: set[asyncio.Task[None]] = set()
        """Sidecars and ephemeral containers."""
        self._written: Obj = {}
        self.due = False
        """Whether the status is about to be published."""

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
        life = self._life = asyncio.ensure_future(self._live())
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
                    self.begin(keep(self, container))
        for kind in ("containers", "initContainers"):
            for spec in pod["spec"].get(kind) or []:
                if found := self.find(spec["name"]):
                    found.spec = spec
        for each in self.life.containers:
            if each.current and each.current.sandbox:
                each.current.sandbox.memory_limit = memory_limit(each.spec)
        if pod["metadata"].get("deletionTimestamp"):
            self.stop(pod["metadata"].get("deletionGracePeriodSeconds") or 0)
        if before["metadata"].get("generation") != pod["metadata"].get("generation") or before["spec"] != pod["spec"]:
            self.changed(even_now=True)
        elif (pod.get("status") or {}) != self._written:  # somebody else's condition, or a state from before a reset
            self.changed()

    def refresh(self) -> None:
        """Bring the volumes up to date: something in the namespace has changed."""
        if self.life.sandbox == "ready" and not self.stopping:
            with contextlib.suppress(MountError):  # what was there stays
                self.volumes.set_up(self.pod, self.facts())

    def stop(self, grace: float) -> None:
        """End the Pod, within so many seconds; a second call can only make that sooner."""
        at = self.clock.monotonic() + max(grace, 1.0)
        if self.stopping and at >= self.kill_at:
            return
        self.kill_at = at
        self.sooner.set()
        self.sooner = asyncio.Event()
        self.life.ending = True
        self._stopping.set()
        self.probes.stop()

    def abandon(self) -> None:
        """End everything at once and report nothing."""
        self.deleted = True
        for container in self.life.containers:
            if container.current and container.current.process:
                container.current.process.kill(SIGKILL)
        self.probes.stop()
        for task in (self._life, *self._others):
            if task:
                task.cancel()

    def changed(self, *, even_now: bool = False) -> None:
        """Publish the status soon, once, whatever else changes in this step.

        That is not done while containers are being started, nor (but for `even_now`) while the Pod is being stopped.
        """
        if not self.due and (even_now or not (self._busy or self.life.ending)):
            self.due = True
            asyncio.get_running_loop().call_soon(self._publish_due)

    def publish(self) -> None:
        """Write the status, if it has changed."""
        self.due = False
        if self.deleted:
            return
        status = status_of(self.pod, self.life, stamp(self.clock.now()))
        if status == self.pod.get("status"):
            return
        self._written = status
        with contextlib.suppress(ApiError):
            stored = self.kubelet.api.set_status("pods", self.pod, status, manager="kubelet")
            if stored:
                self.pod = stored

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside the containers' lives, that the Pod's end waits for."""
        task = asyncio.ensure_future(work)
        self._others.add(task)
        task.add_done_callback(self._others.discard)

    @contextlib.asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Have the turn."""
        self._busy += 1
        try:
            async with self._turn:
                yield
        finally:
            self._busy -= 1

    async def pause(self, seconds: float) -> None:
        """Wait. Raises Stopped once the Pod is to end."""
        if await first(self.clock, seconds, self._stopping):
            raise Stopped

    async def _live(self) -> None:
        await self._mount()
        while not (address := self.kubelet.address(self.pod)):
            why = f'plugin type="ptp" failed (add): no IP addresses available in {self.kubelet.node.pod_cidr}'
            self.tell("Warning", "FailedCreatePodSandBox", f"Failed to create pod sandbox: {why}")
            await self.pause(SYNC)
        self.life.sandbox = "ready"
        self.publish()  # the address comes with the first container
        self.life.ip = address
        for container in self.life.of("ephemeralContainers"):
            self.begin(keep(self, container))
        for container in self.life.of("initContainers"):
            if container.sidecar:
                self.begin(keep(self, container))
                await first(self.clock, None, container.up, self._stopping)
            else:
                await keep(self, container)
                if not container.ready:
                    return
            if self.stopping:
                return
        await asyncio.gather(*(keep(self, each) for each in self.life.of("containers")))

    async def _mount(self) -> None:
        retry = 0.5
        while True:
            try:
                self.volumes.set_up(self.pod, self.facts())
                return
            except MountError as error:
                message = f'MountVolume.SetUp failed for volume "{error.volume}" : {error.message}'
                self.tell("Warning", "FailedMount", message)
            await self.pause(retry)
            retry = min(retry * 2, LAST_MOUNT_RETRY)

    async def _end(self, life: asyncio.Future[None]) -> None:
        """Stop what still runs, report it, and delete the Pod if that is wanted."""
        self.changed()
        if self.stopping:
            running = [each for each in self.life.containers if each.running and not each.sidecar]
            await asyncio.gather(*(kill(self, each, f"Stopping container {each.name}") for each in running))
        with contextlib.suppress(Stopped):
            await life
        self.changed()
        if not self.stopping and not self.deleted:
            await first(self.clock, RELIST, self._stopping)
            self.kill_at = self.clock.monotonic() + self.pod["spec"].get("terminationGracePeriodSeconds", 30)
            self._stopping.set()
        for each in reversed(self.life.containers):
            if each.running:
                self.kill_at = max(self.kill_at, self.clock.monotonic() + LEAST_GRACE)
                await kill(self, each, f"Stopping container {each.name}")
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
        if self.due:
            self.publish()
