"""PodDisruptionBudgets: how many Pods may go of their own, and whether one may be evicted.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/controller/disruption/disruption.go
https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/registry/core/pod/storage/eviction.go
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import ClassVar

from tutor.practice.api.chain import Api
from tutor.practice.api.deletion import Deletion
from tutor.practice.api.errors import ApiError, Cause, Obj, too_many_requests
from tutor.practice.api.meta import controller_of, key_of
from tutor.practice.api.selectors import matches
from tutor.practice.api.store import Event
from tutor.practice.clock import stamp
from tutor.practice.controllers import podtools
from tutor.practice.controllers.queue import Controller, Key

BUDGETS = "poddisruptionbudgets.policy"
DELETION_TIMEOUT = 120.0
"""Seconds in which an evicted Pod should begin to go; afterwards it counts again."""
UNMANAGED = (
    "Pods selected by this PodDisruptionBudget (selector: {}) were found to be unmanaged. As a result, the status of "
    "the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please "
    'set ".spec.minAvailable" field of the PDB to an integer value.'
)
SCALED = {
    "ReplicationController": "replicationcontrollers",
    "ReplicaSet": "replicasets.apps",
    "StatefulSet": "statefulsets.apps",
}
"""Controllers of Pods whose `spec.replicas` says how many Pods are expected."""


class Disruptions(Controller):
    """Keeps the status of every budget."""

    name: ClassVar[str] = "controllermanager"
    resource: ClassVar[str] = BUDGETS
    watches: ClassVar[tuple[str, ...]] = ("pods", "deployments.apps", *SCALED.values())

    def concerns(self, event: Event) -> Iterable[Key]:
        """A Pod concerns the budgets that select it; a change of scale all of its namespace."""
        meta, old = event.object["metadata"], event.old
        found = self.store.list(BUDGETS, meta["namespace"])
        if event.resource != "pods":
            same = old and (old.get("spec") or {}).get("replicas") == (event.object.get("spec") or {}).get("replicas")
            return () if same and event.type == "MODIFIED" else map(key_of, found)
        states = [each for each in (event.object, old) if each]
        return [key_of(each) for each in found if any(_selects(each, pod) for pod in states)]

    def reconcile(self, obj: Obj) -> float | None:
        """Count the Pods, and write how many may be disrupted."""
        pods = [pod for pod in self.store.list("pods", obj["metadata"]["namespace"]) if _selects(obj, pod)]
        if not pods:
            self.events.record(obj, "Normal", "NoPods", "No matching pods found")
        try:
            expected, desired, unmanaged = self._wanted(obj, pods)
        except LookupError as error:
            message = f"Failed to calculate the number of expected pods: {error.args[0]}"
            self.events.record(obj, "Warning", "CalculateExpectedPodCountFailed", message)
            self._write(obj, obj.get("status") or {}, "SyncFailed", error.args[0])
            return None
        if unmanaged:
            self.events.record(obj, "Warning", "UnmanagedPods", UNMANAGED.format(_go_text(obj["spec"]["selector"])))
        names = {pod["metadata"]["name"]: pod for pod in pods}
        disrupted = {
            name: since
            for name, since in ((obj.get("status") or {}).get("disruptedPods") or {}).items()
            if name in names and not podtools.is_terminating(names[name]) and self.clock.since(since) < DELETION_TIMEOUT
        }
        healthy = sum(
            podtools.is_ready(pod) and not podtools.is_terminating(pod) and pod["metadata"]["name"] not in disrupted
            for pod in pods
        )
        allowed = max(healthy - desired, 0) if expected > 0 else 0
        status = {
            "observedGeneration": obj["metadata"].get("generation", 0),
            "currentHealthy": healthy,
            "desiredHealthy": desired,
            "disruptionsAllowed": allowed,
            "expectedPods": expected,
            "disruptedPods": disrupted,
            "conditions": (obj.get("status") or {}).get("conditions") or [],
        }
        self._write(obj, status, "SufficientPods" if allowed else "InsufficientPods", "")
        return min((DELETION_TIMEOUT - self.clock.since(since) for since in disrupted.values()), default=None)

    def _wanted(self, obj: Obj, pods: list[Obj]) -> tuple[int, int, bool]:
        """Return how many Pods are expected, how many must stay healthy, and whether nobody manages some of them.

        Raises LookupError with the reason.
        """
        least, most = obj["spec"].get("minAvailable"), obj["spec"].get("maxUnavailable")
        if most is None and not isinstance(least, str):
            return len(pods), int(least if least is not None else 1), False
        managed = [pod for pod in pods if controller_of(pod)]
        expected = self._expected(managed)
        desired = podtools.resolve(least if most is None else most, expected, up=True)
        return expected, desired if most is None else max(expected - desired, 0), len(managed) < len(pods)

    def _expected(self, pods: list[Obj]) -> int:
        """Return the sum of the scales of the Pods' controllers."""
        scales: dict[str, int] = {}
        for pod in pods:
            owner, namespace = controller_of(pod) or {}, pod["metadata"]["namespace"]
            resource = SCALED.get(owner["kind"])
            if resource is None:
                kind = self.api.kinds.of(owner["apiVersion"], owner["kind"])
                raise LookupError(
                    f"{kind.resource if kind else owner['kind']} does not implement the scale subresource"
                )
            found = self.store.get(resource, namespace, owner["name"])
            above = controller_of(found) if found else None
            if above and above["kind"] == "Deployment":
                found = self.store.get("deployments.apps", namespace, above["name"])
            if found:
                scales[found["metadata"]["uid"]] = found["spec"].get("replicas", 1)
        return sum(scales.values())

    def _write(self, obj: Obj, status: Obj, reason: str, message: str) -> None:
        condition = {
            "type": "DisruptionAllowed",
            "status": "True" if reason == "SufficientPods" else "False",
            "observedGeneration": obj["metadata"].get("generation", 0),
            "reason": reason,
            "message": message,
        }
        conditions = podtools.renewed(status.get("conditions") or [], condition, self.clock)
        kept = ("currentHealthy", "desiredHealthy", "disruptionsAllowed", "expectedPods")
        full = {**dict.fromkeys(kept, 0), **status, "conditions": conditions}
        if reason == "SyncFailed":
            full["disruptionsAllowed"] = 0
        self.api.set_status(BUDGETS, obj, podtools.compact(full, *kept))


def _go_text(selector: Obj) -> str:
    """Return a LabelSelector as Go prints it."""
    labels = "".join(f"{key}: {value}," for key, value in sorted((selector.get("matchLabels") or {}).items()))
    expressions = "".join(
        f"LabelSelectorRequirement{{Key:{each['key']},Operator:{each['operator']},"
        f"Values:[{' '.join(each.get('values') or [])}],}},"
        for each in selector.get("matchExpressions") or []
    )
    head = f"&LabelSelector{{MatchLabels:map[string]string{{{labels}}}"
    return f"{head},MatchExpressions:[]LabelSelectorRequirement{{{expressions}}},}}"


def _selects(budget: Obj, pod: Obj) -> bool:
    return matches(budget["spec"].get("selector"), pod["metadata"].get("labels"))


def evict(api: Api, pod: Obj, deletion: Deletion) -> None:
    """Delete a Pod unless a budget forbids it. Raises ApiError, 429 where it does."""
    namespace, name = key_of(pod)
    if podtools.phase(pod) not in ("Succeeded", "Failed", "Pending") and not podtools.is_terminating(pod):
        budgets = [each for each in api.store.list(BUDGETS, namespace) if _selects(each, pod)]
        if len(budgets) > 1:
            text = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
            raise ApiError(500, "InternalError", text)
        if budgets:
            _spend(api, budgets[0], pod)
        condition = {"type": "DisruptionTarget", "status": "True", "lastProbeTime": None}
        condition |= {"reason": "EvictionByEvictionAPI", "message": "Eviction API: evicting"}

        def build(new: Obj) -> Obj:
            status = new.setdefault("status", {})
            status["conditions"] = podtools.renewed(status.get("conditions") or [], condition, api.clock)
            return new

        api.change("pods", namespace, name, build, subresource="status", manager="kube-apiserver")
    api.delete("pods", namespace, name, deletion)


def _spend(api: Api, budget: Obj, pod: Obj) -> None:
    """Take one disruption from the budget, where the Pod's end would be one. Raises ApiError."""
    status, meta = budget.get("status") or {}, budget["metadata"]
    healthy, desired = status.get("currentHealthy", 0), status.get("desiredHealthy", 0)
    if not podtools.is_ready(pod):
        always = budget["spec"].get("unhealthyPodEvictionPolicy") == "AlwaysAllow"
        if always or healthy >= desired > 0:
            return
    message = "Cannot evict pod as it would violate the pod's disruption budget."
    if status.get("observedGeneration", 0) < meta.get("generation", 0):
        why = f"The disruption budget {meta['name']} is still being processed by the server."
        raise too_many_requests(message, [Cause("", "DisruptionBudget", why)], retry_after=10)
    if status.get("disruptionsAllowed", 0) <= 0:
        why = f"The disruption budget {meta['name']} needs {desired} healthy pods and has {healthy} currently"
        raise too_many_requests(message, [Cause("", "DisruptionBudget", why)])
    new = copy.deepcopy(status)
    new["disruptionsAllowed"] -= 1
    new["disruptedPods"] = {**(new.get("disruptedPods") or {}), pod["metadata"]["name"]: stamp(api.clock.now())}
    api.set_status(BUDGETS, budget, new, manager="kube-apiserver")
