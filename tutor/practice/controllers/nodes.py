"""Nodes that are cordoned, not ready, not heard of or gone: their taints, and what becomes of the Pods there.

https://kubernetes.io/docs/concepts/architecture/nodes/#node-controller
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from tutor.practice.api.chain import Api
from tutor.practice.api.deletion import Deletion
from tutor.practice.api.errors import Obj
from tutor.practice.api.meta import key_of
from tutor.practice.api.store import Event
from tutor.practice.clock import stamp
from tutor.practice.controllers.podtools import condition, is_ready, renewed
from tutor.practice.controllers.queue import Controller, Key
from tutor.practice.scheduler.matching import tolerates

GRACE = 50.0
"""Seconds without a renewed Lease after which a node counts as lost."""
QUARANTINE = 40.0
"""Seconds that Pods outlive their node's object."""
NOT_READY, UNREACHABLE = "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"
CORDONED = "node.kubernetes.io/unschedulable"
LEASES = "leases.coordination.k8s.io"


class NodeController(Controller):
    """Taints nodes by their state; marks those that are not heard of, and their Pods, not ready."""

    name: ClassVar[str] = "node-controller"
    resource: ClassVar[str] = "nodes"

    def __init__(self, api: Api) -> None:
        super().__init__(api)
        self._known: set[str] = set()

    def reconcile(self, obj: Obj) -> float | None:
        """Bring the conditions and taints of a node up to date."""
        name, uid = obj["metadata"]["name"], obj["metadata"]["uid"]
        if uid not in self._known:
            self._known.add(uid)
            text = f"Node {name} event: Registered Node {name} in Controller"
            self.events.record(obj, "Normal", "RegisteredNode", text)
        lease = self.store.get(LEASES, "kube-node-lease", name)
        left = None
        if lease and lease["spec"].get("renewTime"):
            left = GRACE - self.clock.since(lease["spec"]["renewTime"])
            if left <= 0:
                obj = self._lost(obj)
        self._taint(obj)
        if _state(obj, "Ready") != "True":
            self._unready_pods(obj)
        return left if left and left > 0 else None

    def _lost(self, node: Obj) -> Obj:
        text, now = "Kubelet stopped posting node status.", stamp(self.clock.now())
        conditions = (node.get("status") or {}).get("conditions") or []
        lost = {"status": "Unknown", "reason": "NodeStatusUnknown", "message": text}
        changed = [
            each if each["status"] == "Unknown" else {**each, **lost, "lastTransitionTime": now} for each in conditions
        ]
        if _state(node, "Ready") == "True":
            name = node["metadata"]["name"]
            self.events.record(node, "Normal", "NodeNotReady", f"Node {name} status is now: NodeNotReady")
        return self.api.set_status("nodes", node, {**node["status"], "conditions": changed}) or node

    def _taint(self, node: Obj) -> None:
        spec, now = node["spec"], stamp(self.clock.now())
        wanted: list[tuple[str, str]] = []
        state = {"False": NOT_READY, "Unknown": UNREACHABLE}.get(_state(node, "Ready"))
        if state:
            wanted += [(state, "NoSchedule"), (state, "NoExecute")]
        if spec.get("unschedulable"):
            wanted.append((CORDONED, "NoSchedule"))
        managed = {NOT_READY, UNREACHABLE, CORDONED}
        before = spec.get("taints") or []
        taints = [each for each in before if each["key"] not in managed or (each["key"], each["effect"]) in wanted]
        known = {(each["key"], each["effect"]) for each in taints}
        taints += [
            {"effect": effect, "key": key, "timeAdded": now} for key, effect in wanted if (key, effect) not in known
        ]
        if taints != before:
            rest = {key: value for key, value in spec.items() if key != "taints"}
            changed = rest | ({"taints": taints} if taints else {})
            self.api.change("nodes", *key_of(node), lambda old: {**old, "spec": changed})

    def _unready_pods(self, node: Obj) -> None:
        name = node["metadata"]["name"]
        for pod in self.store.list("pods"):
            if pod["spec"].get("nodeName") != name or not is_ready(pod):
                continue
            lost = {"status": "False", "lastTransitionTime": stamp(self.clock.now())}
            changed = [{**each, **lost} if each["type"] == "Ready" else each for each in pod["status"]["conditions"]]
            self.api.set_status("pods", pod, {**pod["status"], "conditions": changed})
            self.events.record(pod, "Warning", "NodeNotReady", "Node is not ready")


class TaintEviction(Controller):
    """Deletes Pods from nodes whose NoExecute taints they do not tolerate (any longer)."""

    name: ClassVar[str] = "taint-eviction-controller"
    resource: ClassVar[str] = "pods"
    watches: ClassVar[tuple[str, ...]] = ("nodes",)

    def reconcile(self, obj: Obj) -> float | None:
        """Delete the Pod if its time is over; return how long it may stay."""
        node = self.store.get("nodes", "", obj["spec"].get("nodeName") or "")
        if node is None or obj["metadata"].get("deletionTimestamp"):
            return None
        tolerations = obj["spec"].get("tolerations") or []
        stays: list[float] = []
        for taint in node["spec"].get("taints") or []:
            if taint["effect"] != "NoExecute":
                continue
            suiting = [each for each in tolerations if tolerates([each], taint)]
            seconds = [each["tolerationSeconds"] for each in suiting if each.get("tolerationSeconds") is not None]
            since = self.clock.since(taint["timeAdded"]) if taint.get("timeAdded") else 0.0
            if not suiting:
                stays.append(0.0)
            elif seconds:
                stays.append(max(min(seconds), 0) - since)
        if not stays:
            return None
        if min(stays) > 0:
            return min(stays)
        namespace, name = key_of(obj)
        self.events.record(obj, "Normal", "TaintManagerEviction", f"Marking for deletion Pod {namespace}/{name}")
        text, status = "Taint manager: deleting due to NoExecute taint", obj.get("status") or {}
        doomed = {"type": "DisruptionTarget", "status": "True", "reason": "DeletionByTaintManager", "message": text}
        conditions = renewed(status.get("conditions") or [], doomed, self.clock)
        self.api.set_status("pods", obj, {**status, "conditions": conditions})
        self.api.delete("pods", namespace, name)
        return None

    def concerns(self, event: Event) -> Iterable[Key]:
        """Return the Pods on a node whose taints have changed."""
        old = (event.old or {"spec": {}})["spec"].get("taints")
        if event.object["spec"].get("taints") == old:
            return ()
        name = event.object["metadata"]["name"]
        return [key_of(each) for each in self.store.list("pods") if each["spec"].get("nodeName") == name]


class PodCollector(Controller):
    """Removes Pods whose node is gone."""

    name: ClassVar[str] = "pod-garbage-collector-controller"
    resource: ClassVar[str] = "pods"
    watches: ClassVar[tuple[str, ...]] = ("nodes",)

    def __init__(self, api: Api) -> None:
        super().__init__(api)
        self._since: dict[str, float] = {}

    def reconcile(self, obj: Obj) -> float | None:
        """Delete a Pod once its node has been away long enough."""
        node = obj["spec"].get("nodeName")
        if not node or self.store.get("nodes", "", node):
            if obj["metadata"].get("deletionTimestamp") and not node:
                self.api.delete("pods", *key_of(obj), Deletion(grace=0))
            return None
        now = self.clock.monotonic()
        left = self._since.setdefault(node, now) + QUARANTINE - now
        if left > 0:
            return left
        self.api.delete("pods", *key_of(obj), Deletion(grace=0))
        return None

    def concerns(self, event: Event) -> Iterable[Key]:
        """Return the Pods of a node that comes or goes."""
        name = event.object["metadata"]["name"]
        self._since.pop(name, None)
        if event.type != "DELETED":
            return ()
        return [key_of(each) for each in self.store.list("pods") if each["spec"].get("nodeName") == name]


def _state(node: Obj, kind: str) -> str:
    return str((condition(node, kind) or {}).get("status", ""))
