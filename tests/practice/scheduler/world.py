"""A cluster of the cluster's own controllers and the scheduler: a clock that stands still, and one node by default."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from tutor.practice.api.chain import Api
from tutor.practice.api.deletion import Deletion
from tutor.practice.api.errors import Obj
from tutor.practice.api.kinds import Kinds
from tutor.practice.api.store import Store
from tutor.practice.api.strategy import Strategy
from tutor.practice.clock import FakeClock, micro_stamp, stamp
from tutor.practice.controllers.cluster import cluster_controllers
from tutor.practice.schema.discovery import built_in

NODE, SPACE = "control-plane", "space"


class Namespaces(Strategy):
    """Namespaces are held by their finalizer."""

    counts_generations = False

    def prepare_create(self, obj: Obj) -> None:
        """Set the first state."""
        super().prepare_create(obj)
        obj["spec"], obj["status"] = {"finalizers": ["kubernetes"]}, {"phase": "Active"}


class Pods(Strategy):
    """Pods begin as Pending."""

    def prepare_create(self, obj: Obj) -> None:
        """Set the first state."""
        super().prepare_create(obj)
        obj["status"] = {"phase": "Pending"}
        if obj["spec"].get("schedulingGates"):
            why = "Scheduling is blocked due to non-empty scheduling gates"
            gated = {"type": "PodScheduled", "status": "False", "reason": "SchedulingGated", "message": why}
            obj["status"]["conditions"] = [gated]


class World:
    """Everything that a test needs."""

    def __init__(self, *nodes: str) -> None:
        self.clock, self.store = FakeClock(), Store()
        strategies: dict[str, Strategy] = {"namespaces": Namespaces(), "pods": Pods()}
        self.api = Api(self.store, Kinds(built_in()), self.clock, strategies=strategies)
        for name in nodes or (NODE,):
            self.node(name)
        for name in ("default", "kube-system", "kube-node-lease", SPACE):
            self.create("namespaces", {"metadata": {"name": name}})
        self.controllers = cluster_controllers(self.api, ca="CA", node=NODE, address="10.0.0.1")

    async def __aenter__(self) -> World:
        for each in self.controllers:
            each.start()
        await self.settle()
        return self

    async def __aexit__(self, *_: object) -> None:
        for each in self.controllers:
            each.stop()

    async def settle(self) -> None:
        """Let everything happen that is due now."""
        for _ in range(2000):
            await asyncio.sleep(0)
            if not any(each._due for each in self.controllers):
                return
        raise AssertionError("the controllers do not come to rest")

    async def run(self, seconds: float) -> None:
        """Let time pass."""
        await self.settle()
        for _ in range(int(seconds * 2)):
            self.clock.advance(0.5)
            await self.settle()

    def node(self, name: str, cpu: str = "2", **labels: str) -> Obj:
        """Add a node as the reference cluster has it."""
        labels = {key.replace("__", "/"): value for key, value in labels.items()}
        resources = {"cpu": cpu, "memory": "24684084Ki", "pods": "110", "ephemeral-storage": "270553174016"}
        node = {
            "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, **labels}},
            "spec": {},
        }
        stored = self.api.create("nodes", node)
        ready = {"type": "Ready", "status": "True", "lastTransitionTime": stamp(self.clock.now())}
        self.api.set_status("nodes", stored, {"allocatable": resources, "conditions": [ready]})
        return stored

    def lease(self, node: str) -> None:
        """Renew the Lease of a node."""
        body = {"metadata": {"name": node}, "spec": {"renewTime": micro_stamp(self.clock.now())}}
        self.create("leases.coordination.k8s.io", body, "kube-node-lease")

    def create(self, resource: str, obj: Obj, namespace: str = "") -> Obj:
        """Create an object."""
        return self.api.create(resource, obj, namespace)

    def pod(self, name: str, labels: dict[str, str] | None = None, **spec: Any) -> Obj:
        """Create a Pod with one container that asks for nothing, or with what `spec` says."""
        spec.setdefault("containers", [{"name": "c", "image": "busybox:1.37"}])
        if "priority" not in spec:
            spec["priority"] = 0
        return self.create("pods", {"metadata": {"name": name, "labels": labels or {}}, "spec": spec}, SPACE)

    def claim(self, name: str, storage: str = "1Gi", **spec: Any) -> Obj:
        """Create a PersistentVolumeClaim."""
        body = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": storage}}, **spec}
        return self.create("persistentvolumeclaims", {"metadata": {"name": name}, "spec": body}, SPACE)

    def volume(self, name: str, storage: str = "1Gi", **spec: Any) -> Obj:
        """Create a PersistentVolume."""
        body = {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": storage}, **spec}
        return self.create("persistentvolumes", {"metadata": {"name": name}, "spec": body})

    def storage_class(self, name: str, mode: str = "Immediate", provisioner: str = "rancher.io/local-path") -> None:
        """Create a StorageClass."""
        body = {"metadata": {"name": name}, "provisioner": provisioner, "volumeBindingMode": mode}
        self.create("storageclasses.storage.k8s.io", body | {"reclaimPolicy": "Delete"})

    def get(self, resource: str, name: str, namespace: str = SPACE) -> Obj:
        """Return an object."""
        return self.api.get(resource, namespace, name)

    def there(self, resource: str, name: str, namespace: str = SPACE) -> bool:
        """Tell whether there is such an object."""
        return self.store.get(resource, namespace, name) is not None

    def change(self, resource: str, name: str, namespace: str = SPACE, **parts: Obj) -> Obj:
        """Merge parts of an object, one level deep."""
        return self.api.change(
            resource, namespace, name, lambda old: {**old, **{key: {**old[key], **part} for key, part in parts.items()}}
        )

    def status(self, resource: str, name: str, status: Obj, namespace: str = SPACE) -> None:
        """Merge a status."""
        old = self.get(resource, name, namespace)
        self.api.set_status(resource, old, {**(old.get("status") or {}), **status})

    def running(self, pod: str, address: str = "10.244.0.5", *, ready: bool = True) -> None:
        """Say of a Pod what a kubelet would."""
        condition = {
            "type": "Ready",
            "status": "True" if ready else "False",
            "lastTransitionTime": "2026-01-01T00:00:09Z",
        }
        self.status("pods", pod, {"phase": "Running", "podIP": address, "conditions": [condition]})

    def delete(
        self, resource: str, name: str, namespace: str = SPACE, propagation: str = "", grace: int | None = None
    ) -> None:
        """Delete an object."""
        self.api.delete(resource, namespace, name, Deletion(propagation=propagation, grace=grace))

    def where(self, pod: str) -> str:
        """Return the node of a Pod, "" while it has none."""
        return str(self.get("pods", pod)["spec"].get("nodeName", ""))

    def condition(self, resource: str, name: str, kind: str, namespace: str = SPACE) -> Obj:
        """Return a condition, {} where there is none."""
        conditions = (self.get(resource, name, namespace).get("status") or {}).get("conditions") or []
        return next((each for each in conditions if each["type"] == kind), {})

    def said(self, name: str, namespace: str = SPACE) -> list[tuple[str, str]]:
        """Return reason and message of the Events about an object, the oldest first."""
        events = [each for each in self.store.list("events", namespace) if each["involvedObject"]["name"] == name]
        events.sort(key=lambda each: int(each["metadata"]["resourceVersion"]))
        return [(each["reason"], each["message"]) for each in events]


def asking(**requests: str) -> list[Obj]:
    """Return containers that ask for resources."""
    return [{"name": "c", "image": "busybox:1.37", "resources": {"requests": requests}}]


def copied(obj: Obj) -> Obj:
    """Return a copy to change."""
    found: Obj = json.loads(json.dumps(obj))
    return found
