"""Claims and volumes in use are not removed.

https://kubernetes.io/docs/concepts/storage/persistent-volumes/#storage-object-in-use-protection
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from tutor.practice.api.errors import Obj
from tutor.practice.api.meta import key_of
from tutor.practice.api.store import Event
from tutor.practice.controllers.podtools import renewed
from tutor.practice.controllers.queue import Controller, Key
from tutor.practice.controllers.volumes import PVCS, PVS
from tutor.practice.scheduler.claims import pod_claims


class ClaimProtection(Controller):
    """Holds on to claims that Pods on nodes mount, and says whether any does."""

    name: ClassVar[str] = "pvc-protection-controller"
    resource: ClassVar[str] = PVCS
    watches: ClassVar[tuple[str, ...]] = ("pods",)

    def reconcile(self, obj: Obj) -> None:
        """Put the finalizer on, or take it off when the claim is deleted and no Pod uses it."""
        namespace, name = key_of(obj)
        users = [
            pod for pod in self.store.list("pods", namespace) if pod["spec"].get("nodeName") and name in pod_claims(pod)
        ]
        if (obj.get("status") or {}).get("phase") == "Bound":
            self._say(obj, used=bool(users))
        protect(self, obj, "kubernetes.io/pvc-protection", in_use=bool(users))

    def concerns(self, event: Event) -> Iterable[Key]:
        """Return the claims that a Pod mounts."""
        if event.type == "MODIFIED" and event.old and event.old["spec"] == event.object["spec"]:
            return ()
        namespace = event.object["metadata"]["namespace"]
        return [(namespace, name) for name in pod_claims(event.object)]

    def _say(self, claim: Obj, *, used: bool) -> None:
        condition = {
            "type": "Unused",
            "status": "False" if used else "True",
            "reason": "PodUsingPVC" if used else "NoPodsUsingPVC",
            "message": f"{'A pod is' if used else 'No pods are'} currently referencing this PVC",
            "lastProbeTime": None,
        }
        conditions = renewed(claim["status"].get("conditions") or [], condition, self.clock)
        self.api.set_status(PVCS, claim, {**claim["status"], "conditions": conditions})


class VolumeProtection(Controller):
    """Holds on to volumes that are bound."""

    name: ClassVar[str] = "pv-protection-controller"
    resource: ClassVar[str] = PVS

    def reconcile(self, obj: Obj) -> None:
        """Put the finalizer on, or take it off when the volume is deleted and no claim has it."""
        in_use = (obj.get("status") or {}).get("phase") == "Bound"
        protect(self, obj, "kubernetes.io/pv-protection", in_use=in_use)


def protect(controller: Controller, obj: Obj, finalizer: str, *, in_use: bool) -> None:
    """Put a finalizer on what lives, and take it off what is deleted and not in use."""
    finalizers = obj["metadata"].get("finalizers") or []
    going = bool(obj["metadata"].get("deletionTimestamp"))
    if going and finalizer in finalizers and not in_use:
        wanted = [each for each in finalizers if each != finalizer]
    elif not going and finalizer not in finalizers:
        wanted = [*finalizers, finalizer]
    else:
        return
    controller.api.change(
        controller.resource, *key_of(obj), lambda old: {**old, "metadata": {**old["metadata"], "finalizers": wanted}}
    )
