"""A cluster of controllers only: a clock that stands still, and nodes that do what a Pod's image and command say."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable, Iterable
from typing import Any

from tutor.practice.api.chain import Api
from tutor.practice.api.deletion import Deletion
from tutor.practice.api.errors import ApiError, Obj
from tutor.practice.api.kinds import Kind, Kinds
from tutor.practice.api.store import Event, Store
from tutor.practice.clock import FakeClock, stamp
from tutor.practice.controllers.workloads import workload_controllers
from tutor.practice.rules.registry import strategies
from tutor.practice.scheduler.binding import bind

NAMESPACE = "default"
KINDS = Kinds(
    [
        Kind("", "v1", "Namespace", "namespaces", namespaced=False),
        Kind("", "v1", "Node", "nodes", namespaced=False),
        *(
            Kind("", "v1", kind, plural, namespaced=True)
            for kind, plural in (
                ("Pod", "pods"),
                ("Event", "events"),
                ("PersistentVolumeClaim", "persistentvolumeclaims"),
                ("ReplicationController", "replicationcontrollers"),
            )
        ),
        *(
            Kind("apps", "v1", kind, f"{kind.lower()}s", namespaced=True)
            for kind in ("Deployment", "ReplicaSet", "DaemonSet", "StatefulSet", "ControllerRevision")
        ),
        Kind("batch", "v1", "Job", "jobs", namespaced=True),
        Kind("batch", "v1", "CronJob", "cronjobs", namespaced=True),
        Kind("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", namespaced=True),
        Kind("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", namespaced=True),
    ]
)


class World:
    """Everything that a test needs. Use `settle()` after each change, `run(seconds)` to let time pass."""

    def __init__(self, nodes: int = 1, usage: Callable[[Obj], tuple[int, int] | None] | None = None) -> None:
        self.clock = FakeClock()
        self.store = Store()
        self.api = Api(self.store, KINDS, self.clock, strategies=strategies())
        self.usage: dict[str, int] = {}
        self.controllers = workload_controllers(self.api, usage or self._usage)
        self.slow = 0.0
        """Seconds that a Pod takes to become ready, or to come to its end."""
        self.order: list[str] = []
        """What happened to Pods: `+name` ready, `-name` gone."""
        self._pods: dict[tuple[str, str], None] = {}
        self.store.subscribe(self._hear)
        self.api.create("namespaces", {"metadata": {"name": NAMESPACE}})
        for number in range(nodes):
            name = f"node-{number}"
            self.api.create(
                "nodes", {"metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}}, "spec": {}}
            )
        for controller in self.controllers:
            controller.start()

    def _usage(self, pod: Obj) -> tuple[int, int] | None:
        app = (pod["metadata"].get("labels") or {}).get("app", "")
        return (self.usage[app], 1 << 20) if app in self.usage else None

    def _hear(self, event: Event) -> None:
        if event.resource == "pods" and event.type != "DELETED":
            self._pods[NAMESPACE, event.object["metadata"]["name"]] = None
        if event.resource == "pods" and event.type == "DELETED":
            self.order.append("-" + event.object["metadata"]["name"])

    async def settle(self) -> None:
        """Let the loop run until nothing is due."""
        for _ in range(5_000):
            await asyncio.sleep(0)
            pods, self._pods = self._pods, {}
            for key in pods:
                self._kubelet(self.store.get("pods", *key))
            if not pods and not any(each._due for each in self.controllers):
                return
        raise AssertionError("the controllers do not come to rest")

    async def run(self, seconds: float) -> None:
        """Let time pass, and settle after everything that is due in it."""
        end = self.clock.monotonic() + seconds
        await self.settle()
        while True:
            due = min((when for when, _, timer in self.clock._timers if not timer.cancelled), default=end)
            if due >= end:
                break
            self.clock.advance(due - self.clock.monotonic())
            await self.settle()
        self.clock.advance(end - self.clock.monotonic())
        await self.settle()

    def _kubelet(self, pod: Obj | None) -> None:
        if pod is None:
            return
        name = pod["metadata"]["name"]
        if "deletionTimestamp" in pod["metadata"]:
            if pod["metadata"].get("deletionGracePeriodSeconds"):
                self._status(name, {**pod["status"], "phase": self._end(pod)})
                self.api.delete("pods", NAMESPACE, name, Deletion(grace=0))
            return
        if not pod["spec"].get("nodeName"):
            affinity = ((pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}).get(
                "requiredDuringSchedulingIgnoredDuringExecution"
            )
            node = affinity["nodeSelectorTerms"][0]["matchFields"][0]["values"][0] if affinity else "node-0"
            bind(self.api, NAMESPACE, name, node)
            return
        if pod["status"]["phase"] != "Pending" or self._image(pod).startswith("bad"):
            return
        if self.slow:
            uid = pod["metadata"]["uid"]
            self.clock.call_later(self.slow, lambda: self._started(name, uid))
            self._status(name, {"phase": "Running", "conditions": [{"type": "Ready", "status": "False"}]})
        else:
            self._started(name, pod["metadata"]["uid"])

    @staticmethod
    def _image(pod: Obj) -> str:
        return str(pod["spec"]["containers"][0].get("image", "busybox:1.37"))

    @staticmethod
    def _end(pod: Obj) -> str:
        return "Failed" if (pod["status"].get("phase")) in ("Running", "Pending") else str(pod["status"]["phase"])

    def _started(self, name: str, uid: str) -> None:
        pod = self.store.get("pods", NAMESPACE, name)
        if pod is None or pod["metadata"]["uid"] != uid or "deletionTimestamp" in pod["metadata"]:
            return
        command = pod["spec"]["containers"][0].get("command") or ["sleep"]
        now, code = stamp(self.clock.now()), None
        if command[0] in ("true", "false"):
            code = int(command[0] == "false")
        if command[0] == "sh":
            index = (pod["metadata"].get("labels") or {}).get("batch.kubernetes.io/job-completion-index", "0")
            code = int(command[-1].removeprefix("exit ").replace("$JOB_COMPLETION_INDEX", index))
        if code is None:
            self.order.append("+" + name)
            ready = {"type": "Ready", "status": "True", "lastTransitionTime": now}
            self._status(name, {"phase": "Running", "conditions": [ready]})
            return
        terminated = {"exitCode": code, "finishedAt": now, "reason": "Error" if code else "Completed"}
        state = {"name": "c", "state": {"terminated": terminated}, "restartCount": 0}
        self._status(name, {"phase": "Failed" if code else "Succeeded", "containerStatuses": [state]})

    def _status(self, name: str, status: Obj) -> None:
        self.api.change("pods", NAMESPACE, name, lambda new: {**new, "status": status}, subresource="status")

    def create(self, resource: str, name: str, spec: Obj, **meta: Any) -> Obj:
        """Create an object in the namespace of the tests."""
        return self.api.create(resource, {"metadata": {"name": name, **meta}, "spec": copy.deepcopy(spec)}, NAMESPACE)

    def change(self, resource: str, name: str, change: Callable[[Obj], object]) -> Obj:
        """Change an object in place."""

        def build(new: Obj) -> Obj:
            change(new)
            return new

        return self.api.change(resource, NAMESPACE, name, build)

    def get(self, resource: str, name: str) -> Obj:
        """Return an object of the namespace of the tests."""
        return self.api.get(resource, NAMESPACE, name)

    def pods(self, **labels: str) -> list[Obj]:
        """Return the active Pods with those labels."""
        return [
            pod
            for pod in self.store.list("pods", NAMESPACE)
            if labels.items() <= (pod["metadata"].get("labels") or {}).items()
            and pod["status"]["phase"] not in ("Succeeded", "Failed")
            and "deletionTimestamp" not in pod["metadata"]
        ]

    def said(self, name: str) -> list[tuple[str, str, str]]:
        """Return type, reason and message of the Events about objects of that name, the oldest first."""
        events = sorted(self.store.list("events", NAMESPACE), key=lambda each: int(each["metadata"]["resourceVersion"]))
        about = [each for each in events if each["involvedObject"]["name"] == name]
        return [(each["type"], each["reason"], each["message"]) for each in about]


def template(app: str, image: str = "busybox:1.37", command: Iterable[str] = ("sleep", "3600"), **spec: Any) -> Obj:
    """Return a Pod template with one container."""
    containers = [{"name": "c", "image": image, "command": list(command)}]
    return {"metadata": {"labels": {"app": app}}, "spec": {"containers": containers, **spec}}


def workload(app: str, replicas: int = 3, **spec: Any) -> Obj:
    """Return the spec of a Deployment, ReplicaSet or StatefulSet."""
    return {"replicas": replicas, "selector": {"matchLabels": {"app": app}}, "template": template(app), **spec}


def conditions(obj: Obj) -> dict[str, tuple[str, str, str]]:
    """Return status, reason and message by type of condition."""
    found = (obj.get("status") or {}).get("conditions") or []
    return {each["type"]: (each["status"], each.get("reason", ""), each.get("message", "")) for each in found}


__all__ = ["NAMESPACE", "ApiError", "World", "conditions", "template", "workload"]
