"""The provisioner of kind's class `standard`: rancher.io/local-path, as its events and volumes look.

https://github.com/rancher/local-path-provisioner
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from tutor.practice.api.chain import Api
from tutor.practice.api.errors import Obj
from tutor.practice.api.events import Recorder
from tutor.practice.api.meta import new_uid
from tutor.practice.controllers.queue import Controller, Key
from tutor.practice.controllers.volumes import PROVISIONED_BY, PROVISIONER, PVCS, PVS
from tutor.practice.scheduler.claims import SELECTED_NODE, class_of

DRIVER = "rancher.io/local-path"
HELPER_SECONDS = 2.0
"""How long the Pod takes that makes the directory on the node."""
FIRST_RETRY, LAST_RETRY = 15.0, 240.0
"""Seconds between attempts that fail."""


class LocalPathProvisioner(Controller):
    """Makes a volume for every claim that the volume controller has handed to it."""

    name: ClassVar[str] = DRIVER
    resource: ClassVar[str] = PVCS

    def __init__(self, api: Api) -> None:
        super().__init__(api)
        self._identity = new_uid()
        self._begun: dict[str, float] = {}
        self._tries: dict[Key, int] = {}

    def reconcile(self, obj: Obj) -> float | None:
        """Begin with a claim, and finish it when the helper Pod would be done."""
        annotations, uid = obj["metadata"].get("annotations") or {}, obj["metadata"]["uid"]
        name = f"pvc-{uid}"
        if annotations.get(PROVISIONER) != DRIVER or obj["spec"].get("volumeName") or self.store.get(PVS, "", name):
            return None
        storage_class, node = class_of(self.store, obj), annotations.get(SELECTED_NODE)
        if storage_class is None or obj["metadata"].get("deletionTimestamp"):
            return None
        if storage_class.get("volumeBindingMode") == "WaitForFirstConsumer" and not node:
            return None
        now = self.clock.monotonic()
        until = self._begun.get(uid)
        if until is None:
            return self._begin(obj, storage_class, node)
        if until > now:
            return until - now
        del self._begun[uid]
        self.api.create(PVS, self._volume(obj, storage_class, str(node), name))
        self._record(obj, "Normal", "ProvisioningSucceeded", f"Successfully provisioned volume {name}")
        return None

    def gone(self, key: Key) -> None:
        """Forget the attempts for a claim."""
        self._tries.pop(key, None)

    def _begin(self, claim: Obj, storage_class: Obj, node: str | None) -> float:
        namespace, name = claim["metadata"]["namespace"], claim["metadata"]["name"]
        text = f'External provisioner is provisioning volume for claim "{namespace}/{name}"'
        self._record(claim, "Normal", "Provisioning", text)
        why = _refusal(claim, node)
        if not why:
            self._begun[claim["metadata"]["uid"]] = self.clock.monotonic() + HELPER_SECONDS
            return HELPER_SECONDS
        text = f'failed to provision volume with StorageClass "{storage_class["metadata"]["name"]}": {why}'
        self._record(claim, "Warning", "ProvisioningFailed", text)
        tries = self._tries[namespace, name] = self._tries.get((namespace, name), -1) + 1
        return min(FIRST_RETRY * 2.0**tries, LAST_RETRY)

    def _record(self, claim: Obj, kind: str, reason: str, text: str) -> None:
        pods = self.store.list("pods", "local-path-storage")
        pod = next((each["metadata"]["name"] for each in pods), "local-path-provisioner")
        Recorder(self.api, f"{DRIVER}_{pod}_{self._identity}").record(claim, kind, reason, text)

    def _volume(self, claim: Obj, storage_class: Obj, node: str, name: str) -> Obj:
        meta, spec = claim["metadata"], claim["spec"]
        directory = f"/var/local-path-provisioner/{name}_{meta['namespace']}_{meta['name']}"
        reference = {"kind": "PersistentVolumeClaim", "apiVersion": "v1", "namespace": meta["namespace"]}
        reference |= {"name": meta["name"], "uid": meta["uid"], "resourceVersion": meta["resourceVersion"]}
        here = {"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}
        return {
            "metadata": {
                "name": name,
                "annotations": {"local.path.provisioner/selected-node": node, PROVISIONED_BY: DRIVER},
            },
            "spec": {
                "accessModes": spec["accessModes"],
                "capacity": {"storage": spec["resources"]["requests"]["storage"]},
                "claimRef": reference,
                "hostPath": {"path": directory, "type": "DirectoryOrCreate"},
                "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [here]}]}},
                "persistentVolumeReclaimPolicy": storage_class.get("reclaimPolicy") or "Delete",
                "storageClassName": storage_class["metadata"]["name"],
                "volumeMode": spec.get("volumeMode") or "Filesystem",
            },
        }


def _refusal(claim: Obj, node: str | None) -> str:
    """Return why the provisioner will not make a volume, in its own words."""
    modes: Iterable[str] = claim["spec"].get("accessModes") or []
    if claim["spec"].get("selector") is not None:
        return "claim.Spec.Selector is not supported"
    if any(mode not in ("ReadWriteOnce", "ReadWriteOncePod") for mode in modes):
        return "NodePath only supports ReadWriteOnce and ReadWriteOncePod (1.22+) access modes"
    return "" if node else "configuration error, no node was specified"
