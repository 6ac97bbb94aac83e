"""PersistentVolumes and their claims: who gets which, and what becomes of a volume afterwards.

https://kubernetes.io/docs/concepts/storage/persistent-volumes/
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import ClassVar

from tutor.practice.api.errors import Obj
from tutor.practice.api.meta import key_of
from tutor.practice.api.store import Event
from tutor.practice.clock import stamp
from tutor.practice.controllers.podtools import is_terminating
from tutor.practice.controllers.queue import Controller, Key
from tutor.practice.scheduler.claims import (
    BIND_COMPLETED,
    BOUND_BY_CONTROLLER,
    NO_PROVISIONER,
    SELECTED_NODE,
    annotated,
    class_of,
    find_volume,
    fits,
    is_bound,
    keep_for,
    mismatch,
    pod_claims,
    refers_to,
    waits_for_pod,
)

RESYNC = 15.0
"""Seconds after which claims without a volume are looked at again, and complain again."""
PROVISIONER = "volume.kubernetes.io/storage-provisioner"
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
PVCS, PVS = "persistentvolumeclaims", "persistentvolumes"


class ClaimController(Controller):
    """Binds claims to volumes, or asks for a new volume."""

    name: ClassVar[str] = "persistentvolume-controller"
    resource: ClassVar[str] = PVCS
    watches: ClassVar[tuple[str, ...]] = (PVS, "storageclasses.storage.k8s.io")

    def reconcile(self, obj: Obj) -> float | None:
        """Bring one claim nearer to its volume."""
        if obj["metadata"].get("deletionTimestamp") and not is_bound(obj):
            return None
        if is_bound(obj):
            self._check(obj)
            return None
        wanted = obj["spec"].get("volumeName")
        if wanted:
            return self._bind_to(obj, wanted)
        node = (obj["metadata"].get("annotations") or {}).get(SELECTED_NODE)
        delayed = waits_for_pod(self.store, obj) and not node
        found = find_volume(obj, self.store.list(PVS))
        # A claim that waits for a Pod takes only what is kept for it: the scheduler chooses among the rest.
        if found and (found["spec"].get("claimRef") or not waits_for_pod(self.store, obj)):
            self._bind(obj, found)
            return None
        self._phase(obj, "Pending")
        if delayed:
            self._say_what_is_awaited(obj)
            return RESYNC
        return self._provision(obj)

    def concerns(self, event: Event) -> Iterable[Key]:
        """Return the claims that a volume or class may be for."""
        if event.resource == PVS:
            reference = event.object["spec"].get("claimRef")
            if reference:
                return [(reference["namespace"], reference["name"])]
        return [key_of(each) for each in self.store.list(PVCS) if not is_bound(each)]

    def _check(self, claim: Obj) -> None:
        """Say that a bound claim is Bound, or that its volume is lost."""
        volume = self.store.get(PVS, "", claim["spec"]["volumeName"])
        if volume and refers_to(volume, claim):
            self._phase(claim, "Bound", volume)
        elif (claim.get("status") or {}).get("phase") != "Lost":
            reason, text = "ClaimLost", "Bound claim has lost its PersistentVolume. Any data on the volume is lost!"
            if volume:
                reason, text = "ClaimMisbound", "Two claims are bound to the same volume, this one is bound incorrectly"
            self.events.record(claim, "Warning", reason, text)
            self._phase(claim, "Lost")

    def _bind_to(self, claim: Obj, name: str) -> float | None:
        """Bind a claim to the volume that it names itself."""
        volume = self.store.get(PVS, "", name)
        if volume and fits(claim, volume):
            self._bind(claim, volume)
            return None
        if volume and volume["spec"].get("claimRef") and not refers_to(volume, claim):
            text = f'volume "{name}" already bound to a different claim.'
            self.events.record(claim, "Warning", "FailedBinding", text)
        elif volume and (why := mismatch(claim, volume)):
            text = f'Cannot bind to requested volume "{name}": {why}'
            self.events.record(claim, "Warning", "VolumeMismatch", text)
        self._phase(claim, "Pending")
        return RESYNC

    def _bind(self, claim: Obj, volume: Obj) -> None:
        own = not claim["spec"].get("volumeName")
        if not (volume["spec"].get("claimRef") or {}).get("uid"):
            volume = self.api.change(PVS, *key_of(volume), lambda old: keep_for(old, claim))

        def build(old: Obj) -> Obj:
            new = annotated(old, BIND_COMPLETED, "yes")
            new = annotated(new, BOUND_BY_CONTROLLER, "yes") if own else new
            return {**new, "spec": {**new["spec"], "volumeName": volume["metadata"]["name"]}}

        self._phase(self.api.change(PVCS, *key_of(claim), build), "Bound", volume)

    def _phase(self, claim: Obj, phase: str, volume: Obj | None = None) -> None:
        status: Obj = {**(claim.get("status") or {}), "phase": phase}
        if volume:
            status |= {key: volume["spec"][key] for key in ("accessModes", "capacity")}
        self.api.set_status(PVCS, claim, status)

    def _say_what_is_awaited(self, claim: Obj) -> None:
        namespace, name = key_of(claim)
        pods = [
            each["metadata"]["name"]
            for each in self.store.list("pods", namespace)
            if not each["spec"].get("nodeName") and name in pod_claims(each)
        ]
        reason, text = "WaitForFirstConsumer", "waiting for first consumer to be created before binding"
        if pods:
            reason = "WaitForPodScheduled"
            text = f"waiting for pod{'s' if len(pods) > 1 else ''} {','.join(pods)} to be scheduled"
        self.events.record(claim, "Normal", reason, text)

    def _provision(self, claim: Obj) -> float:
        name, found = claim["spec"].get("storageClassName"), class_of(self.store, claim)
        if not name:
            text = "no persistent volumes available for this claim and no storage class is set"
            self.events.record(claim, "Normal", "FailedBinding", text)
        elif found is None:
            text = f'storageclass.storage.k8s.io "{name}" not found'
            self.events.record(claim, "Warning", "ProvisioningFailed", text)
        elif found["provisioner"] == NO_PROVISIONER:
            text = f"no volume plugin matched name: {NO_PROVISIONER}"
            self.events.record(claim, "Warning", "ProvisioningFailed", text)
        else:
            text = (
                f"Waiting for a volume to be created either by the external provisioner '{found['provisioner']}' or "
                "manually by the system administrator. If volume creation is delayed, please verify that the "
                "provisioner is running and correctly registered."
            )
            self.events.record(claim, "Normal", "ExternalProvisioning", text)
            self.api.change(PVCS, *key_of(claim), lambda old: _provisioned_by(old, found["provisioner"]))
        return RESYNC


class VolumeController(Controller):
    """Keeps the phase of volumes, and reclaims those whose claim is gone."""

    name: ClassVar[str] = "persistentvolume-controller"
    resource: ClassVar[str] = PVS
    watches: ClassVar[tuple[str, ...]] = (PVCS,)

    def reconcile(self, obj: Obj) -> None:
        """Set the phase of a volume; delete it where its policy says so."""
        reference = obj["spec"].get("claimRef")
        if not reference or not reference.get("uid"):
            self._phase(obj, "Available")
            return
        claim = self.store.get(PVCS, reference["namespace"], reference["name"])
        if claim and claim["metadata"]["uid"] == reference["uid"]:
            if claim["spec"].get("volumeName") == obj["metadata"]["name"]:
                self._phase(obj, "Bound")
            return
        if (obj.get("status") or {}).get("phase") != "Failed":
            self._phase(obj, "Released")
            if obj["spec"].get("persistentVolumeReclaimPolicy") == "Delete" and not is_terminating(obj):
                self._reclaim(obj)

    def concerns(self, event: Event) -> Iterable[Key]:
        """Return the volumes that a claim has, or that are kept for it."""
        name = event.object["spec"].get("volumeName")
        kept = (key_of(each) for each in self.store.list(PVS) if refers_to(each, event.object))
        return {("", name), *kept} if name else set(kept)

    def _reclaim(self, volume: Obj) -> None:
        path = (volume["spec"].get("hostPath") or {}).get("path")
        provisioned = PROVISIONED_BY in (volume["metadata"].get("annotations") or {})
        if provisioned or (path and re.fullmatch(r"/tmp/.+", path)):  # noqa: S108 - what upstream deletes
            self.api.delete(PVS, *key_of(volume))
            return
        text = (
            "error getting deleter volume plugin for volume "
            f'"{volume["metadata"]["name"]}": no deletable volume plugin matched'
        )
        if path:
            text = f"host_path deleter only supports /tmp/.+ but received provided {path}"
        self.events.record(volume, "Warning", "VolumeFailedDelete", text)
        self._phase(volume, "Failed", text)

    def _phase(self, volume: Obj, phase: str, message: str = "") -> None:
        before = volume.get("status") or {}
        if before.get("phase") == phase:
            return
        status = {"phase": phase, "lastPhaseTransitionTime": stamp(self.clock.now())}
        self.api.set_status(PVS, volume, status | ({"message": message} if message else {}))


def _provisioned_by(claim: Obj, provisioner: str) -> Obj:
    return annotated(
        annotated(claim, f"volume.beta.{PROVISIONER.partition('.')[2]}", provisioner), PROVISIONER, provisioner
    )
