"""DaemonSets: one Pod on every node that they fit on.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/daemon/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import ClassVar

from tutor.practice.api.chain import Api
from tutor.practice.api.errors import Obj
from tutor.practice.api.meta import key_of
from tutor.practice.api.store import Event
from tutor.practice.controllers import podtools, revisions
from tutor.practice.controllers.queue import Controller, Key
from tutor.practice.scheduler import matching

TOLERATED = (
    ("not-ready", "NoExecute"),
    ("unreachable", "NoExecute"),
    ("disk-pressure", "NoSchedule"),
    ("memory-pressure", "NoSchedule"),
    ("pid-pressure", "NoSchedule"),
    ("unschedulable", "NoSchedule"),
)
"""Taints `node.kubernetes.io/…` that every Pod of a DaemonSet tolerates."""
GENERATION = "deprecated.daemonset.template.generation"
LAST_BACKOFF = 900.0
"""Seconds between two attempts with a Pod that fails, at the most."""


class DaemonSets(Controller):
    """Creates a Pod for each node, pinned to it by node affinity."""

    name: ClassVar[str] = "daemonset-controller"
    resource: ClassVar[str] = "daemonsets.apps"
    owns: ClassVar[tuple[str, ...]] = ("pods", revisions.RESOURCE)
    watches: ClassVar[tuple[str, ...]] = ("nodes", "pods")

    def __init__(self, api: Api) -> None:
        super().__init__(api)
        self._failed: dict[tuple[str, str], tuple[int, float]] = {}
        """By uid and node: how often a Pod failed there, and until when to wait."""

    def concerns(self, event: Event) -> Iterable[Key]:
        """Nodes that come, go or change their labels and taints concern every DaemonSet; orphans who selects them."""
        if event.resource == "nodes":
            new, old = event.object, event.old
            same = old and all(
                (new.get(part) or {}).get(key) == (old.get(part) or {}).get(key)
                for part, key in (("metadata", "labels"), ("spec", "taints"), ("spec", "unschedulable"))
            )
            return () if same and event.type == "MODIFIED" else map(key_of, self.store.list(self.resource))
        return self.adopters(event)

    def reconcile(self, obj: Obj) -> float | None:
        """Bring a Pod to every node that fits, replace old ones, and report."""
        if podtools.is_terminating(obj):
            return None
        labels = (obj["spec"]["template"].get("metadata") or {}).get("labels") or {}
        revision = revisions.current(self, obj, revisions.POD_LABEL, labels)
        digest = revision["metadata"]["labels"][revisions.POD_LABEL]
        nodes = self.store.list("nodes")
        again, builds = self._manage(obj, nodes, digest)
        _, error = podtools.slow_start(builds[: podtools.BURST])
        strategy = obj["spec"].get("updateStrategy") or {}
        if strategy.get("type", "RollingUpdate") == "RollingUpdate" and not error:
            self._roll(obj, nodes, digest, strategy.get("rollingUpdate") or {})
        used = {pod["metadata"]["labels"].get(revisions.POD_LABEL) for pod in self.owned(obj, "pods")} | {digest}
        revisions.forget(self, obj, {f"{obj['metadata']['name']}-{each}" for each in used})
        self._report(obj, nodes, digest)
        if error:
            raise error
        soon = podtools.next_available(self.owned(obj, "pods"), obj["spec"].get("minReadySeconds", 0), self.clock)
        return min(filter(None, (again, soon)), default=None)

    def _pod(self, obj: Obj, node: str, digest: str) -> Obj:
        pod = podtools.pod_from(obj["spec"]["template"], obj)
        generation = (obj["metadata"].get("annotations") or {}).get(GENERATION)
        labels = {revisions.POD_LABEL: digest} | ({"pod-template-generation": generation} if generation else {})
        pod["metadata"]["labels"] = {**pod["metadata"].get("labels", {}), **labels}
        spec = pod["spec"]
        field = {"key": "metadata.name", "operator": "In", "values": [node]}
        affinity = spec.setdefault("affinity", {}).setdefault("nodeAffinity", {})
        required = affinity.setdefault("requiredDuringSchedulingIgnoredDuringExecution", {})
        terms = required.get("nodeSelectorTerms") or [{}]
        required["nodeSelectorTerms"] = [{**term, "matchFields": [field]} for term in terms]
        tolerations = [{"key": f"node.kubernetes.io/{k}", "operator": "Exists", "effect": e} for k, e in TOLERATED]
        if spec.get("hostNetwork"):
            network = {"key": "node.kubernetes.io/network-unavailable", "operator": "Exists", "effect": "NoSchedule"}
            tolerations.append(network)
        spec["tolerations"] = [*(spec.get("tolerations") or []), *tolerations]
        return pod

    def _fits(self, obj: Obj, node: Obj) -> tuple[bool, bool]:
        """Return whether a Pod should start on the node, and whether one that is there may stay."""
        pod = self._pod(obj, node["metadata"]["name"], "")
        named = pod["spec"].get("nodeName") in (None, "", node["metadata"]["name"])
        if not named or not matching.wants_node(pod, node):
            return False, False
        taints = (node.get("spec") or {}).get("taints") or []
        stays = not matching.untolerated(pod, taints, ("NoExecute",))
        return stays and not matching.untolerated(pod, taints, ("NoSchedule",)), stays

    def _by_node(self, obj: Obj) -> dict[str, list[Obj]]:
        """Return the Pods by the node that they are on or meant for, the oldest first."""
        found: dict[str, list[Obj]] = {}
        for pod in sorted(
            podtools.claim(self, obj, "pods"),
            key=lambda each: (each["metadata"]["creationTimestamp"], each["metadata"]["uid"]),
        ):
            found.setdefault(target_node(pod), []).append(pod)
        return found

    def _manage(self, obj: Obj, nodes: list[Obj], digest: str) -> tuple[float | None, list[Callable[[], object]]]:
        """Delete what may not be; return when to look at failed Pods again, and what creates the missing ones."""
        again: list[float] = []
        builds: list[Callable[[], object]] = []
        placed = self._by_node(obj)
        for node in nodes:
            name = node["metadata"]["name"]
            starts, stays = self._fits(obj, node)
            pods = placed.pop(name, [])
            alive = [pod for pod in pods if podtools.is_active(pod)]
            if not stays:
                self._delete(obj, [pod for pod in pods if not podtools.is_terminating(pod)])
            elif starts and not pods:
                builds.append(partial(podtools.create_pod, self, obj, self._pod(obj, name, digest)))
            elif pods:
                self._delete(obj, alive[1:])
                again += [self._replace(obj, name, each) for each in pods if podtools.is_finished(each)]
        self._delete(obj, [pod for pods in placed.values() for pod in pods if not podtools.is_terminating(pod)])
        return min(filter(None, again), default=None), builds

    def _replace(self, obj: Obj, node: str, pod: Obj) -> float:
        """Delete a finished Pod; return in how many seconds, where it failed too lately."""
        if podtools.is_terminating(pod):
            return 0.0
        key, now, name = (obj["metadata"]["uid"], node), self.clock.monotonic(), pod["metadata"]["name"]
        where = f"{pod['metadata']['namespace']}/{name} on node {node}"
        if podtools.phase(pod) == "Succeeded":
            message = f"Found succeeded daemon pod {where}, will try to delete it"
            self.events.record(obj, "Normal", "SucceededDaemonPod", message)
        else:
            failures, until = self._failed.get(key, (0, 0.0))
            if now < until:
                return until - now
            self._failed[key] = failures + 1, now + min(2.0**failures, LAST_BACKOFF)
            message = f"Found failed daemon pod {where}, will try to kill it"
            self.events.record(obj, "Warning", "FailedDaemonPod", message)
        self._delete(obj, [pod])
        return 0.0

    def _delete(self, obj: Obj, pods: Iterable[Obj]) -> None:
        for pod in pods:
            podtools.delete_pod(self, obj, pod)

    @staticmethod
    def _is_new(pod: Obj, digest: str) -> bool:
        return bool((pod["metadata"].get("labels") or {}).get(revisions.POD_LABEL) == digest)

    def _roll(self, obj: Obj, nodes: list[Obj], digest: str, rolling: Obj) -> None:
        """Replace Pods of old revisions, as many as may be unavailable; those that are anyway come first."""
        min_ready, placed = obj["spec"].get("minReadySeconds", 0), self._by_node(obj)
        wanted = [node["metadata"]["name"] for node in nodes if self._fits(obj, node)[0]]
        room = podtools.resolve(rolling.get("maxUnavailable", 1), len(wanted), up=True)
        broken: list[Obj] = []
        candidates: list[Obj] = []
        for node in wanted:
            pods = [pod for pod in placed.get(node, []) if podtools.is_active(pod)]
            available = bool(pods) and podtools.is_available(pods[0], min_ready, self.clock)
            room -= not available
            if pods and not any(self._is_new(pod, digest) for pod in pods):
                (candidates if available else broken).append(pods[0])
        self._delete(obj, [*broken, *candidates[: max(room, 0)]])

    def _report(self, obj: Obj, nodes: list[Obj], digest: str) -> None:
        min_ready, placed = obj["spec"].get("minReadySeconds", 0), self._by_node(obj)
        desired = scheduled = misplaced = ready = available = updated = 0
        for node in nodes:
            pods, starts = placed.get(node["metadata"]["name"], []), self._fits(obj, node)[0]
            desired += starts
            if pods and starts:
                scheduled += 1
                ready += podtools.is_ready(pods[0])
                available += podtools.is_available(pods[0], min_ready, self.clock)
                updated += (pods[0]["metadata"].get("labels") or {}).get(revisions.POD_LABEL) == digest
            misplaced += bool(pods) and not starts
        before = obj.get("status") or {}
        status = {
            "currentNumberScheduled": scheduled,
            "numberMisscheduled": misplaced,
            "desiredNumberScheduled": desired,
            "numberReady": ready,
            "observedGeneration": obj["metadata"].get("generation", 0),
            "updatedNumberScheduled": updated,
            "numberAvailable": available,
            "numberUnavailable": max(desired - available, 0),
            "collisionCount": before.get("collisionCount"),
            "conditions": before.get("conditions"),
        }
        keep = ("currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady")
        self.api.set_status(self.resource, obj, podtools.compact(status, *keep))


def target_node(pod: Obj) -> str:
    """Return the node that the Pod is on, or that its affinity pins it to."""
    spec = pod["spec"]
    if spec.get("nodeName"):
        return str(spec["nodeName"])
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    terms = (affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}).get("nodeSelectorTerms") or []
    fields = [field for term in terms for field in term.get("matchFields") or []]
    return next((field["values"][0] for field in fields if field["key"] == "metadata.name"), "")
