"""ReplicationControllers, ReplicaSets, Deployments, DaemonSets, StatefulSets, their revisions, and PodTemplates.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/apps/v1/defaults.go
"""

from __future__ import annotations

from typing import Any, ClassVar

from tutor.practice.api.errors import Cause, Obj
from tutor.practice.api.strategy import Strategy
from tutor.practice.rules import apps_checks as checks
from tutor.practice.rules.pod_defaults import default_template, fill
from tutor.practice.rules.pod_spec import pod_template

GENERATION = "deprecated.daemonset.template.generation"


class Templated(Strategy):
    """A workload: it has a template of Pods in its spec, and a status that starts with zeros."""

    zero_status: ClassVar[Obj] = {}
    defaults: ClassVar[dict[str, Any]] = {}
    """Of the spec, where a field is not there; a zero is kept."""

    def default(self, obj: Obj) -> None:
        """Fill in the spec and its template."""
        spec = obj.setdefault("spec", {})
        default_template(spec.setdefault("template", {}))
        for key, value in self.defaults.items():
            spec.setdefault(key, value)

    def prepare_create(self, obj: Obj) -> None:
        """Begin with zeros in the status."""
        super().prepare_create(obj)
        obj["status"] = dict(self.zero_status)


class ReplicationControllers(Templated):
    """The rules of ReplicationControllers."""

    zero_status: ClassVar[Obj] = {"replicas": 0}
    defaults: ClassVar[dict[str, Any]] = {"replicas": 1}

    def default(self, obj: Obj) -> None:
        """Take selector and labels from the template, too."""
        super().default(obj)
        labels = obj["spec"]["template"]["metadata"].get("labels")
        if labels:
            fill(obj["spec"], {"selector": dict(labels)})
            fill(obj["metadata"], {"labels": dict(labels)})

    def validate(self, obj: Obj) -> list[Cause]:
        """Check the spec."""
        return list(checks.replication_controller(obj["spec"]))


class ReplicaSets(Templated):
    """The rules of ReplicaSets."""

    zero_status: ClassVar[Obj] = {"replicas": 0}
    defaults: ClassVar[dict[str, Any]] = {"replicas": 1}

    def validate(self, obj: Obj) -> list[Cause]:
        """Check the spec."""
        return list(checks.replica_set(obj["spec"]))


class Deployments(Templated):
    """The rules of Deployments."""

    defaults: ClassVar[dict[str, Any]] = {"replicas": 1, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600}

    def default(self, obj: Obj) -> None:
        """Fill in the strategy, too."""
        super().default(obj)
        strategy = obj["spec"].setdefault("strategy", {})
        _rolling(strategy, {"maxUnavailable": "25%", "maxSurge": "25%"})

    def validate(self, obj: Obj) -> list[Cause]:
        """Check the spec."""
        return list(checks.deployment(obj["spec"]))

    def prepare_status(self, new: Obj, old: Obj) -> None:
        """Let the annotations change with the status: the controller writes the revision so."""
        annotations = new["metadata"].get("annotations")
        super().prepare_status(new, old)
        if annotations is not None:
            new["metadata"]["annotations"] = annotations


class DaemonSets(Templated):
    """The rules of DaemonSets."""

    zero_status: ClassVar[Obj] = dict.fromkeys(
        ("currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady"), 0
    )
    defaults: ClassVar[dict[str, Any]] = {"revisionHistoryLimit": 10}

    def default(self, obj: Obj) -> None:
        """Fill in the update strategy, too."""
        super().default(obj)
        _rolling(obj["spec"].setdefault("updateStrategy", {}), {"maxUnavailable": 1, "maxSurge": 0})

    def prepare_create(self, obj: Obj) -> None:
        """Count the template's generations in an annotation."""
        super().prepare_create(obj)
        _annotate(obj, 1)

    def prepare_update(self, new: Obj, old: Obj) -> None:
        """Count the template's generations in an annotation."""
        super().prepare_update(new, old)
        before = int((old["metadata"].get("annotations") or {}).get(GENERATION, "0"))
        _annotate(new, before + (new["spec"].get("template") != old["spec"].get("template")))

    def validate(self, obj: Obj) -> list[Cause]:
        """Check the spec."""
        return list(checks.daemon_set(obj["spec"]))


class StatefulSets(Templated):
    """The rules of StatefulSets."""

    zero_status: ClassVar[Obj] = {"replicas": 0, "availableReplicas": 0}
    defaults: ClassVar[dict[str, Any]] = {"replicas": 1, "revisionHistoryLimit": 10}

    def default(self, obj: Obj) -> None:
        """Fill in the claims' templates and what becomes of claims, too."""
        super().default(obj)
        spec = obj["spec"]
        fill(spec, {"podManagementPolicy": "OrderedReady"})
        spec.setdefault("serviceName", "")
        _rolling(spec.setdefault("updateStrategy", {}), {"partition": 0, "maxUnavailable": 1})
        retention = spec.setdefault("persistentVolumeClaimRetentionPolicy", {})
        fill(retention, {"whenDeleted": "Retain", "whenScaled": "Retain"})
        for claim in spec.get("volumeClaimTemplates") or []:
            claim |= {"apiVersion": "v1", "kind": "PersistentVolumeClaim"}
            fill(claim.setdefault("spec", {}), {"volumeMode": "Filesystem"})
            fill(claim.setdefault("status", {}), {"phase": "Pending"})

    def validate(self, obj: Obj) -> list[Cause]:
        """Check the name, which becomes a host name, and the spec."""
        return list(checks.stateful_set(obj))


class ControllerRevisions(Strategy):
    """The rules of ControllerRevisions."""

    has_status = False
    counts_generations = False

    def validate(self, obj: Obj) -> list[Cause]:
        """Check the data and their number."""
        return list(checks.controller_revision(obj))


class PodTemplates(Strategy):
    """The rules of PodTemplates."""

    has_status = False

    def default(self, obj: Obj) -> None:
        """Fill in the template."""
        default_template(obj.setdefault("template", {}))

    def validate(self, obj: Obj) -> list[Cause]:
        """Check the template."""
        return list(pod_template(obj["template"], "template"))


def _rolling(strategy: Obj, defaults: dict[str, Any]) -> None:
    fill(strategy, {"type": "RollingUpdate"})
    if strategy["type"] == "RollingUpdate":
        parameters = strategy.setdefault("rollingUpdate", {})
        for key, value in defaults.items():
            parameters.setdefault(key, value)


def _annotate(obj: Obj, generation: int) -> None:
    meta = obj["metadata"]
    meta["annotations"] = {**(meta.get("annotations") or {}), GENERATION: str(generation)}
