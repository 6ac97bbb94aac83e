"""One simulated node's kubelet, and all of them together.

https://kubernetes.io/docs/reference/command-line-tools-reference/kubelet/
"""

from __future__ import annotations

import asyncio
import ipaddress
import itertools
import logging
from collections.abc import Callable, Sequence

from tutor.practice.api.chain import Api
from tutor.practice.api.errors import Obj
from tutor.practice.api.events import Recorder
from tutor.practice.api.meta import key_of
from tutor.practice.api.store import Event
from tutor.practice.kubelet.images import Images
from tutor.practice.kubelet.node import Node
from tutor.practice.kubelet.runtime import Line, Runtime
from tutor.practice.kubelet.usage import usage_of
from tutor.practice.kubelet.volumes import Disks, Token, Volumes
from tutor.practice.kubelet.worker import Worker

REFRESH_SECONDS = 1.0
"""Until a changed ConfigMap or Secret shows in volumes; a real kubelet takes up to a minute."""
log = logging.getLogger("practice")


class Kubelet:
    """Leads the Pods of one node."""

    def __init__(self, api: Api, node: Node, runtime: Runtime, disks: Disks, token: Token, dns: str) -> None:
        self.dns = dns
        self.api, self.store, self.clock = api, api.store, api.clock
        self.node, self.name, self.ip = node, node.name, node.ip
        self.runtime, self.allocatable = runtime, node.allocatable
        self.events = Recorder(api, "kubelet", node.name)
        self.images = Images(runtime, self.clock, set(node.images))
        self.workers: dict[str, Worker] = {}
        """By uid; those of finished Pods stay, for their logs, until the Pods are deleted."""
        self._disks, self._token = disks, token
        self.tasks: set[asyncio.Task[None]] = set()
        """One for each Pod."""
        self._addresses: dict[str, str] = {}
        network = ipaddress.ip_network(node.pod_cidr)
        self._gateway = str(network[1])
        self._hosts = itertools.cycle(str(network[at]) for at in range(2, min(network.num_addresses - 1, 4096)))
        self._free = network.num_addresses - 3

    def see(self, event: Event) -> None:
        """Take note of a change of a Pod of this node."""
        uid = event.object["metadata"]["uid"]
        worker = self.workers.get(uid)
        if event.type == "DELETED":
            if worker:
                worker.deleted = True
                worker.stop(worker.pod["metadata"].get("deletionGracePeriodSeconds") or 0)
                del self.workers[uid]
        elif worker:
            worker.update(event.object)
        elif (event.object.get("status") or {}).get("phase") not in ("Succeeded", "Failed"):
            worker = self.workers[uid] = Worker(self, event.object)
            task = asyncio.ensure_future(self._run(worker))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    def refresh(self, namespace: str) -> None:
        """Bring the volumes of a namespace's Pods up to date."""
        for worker in self.workers.values():
            if worker.pod["metadata"]["namespace"] == namespace:
                worker.refresh()

    def volumes(self) -> Volumes:
        """Return what makes a Pod's volumes."""
        return Volumes(self.store, self._disks, self.name, self.allocatable, self._token)

    def address(self, pod: Obj) -> str:
        """Return an address for a Pod, the node's own with `hostNetwork`; empty while all are taken."""
        if pod["spec"].get("hostNetwork"):
            return self.ip
        used = set(self._addresses.values())
        if len(used) >= self._free:
            return ""
        ip = next(each for each in self._hosts if each not in used)
        self._addresses[pod["metadata"]["uid"]] = ip
        return ip

    async def dial(self, host: str, port: int) -> Line:
        """Connect as the kubelet does: to Pods from the gateway of their network. Raises OSError."""
        if host in (self.ip, "127.0.0.1", "localhost"):
            return await self.runtime.dial(self.ip, host, port)
        if host not in self._addresses.values():
            return await self.runtime.dial(self._gateway, host, port)
        try:
            return await self.runtime.dial(self._gateway, host, port, timeout=0.0)
        except TimeoutError as error:  # the address is there, though no status tells of it yet
            raise ConnectionRefusedError from error

    def release(self, worker: Worker) -> None:
        """Take back the address of a Pod that has ended."""
        self._addresses.pop(worker.uid, None)

    def stop(self) -> None:
        """Stop at once, as a machine does whose power fails: nothing is reported."""
        for worker in self.workers.values():
            worker.abandon()
        for task in self.tasks:
            task.cancel()

    async def _run(self, worker: Worker) -> None:
        try:
            await worker.run()
        except Exception:  # one Pod must not end the others
            log.exception("kubelet: %s", worker.full_name)


class Kubelets:
    """The kubelets of all nodes, and their heartbeats."""

    def __init__(
        self,
        api: Api,
        nodes: Sequence[Node],
        runtime: Runtime,
        *,
        token: Token,
        dns: str = "10.96.0.10",
    ) -> None:
        self.api, self.store, self.clock = api, api.store, api.clock
        self.disks = Disks()
        self.runtime = runtime
        self.by_node = {node.name: Kubelet(api, node, runtime, self.disks, token, dns) for node in nodes}
        self._ends: list[Callable[[], None]] = []
        self._dirty: set[str] = set()
        self._beating: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Register the nodes and take up their Pods. Needs a running loop."""
        for kubelet in self.by_node.values():
            kubelet.node.register(self.api)
            kubelet.node.announce(self.api)
            self._beating.append(asyncio.ensure_future(kubelet.node.beat(self.api)))
        self._ends.append(self.store.subscribe(self._hear))
        for pod in self.store.list("pods"):
            self._hear(Event("ADDED", "pods", pod, None, self.store.revision))

    def stop(self) -> None:
        """End everything that runs on the nodes."""
        for end in self._ends:
            end()
        for kubelet in self.by_node.values():
            kubelet.stop()
        for task in self._beating:
            task.cancel()

    async def over(self, timeout: float = 2.0) -> None:
        """Wait until what `stop` has ended is over, for up to `timeout` real seconds."""
        ending = {task for kubelet in self.by_node.values() for task in kubelet.tasks} | set(self._beating)
        if ending:
            await asyncio.wait(ending, timeout=timeout)

    def worker(self, pod: Obj) -> Worker | None:
        """Return what leads a Pod, None before it has a node."""
        kubelet = self.by_node.get(pod["spec"].get("nodeName") or "")
        return kubelet.workers.get(pod["metadata"]["uid"]) if kubelet else None

    def usage(self, pod: Obj) -> tuple[int, int] | None:
        """Return what a Pod uses, in millicores and bytes; None while nothing of it runs."""
        worker = self.worker(pod)
        found = usage_of(worker) if worker else {}
        return (sum(cores for cores, _ in found.values()), sum(held for _, held in found.values())) if found else None

    def _hear(self, event: Event) -> None:
        if event.resource == "pods":
            kubelet = self.by_node.get(event.object["spec"].get("nodeName") or "")
            if kubelet:
                kubelet.see(event)
        elif event.resource in ("configmaps", "secrets") and event.old is not None:
            namespace = key_of(event.object)[0]
            if namespace not in self._dirty:
                self._dirty.add(namespace)
                self.clock.call_later(REFRESH_SECONDS, lambda: self._refresh(namespace))
        elif event.resource == "persistentvolumes" and event.type == "DELETED":
            self.disks.forget("", event.object["metadata"]["uid"])

    def _refresh(self, namespace: str) -> None:
        self._dirty.discard(namespace)
        for kubelet in self.by_node.values():
            kubelet.refresh(namespace)
