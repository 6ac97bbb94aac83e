"""PersistentVolumes, claims, StorageClasses, and what CSI drivers need.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/v1/defaults.go
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tutor.practice.api.errors import Cause, Obj
from tutor.practice.api.strategy import Strategy
from tutor.practice.rules import storage_checks as checks
from tutor.practice.rules.plain import Plain
from tutor.practice.rules.pod_defaults import fill


class PersistentVolumes(Strategy):
    """The rules of PersistentVolumes."""

    counts_generations = False

    def default(self, obj: Obj) -> None:
        """Fill in the policy and the mode."""
        spec = obj.setdefault("spec", {})
        fill(spec, {"persistentVolumeReclaimPolicy": "Retain", "volumeMode": "Filesystem"})
        if spec.get("hostPath"):
            spec["hostPath"].setdefault("type", "")

    def prepare_create(self, obj: Obj) -> None:
        """Begin as Pending."""
        super().prepare_create(obj)
        obj["status"] = {"phase": "Pending", "lastPhaseTransitionTime": obj["metadata"]["creationTimestamp"]}

    def validate(self, obj: Obj) -> list[Cause]:
        """Check the spec."""
        return list(checks.volume(obj["spec"]))

    def validate_update(self, new: Obj, old: Obj) -> list[Cause]:
        """Check that the source stays."""
        return [*checks.volume(new["spec"]), *checks.volume_change(new["spec"], old["spec"])]

    def warnings(self, obj: Obj, old: Obj | None) -> list[str]:
        """Tell of what is deprecated."""
        del old
        return list(checks.volume_warnings(obj))


class PersistentVolumeClaims(Strategy):
    """The rules of PersistentVolumeClaims."""

    first_status: Mapping[str, Any] = {"phase": "Pending"}
    counts_generations = False

    def default(self, obj: Obj) -> None:
        """Fill in the mode; the two fields for a source of data follow each other."""
        spec = obj.setdefault("spec", {})
        fill(spec, {"volumeMode": "Filesystem"})
        reference, source = spec.get("dataSourceRef"), spec.get("dataSource")
        if source and not reference:
            spec["dataSourceRef"] = dict(source)
        elif reference and not source and not reference.get("namespace"):
            spec["dataSource"] = dict(reference)

    def validate(self, obj: Obj) -> list[Cause]:
        """Check the spec."""
        return list(checks.claim(obj["spec"]))

    def validate_update(self, new: Obj, old: Obj) -> list[Cause]:
        """Check that nothing changes but the size, which grows."""
        return [*checks.claim(new["spec"]), *checks.claim_change(new, old)]

    def warnings(self, obj: Obj, old: Obj | None) -> list[str]:
        """Tell of what is deprecated, and of parts of bytes."""
        del old
        return list(checks.claim_warnings(obj))


class StorageClasses(Strategy):
    """The rules of StorageClasses."""

    has_status = False
    counts_generations = False

    def default(self, obj: Obj) -> None:
        """Fill in the policy and when volumes are bound."""
        fill(obj, {"reclaimPolicy": "Delete", "volumeBindingMode": "Immediate"})

    def validate(self, obj: Obj) -> list[Cause]:
        """Check the provisioner and the policies."""
        return list(checks.storage_class(obj))

    def validate_update(self, new: Obj, old: Obj) -> list[Cause]:
        """Check that what is immutable stays."""
        return [*checks.storage_class(new), *checks.storage_class_change(new, old)]


class CsiDrivers(Strategy):
    """The rules of CSIDrivers."""

    has_status = False
    counts_generations = False

    def default(self, obj: Obj) -> None:
        """Fill in what the driver can do."""
        spec = obj.setdefault("spec", {})
        for key, value in {"attachRequired": True, "fsGroupPolicy": "ReadWriteOnceWithFSType"}.items():
            spec.setdefault(key, value)
        switches = ("podInfoOnMount", "storageCapacity", "requiresRepublish", "seLinuxMount")
        for key in (*switches, "preventPodSchedulingIfMissing"):
            spec.setdefault(key, False)
        fill(spec, {"volumeLifecycleModes": ["Persistent"]})


class CsiNodes(Plain):
    """The rules of CSINodes."""

    def default(self, obj: Obj) -> None:
        """Go writes the drivers even where there are none."""
        obj.setdefault("spec", {}).setdefault("drivers", None)
