"""StatefulSets: Pods with numbers, made in order and replaced in reverse, each with its own claims.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/statefulset/stateful_set_control.go
"""

from __future__ import annotations

from typing import ClassVar

from tutor.practice.api.errors import ApiError, Obj
from tutor.practice.api.meta import controller_of, key_of, owner_reference
from tutor.practice.controllers import podtools, revisions, stateful_pods
from tutor.practice.controllers.queue import Controller

HASH = "controller.kubernetes.io/hash"


class StatefulSets(Controller):
    """Takes one step at a time, and waits for each Pod before the next; all at once where the policy is Parallel."""

    name: ClassVar[str] = "statefulset-controller"
    resource: ClassVar[str] = "statefulsets.apps"
    owns: ClassVar[tuple[str, ...]] = ("pods", revisions.RESOURCE)

    def reconcile(self, obj: Obj) -> float | None:
        """Take the next step, and report."""
        podtools.claim(self, obj, "pods", lambda pod: stateful_pods.ordinal(obj, pod) is not None)
        update = revisions.current(self, obj, HASH, obj["spec"]["selector"].get("matchLabels") or {})
        name = (obj.get("status") or {}).get("currentRevision") or update["metadata"]["name"]
        current = self.store.get(revisions.RESOURCE, obj["metadata"]["namespace"], name) or update
        failure = None
        try:
            if not podtools.is_terminating(obj):
                self._step(obj, current, update)
        except ApiError as error:
            failure = error
        used = {stateful_pods.revision(pod) for pod in self.owned(obj, "pods")} | {update["metadata"]["name"]}
        used.add(self._report(obj, current["metadata"]["name"], update["metadata"]["name"]))
        revisions.forget(self, obj, used)
        if failure:
            raise failure
        return podtools.next_available(self.owned(obj, "pods"), obj["spec"].get("minReadySeconds", 0), self.clock)

    def _step(self, obj: Obj, current: Obj, update: Obj) -> None:
        """Create what is missing, delete what is too much, then replace what is old."""
        ordered = obj["spec"].get("podManagementPolicy", "OrderedReady") == "OrderedReady"
        start = stateful_pods.first(obj)
        numbers = range(start, start + obj["spec"].get("replicas", 1))
        pods = {stateful_pods.ordinal(obj, pod): pod for pod in self.owned(obj, "pods")}
        partition, rolling = self._partition(obj)
        for at, pod in pods.items():
            if at is not None and obj["spec"].get("volumeClaimTemplates"):
                self._bind_claims(obj, pod, at, condemned=at not in numbers)
        for number in numbers:
            revision = current if rolling and number < start + partition else update
            if not self._present(obj, pods.get(number), revision, number) and ordered:
                return
        condemned = sorted((each, pod) for each, pod in pods.items() if each is not None and each not in numbers)
        for _, pod in reversed(condemned):
            if not podtools.is_terminating(pod):
                self._delete(obj, pod)
            if ordered:
                return
        if rolling:
            self._replace(obj, [pods.get(number) for number in numbers], partition, update, ordered=ordered)

    def _replace(self, obj: Obj, pods: list[Obj | None], partition: int, update: Obj, *, ordered: bool) -> None:
        """Delete Pods of other revisions from the last one down, as many as may be unavailable.

        What is unavailable anyway counts, and is deleted besides where no order is kept.
        """
        rolling = (obj["spec"].get("updateStrategy") or {}).get("rollingUpdate") or {}
        room = max(podtools.resolve(rolling.get("maxUnavailable", 1), len(pods), up=False), 1)
        lost = [pod is None or podtools.is_terminating(pod) or not self._available(obj, pod) for pod in pods]
        room -= sum(lost)
        for pod, is_lost in reversed(list(zip(pods, lost, strict=True))[partition:]):
            if pod is None or podtools.is_terminating(pod) or stateful_pods.revision(pod) == update["metadata"]["name"]:
                continue
            if (is_lost and not ordered) or room > 0:
                self._delete(obj, pod)
                room -= 1 if ordered or not is_lost else 0

    def _partition(self, obj: Obj) -> tuple[int, bool]:
        strategy = obj["spec"].get("updateStrategy") or {}
        rolling = strategy.get("type", "RollingUpdate") == "RollingUpdate"
        return int((strategy.get("rollingUpdate") or {}).get("partition", 0)), rolling

    def _available(self, obj: Obj, pod: Obj) -> bool:
        min_ready = obj["spec"].get("minReadySeconds", 0)
        return podtools.phase(pod) == "Running" and podtools.is_available(pod, min_ready, self.clock)

    def _present(self, obj: Obj, pod: Obj | None, revision: Obj, number: int) -> bool:
        """Create or replace the Pod of that number; return whether it is there and the next one may follow."""
        if pod is None:
            self._create(obj, revision, number)
            return False
        if podtools.is_terminating(pod):
            return False
        if podtools.is_finished(pod):
            where = f"{obj['metadata']['namespace']}/{obj['metadata']['name']}"
            message = f"StatefulSet {where} is recreating failed Pod {pod['metadata']['name']}"
            self.events.record(obj, "Warning", "RecreatingFailedPod", message)
            self._delete(obj, pod)
            return False
        return self._available(obj, pod)

    def _create(self, obj: Obj, revision: Obj, number: int) -> None:
        pod = stateful_pods.pod_for(obj, revision, number)
        name, own = pod["metadata"]["name"], obj["metadata"]["name"]
        for claim in stateful_pods.claims_for(obj, number):
            if self.store.get(stateful_pods.CLAIMS, *key_of(claim)):
                continue
            about = f"Create Claim {claim['metadata']['name']}"
            try:
                self.api.create(stateful_pods.CLAIMS, claim)
            except ApiError as error:
                message = f"{about} for Pod {name} in StatefulSet {own} failed error: {error.message}"
                self.events.record(obj, "Warning", "FailedCreate", message)
                raise
            self.events.record(obj, "Normal", "SuccessfulCreate", f"{about} Pod {name} in StatefulSet {own} success")
        try:
            self.api.create("pods", pod)
        except ApiError as error:
            message = f"create Pod {name} in StatefulSet {own} failed error: {error.message}"
            self.events.record(obj, "Warning", "FailedCreate", message)
            raise
        self.events.record(obj, "Normal", "SuccessfulCreate", f"Create Pod {name} in StatefulSet {own} successful")

    def _delete(self, obj: Obj, pod: Obj) -> None:
        name, own = pod["metadata"]["name"], obj["metadata"]["name"]
        self.api.delete("pods", *key_of(pod))
        self.events.record(obj, "Normal", "SuccessfulDelete", f"Delete Pod {name} in StatefulSet {own} successful")

    def _bind_claims(self, obj: Obj, pod: Obj, number: int, *, condemned: bool) -> None:
        """Let claims go with the set or, where a scale down deletes it, with the Pod; or let them stay."""
        owner = obj if stateful_pods.retention(obj, "whenDeleted") == "Delete" else None
        if condemned and stateful_pods.retention(obj, "whenScaled") == "Delete":
            owner = pod
        wanted = [owner_reference(owner)] if owner else []

        def build(claim: Obj) -> Obj:
            others = [each for each in claim["metadata"].get("ownerReferences") or [] if not each.get("controller")]
            claim["metadata"]["ownerReferences"] = others + wanted
            return claim

        for each in stateful_pods.claims_for(obj, number):
            stored = self.store.get(stateful_pods.CLAIMS, *key_of(each))
            if stored and [*filter(None, [controller_of(stored)])] != wanted:
                self.api.change(stateful_pods.CLAIMS, *key_of(each), build)

    def _report(self, obj: Obj, current: str, update: str) -> str:
        """Write the status; return the revision that counts as the current one now."""
        pods = [pod for pod in self.owned(obj, "pods") if not podtools.is_finished(pod)]
        alive = [pod for pod in pods if not podtools.is_terminating(pod)]
        ready = sum(podtools.phase(pod) == "Running" and podtools.is_ready(pod) for pod in pods)
        updated = sum(stateful_pods.revision(pod) == update for pod in alive)
        if self._partition(obj)[1] and updated == len(pods) == ready:
            current = update
        status = {
            "observedGeneration": obj["metadata"].get("generation", 0),
            "replicas": len(pods),
            "readyReplicas": ready,
            "availableReplicas": sum(self._available(obj, pod) for pod in pods),
            "currentReplicas": sum(stateful_pods.revision(pod) == current for pod in alive),
            "updatedReplicas": updated,
            "currentRevision": current,
            "updateRevision": update,
            "collisionCount": (obj.get("status") or {}).get("collisionCount", 0),
        }
        self.api.set_status(
            self.resource, obj, podtools.compact(status, "replicas", "availableReplicas", "collisionCount")
        )
        return current
