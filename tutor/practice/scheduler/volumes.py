"""VolumeBinding, VolumeZone and VolumeRestrictions: whether a Pod's claims can be had on a node."""

from __future__ import annotations

from collections.abc import Sequence

from tutor.practice.api.errors import Obj
from tutor.practice.api.store import Store
from tutor.practice.scheduler.claims import (
    NO_PROVISIONER,
    SELECTED_NODE,
    class_of,
    find_volume,
    is_bound,
    pod_claims,
    reaches,
    waits_for_pod,
)
from tutor.practice.scheduler.cluster import NodeInfo

Plan = list[tuple[Obj, Obj | None]]
"""Claims and the volumes they are to get; None is one that has to be provisioned."""


class Rejected(Exception):
    """No node can take the Pod, whatever its state."""

    def __init__(self, plugin: str, message: str) -> None:
        super().__init__(message)
        self.plugin, self.message = plugin, message


class Volumes:
    """The claims of one Pod. Making it raises Rejected for claims that are missing or cannot be waited for."""

    def __init__(self, store: Store, pod: Obj) -> None:
        self._store = store
        self._bound: list[tuple[Obj, Obj | None]] = []
        self._delayed: list[Obj] = []
        immediate = False
        for name in pod_claims(pod):
            claim = self._claim(pod, name)
            if is_bound(claim):
                self._bound.append((claim, store.get("persistentvolumes", "", claim["spec"]["volumeName"])))
            elif waits_for_pod(store, claim) and not claim["spec"].get("volumeName"):
                self._delayed.append(claim)
            else:
                immediate = True
        if immediate:
            raise Rejected("VolumeBinding", "pod has unbound immediate PersistentVolumeClaims")

    def binding(self, node: Obj) -> str:
        """Return why the claims cannot be had on a node, "" where they can."""
        for _, volume in self._bound:
            if volume is None:
                return "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)"
            if not reaches(volume, node):
                return "node(s) didn't match PersistentVolume's node affinity"
        return "" if self.plan(node) is not None else "node(s) didn't find available persistent volumes to bind"

    def plan(self, node: Obj) -> Plan | None:
        """Return what has to be bound for a Pod on this node; None where it cannot be."""
        taken: set[str] = set()
        plan: Plan = []
        volumes = self._store.list("persistentvolumes") if self._delayed else []
        for claim in self._delayed:
            volume = find_volume(claim, volumes, node, taken)
            if volume:
                taken.add(volume["metadata"]["name"])
            elif not self._provisions(claim, node):
                return None
            plan.append((claim, volume))
        return plan

    def exclusive(self, nodes: Sequence[NodeInfo]) -> str:
        """Return why a claim that only one Pod may have is taken."""
        names = {
            (claim["metadata"]["namespace"], claim["metadata"]["name"])
            for claim in (*(each for each, _ in self._bound), *self._delayed)
            if "ReadWriteOncePod" in (claim["spec"].get("accessModes") or [])
        }
        others = (each.pod for node in nodes for each in node.pods.values()) if names else ()
        if any((other["metadata"]["namespace"], name) in names for other in others for name in pod_claims(other)):
            return "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode"
        return ""

    def _claim(self, pod: Obj, name: str) -> Obj:
        claim = self._store.get("persistentvolumeclaims", pod["metadata"]["namespace"], name)
        if claim is None:
            why = f'persistentvolumeclaim "{name}" not found'
        elif (claim.get("status") or {}).get("phase") == "Lost":
            why = (
                f'persistentvolumeclaim "{name}" bound to non-existent persistentvolume '
                f'"{claim["spec"].get("volumeName", "")}"'
            )
        elif claim["metadata"].get("deletionTimestamp"):
            why = f'persistentvolumeclaim "{name}" is being deleted'
        else:
            return claim
        raise Rejected("VolumeBinding", why)

    def _provisions(self, claim: Obj, node: Obj) -> bool:
        found = class_of(self._store, claim)
        if found is None or found["provisioner"] == NO_PROVISIONER:
            return False
        selected = (claim["metadata"].get("annotations") or {}).get(SELECTED_NODE)
        return not selected or bool(selected == node["metadata"]["name"])
