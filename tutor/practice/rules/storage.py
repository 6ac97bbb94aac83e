"""PersistentVolumes, claims and StorageClasses.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/validation/validation.go
"""

from __future__ import annotations

import copy
from collections.abc import Iterator

from tutor.practice.api.causes import forbidden, invalid, not_supported, required
from tutor.practice.api.errors import Cause, Obj
from tutor.practice.api.meta import qualified_faults
from tutor.practice.rules.checks import (
    Causes,
    dns_name,
    faults,
    invalid_struct,
    label_selector,
    needed,
    no_backsteps,
    one_of,
    struct_diff,
)
from tutor.practice.rules.plain import Kind
from tutor.practice.rules.scheduling import affinity
from tutor.practice.schema.quantity import number

_CORE = "io.k8s.api.core.v1"
_MODES = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
HOST_TYPES = ("", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket")
_NEEDED = {"hostPath": ("path",), "nfs": ("server", "path"), "local": ("path",), "csi": ("driver", "volumeHandle")}
_FIXED = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"


class PersistentVolumes(Kind):
    """The rules of PersistentVolumes; they begin as Pending."""

    def prepare_create(self, obj: Obj) -> None:
        """Tell since when."""
        super().prepare_create(obj)
        obj["status"]["lastPhaseTransitionTime"] = obj["metadata"]["creationTimestamp"]


def default_volume(obj: Obj) -> None:
    """Fill in the type of a node's directory."""
    if host := obj["spec"].get("hostPath"):
        host.setdefault("type", "")


def default_claim(obj: Obj) -> None:
    """Let the two fields for a source of data follow each other."""
    spec = obj["spec"]
    reference, source = spec.get("dataSourceRef"), spec.get("dataSource")
    if source and not reference:
        spec["dataSourceRef"] = dict(source)
    elif reference and not source and not reference.get("namespace"):
        spec["dataSource"] = dict(reference)


def volume(obj: Obj) -> Causes:
    """Check a PersistentVolume."""
    spec = obj["spec"]
    yield from needed(spec, "spec", "accessModes")
    yield from _modes(spec, "spec")
    capacity = spec.get("capacity") or {}
    if not capacity:
        yield required("spec.capacity")
    if list(capacity) != ["storage"]:
        yield not_supported("spec.capacity", capacity or None, ("storage",))
    elif number(capacity["storage"]) <= 0:
        yield invalid("spec.capacity[storage]", capacity["storage"], "must be greater than zero")
    yield from one_of(spec, "spec", "persistentVolumeReclaimPolicy", ("Delete", "Recycle", "Retain"))
    yield from _node_affinity(spec)
    sources = [key for key in _SOURCES if spec.get(key) is not None]
    if not sources:
        yield required("spec", "must specify a volume type")
    for index, key in enumerate(sources):
        if index:
            yield forbidden(f"spec.{key}", "may not specify more than 1 volume type")
        else:
            yield from _source(key, spec[key], spec)
    if (spec.get("hostPath") or {}).get("path") == "/" and spec["persistentVolumeReclaimPolicy"] == "Recycle":
        yield forbidden("spec.persistentVolumeReclaimPolicy", "may not be 'recycle' for a hostPath mount of '/'")
    yield from dns_name(spec, "spec", "storageClassName")
    yield from one_of(spec, "spec", "volumeMode", ("Block", "Filesystem"))


def volume_change(new: Obj, old: Obj) -> Causes:
    """Check an update of a PersistentVolume."""
    new, old = new["spec"], old["spec"]
    struct = f"{_CORE}.PersistentVolumeSource"
    before, after = ({key: each[key] for key in each if key in _SOURCES} for each in (old, new))
    if before != after:
        text = "spec.persistentvolumesource is immutable after creation"
        yield forbidden("spec.persistentvolumesource", f"{text}\n{struct_diff(before, after, struct)}")
    if new.get("volumeMode") != old.get("volumeMode"):
        yield invalid("volumeMode", new.get("volumeMode"), "field is immutable")
    if old.get("nodeAffinity") and new.get("nodeAffinity") != old["nodeAffinity"]:
        text = "field is immutable, except for updating from beta label to GA"
        yield invalid_struct("nodeAffinity", new.get("nodeAffinity"), f"*{_CORE}.VolumeNodeAffinity", text)


def claim(obj: Obj) -> Causes:
    """Check a PersistentVolumeClaim."""
    yield from claim_spec(obj["spec"], "spec")


def claim_spec(spec: Obj, path: str) -> Causes:
    """Check the spec of a claim, or of the template of one."""
    yield from needed(spec, path, "accessModes", detail="at least 1 access mode is required")
    yield from label_selector(spec.get("selector") or {}, f"{path}.selector")
    yield from _modes(spec, path)
    storage = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    if storage is None:
        yield required(f"{path}.resources[storage]")
    elif number(storage) <= 0:
        yield invalid(f"{path}.resources[storage]", storage, "must be greater than zero")
    yield from dns_name(spec, path, "storageClassName")
    yield from one_of(spec, path, "volumeMode", ("Block", "Filesystem"))


def claim_change(new: Obj, old: Obj) -> Causes:
    """Check an update of a PersistentVolumeClaim: once bound, only its size may change."""
    after, before = copy.deepcopy(new["spec"]), dict(old["spec"])
    if not before.get("volumeName") and after.get("volumeName"):
        before["volumeName"] = after["volumeName"]
    if before.get("storageClassName") is None and after.get("storageClassName") is not None:
        del after["storageClassName"]
    sizes = [number((each["spec"]["resources"].get("requests") or {}).get("storage", 0)) for each in (new, old)]
    if new.get("status", {}).get("phase") == "Bound":
        if after["resources"].get("requests"):
            after["resources"]["requests"]["storage"] = before["resources"]["requests"]["storage"]
        if after.get("volumeAttributesClassName") is not None:
            before["volumeAttributesClassName"] = after["volumeAttributesClassName"]
    if after != before:
        yield forbidden("spec", f"{_FIXED}\n{struct_diff(before, after, f'{_CORE}.PersistentVolumeClaimSpec')}")
    capacity = (old.get("status", {}).get("capacity") or {}).get("storage", 0)
    if sizes[0] < sizes[1] and sizes[0] <= number(capacity):
        yield forbidden("spec.resources.requests.storage", "field can not be less than status.capacity")


def storage_class(obj: Obj) -> Causes:
    """Check a StorageClass."""
    provisioner = obj.get("provisioner") or ""
    if provisioner:
        yield from faults("provisioner", provisioner, qualified_faults(provisioner.lower()))
    else:
        yield required("provisioner")
    if "" in (obj.get("parameters") or {}):
        yield invalid("parameters", "", "field can not be empty.")
    yield from _top(obj, "reclaimPolicy", ("Delete", "Retain"))
    yield from _top(obj, "volumeBindingMode", ("Immediate", "WaitForFirstConsumer"))


def storage_class_change(new: Obj, old: Obj) -> Causes:
    """Check an update of a StorageClass."""
    for key in ("provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"):
        if (new.get(key) or None) != (old.get(key) or None):
            yield invalid(key, None, "field is immutable")


def volume_warnings(obj: Obj, old: Obj | None) -> Iterator[str]:
    """Return what kubectl prints of a PersistentVolume that is stored all the same."""
    del old
    if obj["spec"]["persistentVolumeReclaimPolicy"] == "Recycle":
        better = "Instead, the recommended approach is to use dynamic provisioning."
        yield f"spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. {better}"


def claim_warnings(obj: Obj, old: Obj | None) -> Iterator[str]:
    """Return what kubectl prints of a PersistentVolumeClaim that is stored all the same."""
    del old
    for side in ("limits", "requests"):
        size = ((obj["spec"].get("resources") or {}).get(side) or {}).get("storage")
        if size is not None and number(size) % 1:
            at = f"spec.resources.{side}[storage]"
            yield f'{at}: fractional byte value "{size}" is invalid, must be an integer'


_SOURCES = (
    *("hostPath", "gcePersistentDisk", "awsElasticBlockStore", "glusterfs", "nfs", "rbd", "quobyte", "cephfs"),
    *("iscsi", "cinder", "fc", "flocker", "azureFile", "vsphereVolume", "photonPersistentDisk", "portworxVolume"),
    *("azureDisk", "scaleIO", "local", "storageos", "csi", "flexVolume"),
)


def _top(obj: Obj, key: str, supported: tuple[str, ...]) -> Causes:
    if obj[key] not in supported:
        yield not_supported(key, obj[key], supported)


def _modes(spec: Obj, path: str) -> Causes:
    modes = spec.get("accessModes") or []
    for mode in modes:
        if mode not in _MODES:
            yield not_supported(f"{path}.accessModes", mode, _MODES)
    if "ReadWriteOncePod" in modes and len(modes) > 1:
        yield forbidden(f"{path}.accessModes", "may not use ReadWriteOncePod with other access modes")


def _source(key: str, source: Obj, spec: Obj) -> Causes:
    at = f"spec.{key}"
    yield from needed(source, at, *_NEEDED.get(key, ()))
    if key in ("hostPath", "local"):
        yield from no_backsteps(f"{at}.path", source.get("path") or "")
    if key == "hostPath":
        yield from one_of(source, at, "type", HOST_TYPES)
    elif key == "nfs" and not (source.get("path") or "").startswith("/"):
        yield invalid(f"{at}.path", source.get("path") or "", "must be an absolute path")
    elif key == "local" and not spec.get("nodeAffinity"):
        yield required("spec.nodeAffinity", "Local volume requires node affinity")


def _node_affinity(spec: Obj) -> Causes:
    if wanted := spec.get("nodeAffinity"):
        if wanted.get("required") is None:
            yield required("spec.nodeAffinity.required", "must specify required node constraints")
            return
        rules = {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": wanted["required"]}}}
        long = "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution"
        for cause in affinity(rules, "spec"):
            yield Cause(cause.field.replace(long, "spec.nodeAffinity.required"), cause.reason, cause.message)
