"""The scheduler itself: a queue of Pods without a node, tried again when something changes that may help.

https://kubernetes.io/docs/concepts/scheduling-eviction/scheduling-framework/
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar

from tutor.practice.api.chain import Api
from tutor.practice.api.errors import Obj
from tutor.practice.api.meta import key_of
from tutor.practice.api.store import Event
from tutor.practice.controllers.podtools import is_finished, renewed
from tutor.practice.controllers.queue import Controller, Key
from tutor.practice.scheduler.binding import bind
from tutor.practice.scheduler.claims import SELECTED_NODE, annotated, is_bound, keep_for, pod_claims
from tutor.practice.scheduler.cluster import Cluster, NodeInfo, PodInfo
from tutor.practice.scheduler.filters import Filters, Refusal
from tutor.practice.scheduler.preemption import Placement, preempt, summary
from tutor.practice.scheduler.scores import best
from tutor.practice.scheduler.volumes import Plan, Rejected

FIRST_BACKOFF, LAST_BACKOFF = 1.0, 10.0
"""Seconds before a Pod is tried again at the earliest; doubled with every attempt."""
FLUSH = 300.0
"""Seconds after which a Pod is tried again though nothing has changed."""
BIND_TIMEOUT = 600.0
"""Seconds that a Pod waits for its volumes."""
AT_ONCE = 20
"""Pods that are looked at before others on the loop have their turn."""
FREED = frozenset({"NodeResourcesFit", "NodePorts", "PodTopologySpread", "InterPodAffinity", "VolumeRestrictions"})
"""Plugins that may think otherwise when a Pod is gone."""
PLACED = frozenset({"PodTopologySpread", "InterPodAffinity"})
"""Plugins that may think otherwise when a Pod is there, or has other labels."""
VOLUMES = frozenset({"VolumeBinding", "VolumeRestrictions"})
VOLUME_KINDS = ("persistentvolumeclaims", "persistentvolumes", "storageclasses.storage.k8s.io")


@dataclass
class Waiting:
    """A Pod that could not be scheduled."""

    attempts: int = 0
    not_before: float = 0.0
    """In seconds of the clock."""
    plugins: frozenset[str] = field(default_factory=frozenset)
    """Those that refused it."""


@dataclass(frozen=True)
class Assumed:
    """A Pod that has a place, and waits for its volumes there."""

    node: str
    until: float
    """In seconds of the clock."""


class Scheduler(Controller):
    """kube-scheduler with its default profile; Pods of other schedulers are left alone."""

    name: ClassVar[str] = "default-scheduler"
    resource: ClassVar[str] = "pods"

    def __init__(self, api: Api) -> None:
        super().__init__(api)
        self._cluster = Cluster()
        self._waiting: dict[Key, Waiting] = {}
        self._assumed: dict[Key, Assumed] = {}

    def start(self) -> None:
        """Begin with the nodes and Pods that are there."""
        self._cluster = Cluster()
        for node in self.store.list("nodes"):
            self._cluster.node(node)
        for pod in self.store.list("pods"):
            self._cluster.pod(pod)
        super().start()

    def stop(self) -> None:
        """Forget what was waited for."""
        super().stop()
        self._waiting.clear()
        self._assumed.clear()

    def reconcile(self, obj: Obj) -> float | None:
        """Find a node for a Pod, or say why there is none."""
        key, spec = key_of(obj), obj["spec"]
        if spec.get("nodeName") or obj["metadata"].get("deletionTimestamp") or is_finished(obj):
            self.gone(key)
            return None
        if spec.get("schedulerName", self.name) != self.name or spec.get("schedulingGates"):
            return None
        assumed = self._assumed.get(key)
        if assumed:
            return self._finish(obj, assumed)
        return self._schedule(obj)

    def gone(self, key: Key) -> None:
        """Wait for this Pod no longer."""
        self._waiting.pop(key, None)
        self._assumed.pop(key, None)

    def _work(self) -> None:
        ranked = sorted(self._due, key=self._rank)
        self._due = dict.fromkeys(ranked[:AT_ONCE])
        super()._work()
        for key in ranked[AT_ONCE:]:
            self.enqueue(key)

    def _rank(self, key: Key) -> tuple[int, str]:
        pod = self.store.get("pods", *key) or {"spec": {}, "metadata": {}}
        return -int(pod["spec"].get("priority") or 0), pod["metadata"].get("creationTimestamp", "")

    def _schedule(self, pod: Obj) -> float | None:
        info = PodInfo.of(pod)
        nodes = self._nodes(info)
        if not nodes:
            return self._fail(pod, "no nodes available to schedule pods", {"nodes"})
        try:
            filters = Filters(self.store, info, nodes)
        except Rejected as error:
            # "not found" is what the real one's preemption comes back with
            message = f"0/{len(nodes)} nodes are available: {error.message}. not found"
            return self._fail(pod, message, {error.plugin})
        refusals: dict[str, Refusal] = {}
        fitting: list[NodeInfo] = []
        for node in nodes:
            refusal = filters.refusal(node)
            if refusal:
                refusals[node.name] = refusal
            else:
                fitting.append(node)
        if not fitting:
            return self._unschedulable(info, nodes, refusals)
        nominated = (pod.get("status") or {}).get("nominatedNodeName")
        chosen = next((each for each in fitting if each.name == nominated), None)
        chosen = chosen or best(self.store, info, fitting)
        plan = filters.volumes.plan(chosen.node)
        if not plan:
            self._bind(pod, chosen.name)
            return None
        self._assumed[key_of(pod)] = Assumed(chosen.name, self.clock.monotonic() + BIND_TIMEOUT)
        self._cluster.pod(pod, node=chosen.name)
        self._prepare(plan, chosen.name)
        return BIND_TIMEOUT

    def _nodes(self, pod: PodInfo) -> list[NodeInfo]:
        """Return the nodes, with those Pods that are promised a place and are at least as important."""
        promised: dict[str, list[PodInfo]] = {}
        for key in self._waiting:
            other = self.store.get("pods", *key)
            where = ((other or {}).get("status") or {}).get("nominatedNodeName")
            if other and where and other["metadata"]["uid"] != pod.uid:
                info = PodInfo.of(other)
                if info.priority >= pod.priority:
                    promised.setdefault(where, []).append(info)
        nodes = list(self._cluster)
        return [node.having(promised[node.name]) if node.name in promised else node for node in nodes]

    def _unschedulable(self, pod: PodInfo, nodes: list[NodeInfo], refusals: dict[str, Refusal]) -> float:
        reasons = Counter(reason for refusal in refusals.values() for reason in refusal.reasons)
        placement, said = preempt(self.store, pod, nodes, refusals)
        message = f"{summary(len(nodes), reasons)} {said}"
        nominated = placement.node if placement else ""
        again = self._fail(pod.pod, message, {each.plugin for each in refusals.values()}, nominated=nominated)
        if placement:
            self._evict(pod, placement)
        return again

    def _evict(self, pod: PodInfo, placement: Placement) -> None:
        for victim in placement.victims:
            doomed = {
                "type": "DisruptionTarget",
                "status": "True",
                "reason": "PreemptionByScheduler",
                "message": f"{self.name}: preempting to accommodate a higher priority pod",
                "observedGeneration": victim.pod["metadata"].get("generation", 1),
            }
            if not victim.pod["metadata"].get("deletionTimestamp"):
                self._set_condition(victim.pod, doomed)
                self.api.delete("pods", *key_of(victim.pod))
            text = f"Preempted by pod {pod.uid} on node {placement.node}"
            self.events.record(victim.pod, "Normal", "Preempted", text)

    def _prepare(self, plan: Plan, node: str) -> None:
        """Keep volumes for claims, and let those that have none be provisioned for the node."""
        for claim, volume in plan:
            if volume:
                self.api.change("persistentvolumes", *key_of(volume), partial(keep_for, claim=claim))
            else:
                select = partial(annotated, key=SELECTED_NODE, value=node)
                self.api.change("persistentvolumeclaims", *key_of(claim), select)

    def _finish(self, pod: Obj, assumed: Assumed) -> float | None:
        """Bind a Pod whose volumes are there."""
        namespace = pod["metadata"]["namespace"]
        claims = [self.store.get("persistentvolumeclaims", namespace, name) for name in pod_claims(pod)]
        if all(claim and is_bound(claim) for claim in claims):
            del self._assumed[key_of(pod)]
            self._bind(pod, assumed.node)
            return None
        left = assumed.until - self.clock.monotonic()
        if left > 0 and all(claims):
            return left
        del self._assumed[key_of(pod)]
        self._cluster.pod(pod)
        if not all(claims):
            return self._schedule(pod)
        why = 'running PreBind plugin "VolumeBinding": binding volumes: context deadline exceeded'
        return self._fail(pod, why, {"VolumeBinding"}, reason="SchedulerError")

    def _bind(self, pod: Obj, node: str) -> None:
        namespace, name = key_of(pod)
        self._waiting.pop((namespace, name), None)
        bind(self.api, namespace, name, node)
        self.events.record(pod, "Normal", "Scheduled", f"Successfully assigned {namespace}/{name} to {node}")

    def _fail(
        self, pod: Obj, message: str, plugins: Iterable[str], *, nominated: str = "", reason: str = "Unschedulable"
    ) -> float:
        waiting = self._waiting.setdefault(key_of(pod), Waiting())
        backoff = min(FIRST_BACKOFF * 2**waiting.attempts, LAST_BACKOFF)
        waiting.attempts += 1
        waiting.not_before = self.clock.monotonic() + backoff
        waiting.plugins = frozenset(plugins)
        self.events.record(pod, "Warning", "FailedScheduling", message)
        unscheduled = {
            "type": "PodScheduled",
            "status": "False",
            "reason": reason,
            "message": message,
            "observedGeneration": pod["metadata"].get("generation", 1),
        }
        self._set_condition(pod, unscheduled, nominated=nominated)
        return backoff if reason == "SchedulerError" else FLUSH

    def _set_condition(self, pod: Obj, new: Obj, *, nominated: str = "") -> None:
        status = {key: value for key, value in (pod.get("status") or {}).items() if key != "nominatedNodeName"}
        status["conditions"] = renewed(status.get("conditions") or [], {**new, "lastProbeTime": None}, self.clock)
        if nominated:
            status["nominatedNodeName"] = nominated
        self.api.set_status("pods", pod, status, manager="kube-scheduler")

    def _hear(self, event: Event) -> None:
        obj, old, gone = event.object, event.old, event.type == "DELETED"
        if event.resource == "nodes":
            self._cluster.node(obj, gone=gone)
            if not gone and (old is None or _as_scheduled(obj) != _as_scheduled(old)):
                self._retry(None)
        elif event.resource == "pods":
            self._hear_pod(obj, old, gone=gone)
        elif event.resource in VOLUME_KINDS:
            self._retry(VOLUMES)
            for key in self._assumed:
                self.enqueue(key)

    def _hear_pod(self, pod: Obj, old: Obj | None, *, gone: bool) -> None:
        key = key_of(pod)
        assumed = self._assumed.get(key)
        self._cluster.pod(pod, gone=gone, node=assumed.node if assumed else "")
        if pod["spec"].get("nodeName"):
            if gone or (is_finished(pod) and not (old and is_finished(old))):
                self._retry(FREED)
            elif old is None or old["metadata"].get("labels") != pod["metadata"].get("labels"):
                self._retry(PLACED)
            elif old["spec"] != pod["spec"]:
                self._retry(FREED)
        elif gone or old is None or _apart_from_status(pod) != _apart_from_status(old):
            waiting = self._waiting.get(key)
            self.enqueue(key, after=waiting.not_before - self.clock.monotonic() if waiting and not gone else 0.0)

    def _retry(self, plugins: frozenset[str] | None) -> None:
        """Try those again that one of these plugins (None: any) refused, when their back-off is over."""
        now = self.clock.monotonic()
        for key, waiting in self._waiting.items():
            if plugins is None or plugins & waiting.plugins:
                self.enqueue(key, after=waiting.not_before - now)


def _as_scheduled(node: Obj) -> tuple[object, ...]:
    meta, status = node["metadata"], node.get("status") or {}
    return meta.get("labels"), node["spec"], status.get("allocatable")


def _apart_from_status(pod: Obj) -> tuple[object, ...]:
    meta = pod["metadata"]
    return pod["spec"], meta.get("labels"), meta.get("annotations"), meta.get("deletionTimestamp")
