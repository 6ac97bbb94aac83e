"""ReplicaSets and ReplicationControllers: as many Pods as asked for.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/replicaset/replica_set.go
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from tutor.practice.api.errors import ApiError, Obj
from tutor.practice.api.meta import controller_of
from tutor.practice.api.selectors import matches_map
from tutor.practice.api.store import Event
from tutor.practice.controllers import podtools
from tutor.practice.controllers.queue import Controller, Key


class ReplicaSets(Controller):
    """Creates and deletes Pods until there are `spec.replicas` of them."""

    name: ClassVar[str] = "replicaset-controller"
    resource: ClassVar[str] = "replicasets.apps"
    owns: ClassVar[tuple[str, ...]] = ("pods",)
    watches: ClassVar[tuple[str, ...]] = ("pods",)

    def concerns(self, event: Event) -> Iterable[Key]:
        """An orphan may be adopted by whoever selects it."""
        return self.adopters(event)

    def reconcile(self, obj: Obj) -> float | None:
        """Bring the number of Pods to `spec.replicas`, and report it."""
        mine = podtools.claim(self, obj, "pods", lambda pod: not podtools.is_finished(pod))
        active = [pod for pod in mine if podtools.is_active(pod)]
        failure = None
        if not podtools.is_terminating(obj):
            failure = self._manage(obj, active)
        min_ready = obj["spec"].get("minReadySeconds", 0)
        self._report(obj, active, [pod for pod in mine if podtools.is_terminating(pod)], failure)
        if failure:
            raise failure[1]
        return podtools.next_available(active, min_ready, self.clock)

    def _manage(self, obj: Obj, active: list[Obj]) -> tuple[str, ApiError] | None:
        """Create or delete what is missing or too much; return what failed, as a condition's reason and error."""
        missing = obj["spec"].get("replicas", 1) - len(active)
        if missing > 0:
            pod = podtools.pod_from(obj["spec"].get("template") or {}, obj)
            builds = [lambda: podtools.create_pod(self, obj, pod)] * min(missing, podtools.BURST)
            _, error = podtools.slow_start(builds)
            causes = ((error.details if error else None) or {}).get("causes") or []
            if error and any(each.get("reason") == "NamespaceTerminating" for each in causes):
                return None  # nothing to be done about it, and not worth a retry
            return ("FailedCreate", error) if error else None
        if missing < 0:
            order = podtools.deletion_order(active, self._related(obj), self.clock)
            for each in order[: min(-missing, podtools.BURST)]:
                try:
                    podtools.delete_pod(self, obj, each)
                except ApiError as error:
                    return "FailedDelete", error
        return None

    def _related(self, obj: Obj) -> list[Obj]:
        """Return the active Pods of all sets with the same controller."""
        controller = controller_of(obj)
        sets = [obj]
        if controller:
            namespace = obj["metadata"]["namespace"]
            others = self.store.list(self.resource, namespace)
            sets = [each for each in others if (controller_of(each) or {}).get("uid") == controller["uid"]]
        return [pod for each in sets for pod in self.owned(each, "pods") if podtools.is_active(pod)]

    def _report(
        self, obj: Obj, active: list[Obj], terminating: list[Obj], failure: tuple[str, ApiError] | None
    ) -> None:
        template = ((obj["spec"].get("template") or {}).get("metadata") or {}).get("labels") or {}
        min_ready = obj["spec"].get("minReadySeconds", 0)
        conditions = (obj.get("status") or {}).get("conditions") or []
        if failure:
            new = {"type": "ReplicaFailure", "status": "True", "reason": failure[0], "message": failure[1].message}
            conditions = podtools.set_condition(conditions, new, self.clock)
        else:
            conditions = podtools.without_condition(conditions, "ReplicaFailure")
        status: Obj = {
            "replicas": len(active),
            "fullyLabeledReplicas": sum(matches_map(template, pod["metadata"].get("labels")) for pod in active),
            "readyReplicas": sum(map(podtools.is_ready, active)),
            "availableReplicas": sum(podtools.is_available(pod, min_ready, self.clock) for pod in active),
            "observedGeneration": obj["metadata"].get("generation", 0),
            "conditions": conditions,
        }
        self.api.set_status(self.resource, obj, podtools.compact(self.extend(status, terminating), *self.kept))

    kept: ClassVar[tuple[str, ...]] = ("replicas", "terminatingReplicas")
    """Fields of the status that are written even when they are 0."""

    def extend(self, status: Obj, terminating: list[Obj]) -> Obj:
        """Add to the status what only this kind reports."""
        return {**status, "terminatingReplicas": len(terminating)}


class ReplicationControllers(ReplicaSets):
    """The older kind: the same, with a plain map as selector."""

    name: ClassVar[str] = "replication-controller"
    resource: ClassVar[str] = "replicationcontrollers"

    def selects(self, owner: Obj, pod: Obj) -> bool:
        """Tell whether the owner's selector matches the Pod's labels."""
        return matches_map(owner["spec"].get("selector"), pod["metadata"].get("labels"))

    def extend(self, status: Obj, terminating: list[Obj]) -> Obj:
        """Add nothing."""
        del terminating
        return status
