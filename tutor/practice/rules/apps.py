"""ReplicationControllers, ReplicaSets, Deployments, DaemonSets, StatefulSets, their revisions, and PodTemplates.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/apps/v1/defaults.go
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from tutor.practice.api.causes import invalid, required
from tutor.practice.api.errors import Cause, Obj
from tutor.practice.api.meta import name_faults
from tutor.practice.api.strategy import Strategy
from tutor.practice.rules import apps_checks as checks
from tutor.practice.rules.checks import Causes, unchanged
from tutor.practice.rules.plain import fill
from tutor.practice.rules.pod_defaults import default_template
from tutor.practice.rules.pod_spec import pod_template
from tutor.practice.rules.pod_warnings import name_warnings, spec_warnings

_APPS = "io.k8s.api.apps.v1"
GENERATION = "deprecated.daemonset.template.generation"


class Templated(Strategy):
    """A workload: it has a template of Pods in its spec, and a status that starts with zeros."""

    defaults: ClassVar[dict[str, Any]] = {}
    """Of the spec, where a field is not there; a zero is kept."""
    struct: ClassVar[str] = ""
    """The Go type of the spec."""
    immutable: ClassVar[tuple[str, ...]] = ()
    """Fields of the spec that an update may not change."""
    warns_of_names: ClassVar[bool] = True

    @staticmethod
    def check(spec: Obj) -> Iterable[Cause]:
        """Return what is wrong with the spec."""
        del spec
        return ()

    def default(self, obj: Obj) -> None:
        """Fill in the spec and its template."""
        spec = obj.setdefault("spec", {})
        default_template(spec.setdefault("template", {}))
        for key, value in self.defaults.items():
            spec.setdefault(key, value)

    def validate(self, obj: Obj) -> list[Cause]:
        """Check the spec."""
        return list(self.check(obj["spec"]))

    def validate_update(self, new: Obj, old: Obj) -> list[Cause]:
        """Check the new object, and that what it is made for stays the same."""
        kept = unchanged(new["spec"], old["spec"], "spec", self.struct, *self.immutable)
        return [*self.validate(new), *kept]

    def warnings(self, obj: Obj, old: Obj | None) -> list[str]:
        """Warn of the name of a new object, and of a new template."""
        found = [] if old or not self.warns_of_names else list(name_warnings(obj))
        if old is None or old["metadata"].get("generation") != obj["metadata"].get("generation"):
            found += spec_warnings(obj["spec"].get("template") or {}, "spec.template.")
        return found


class ReplicationControllers(Templated):
    """The rules of ReplicationControllers."""

    check = staticmethod(checks.replication_controller)
    first_status: Mapping[str, Any] = {"replicas": 0}
    defaults: ClassVar[dict[str, Any]] = {"replicas": 1}

    def default(self, obj: Obj) -> None:
        """Take selector and labels from the template, where there is one."""
        spec = obj.setdefault("spec", {})
        spec.setdefault("replicas", 1)
        if "template" not in spec:
            return
        super().default(obj)
        labels = spec["template"]["metadata"].get("labels")
        if labels:
            for part, key in ((obj["spec"], "selector"), (obj["metadata"], "labels")):
                part[key] = part.get(key) or dict(labels)


class ReplicaSets(Templated):
    """The rules of ReplicaSets."""

    check = staticmethod(checks.replica_set)
    struct = f"{_APPS}.ReplicaSetSpec"
    immutable = ("selector",)
    first_status: Mapping[str, Any] = {"replicas": 0}
    defaults: ClassVar[dict[str, Any]] = {"replicas": 1}


class Deployments(Templated):
    """The rules of Deployments."""

    check = staticmethod(checks.deployment)
    struct = f"{_APPS}.DeploymentSpec"
    immutable = ("selector",)
    defaults: ClassVar[dict[str, Any]] = {"replicas": 1, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600}

    def default(self, obj: Obj) -> None:
        """Fill in the strategy, too."""
        super().default(obj)
        strategy = obj["spec"].setdefault("strategy", {})
        _rolling(strategy, {"maxUnavailable": "25%", "maxSurge": "25%"})

    def prepare_update(self, new: Obj, old: Obj) -> None:
        """Count changes of the annotations, too."""
        super().prepare_update(new, old)
        same = (new["metadata"].get("annotations") or {}) == (old["metadata"].get("annotations") or {})
        if not same and new["metadata"]["generation"] == old["metadata"].get("generation"):
            new["metadata"]["generation"] += 1

    def prepare_status(self, new: Obj, old: Obj) -> None:
        """Let the annotations change with the status: the controller writes the revision so."""
        annotations = new["metadata"].get("annotations")
        super().prepare_status(new, old)
        if annotations is not None:
            new["metadata"]["annotations"] = annotations


class DaemonSets(Templated):
    """The rules of DaemonSets."""

    check = staticmethod(checks.daemon_set)
    struct = f"{_APPS}.DaemonSetSpec"
    immutable = ("selector",)
    warns_of_names = False
    first_status: Mapping[str, Any] = dict.fromkeys(
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


class StatefulSets(Templated):
    """The rules of StatefulSets."""

    check = staticmethod(checks.stateful_set)
    struct = f"{_APPS}.StatefulSetSpec"
    immutable = ("selector", "serviceName", "podManagementPolicy", "volumeClaimTemplates")
    warns_of_names = False
    first_status: Mapping[str, Any] = {"replicas": 0, "availableReplicas": 0}
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

    def name_faults(self, name: str) -> list[str]:
        """Return what is wrong with a name: it becomes part of a host name."""
        return name_faults(name, label=True)

    def warnings(self, obj: Obj, old: Obj | None) -> list[str]:
        """Warn of a history without end, too."""
        found = super().warnings(obj, old)
        if obj["spec"].get("revisionHistoryLimit", 0) < 0:
            why = "a negative value retains all historical revisions; a value >= 0 is recommended"
            found.append(f"spec.revisionHistoryLimit: {why}")
        return found


def controller_revision(obj: Obj) -> Causes:
    """Check a ControllerRevision."""
    if obj.get("data") is None:
        yield required("data", "data is mandatory")
    elif not isinstance(obj["data"], dict):
        yield required("data", "data must be a valid JSON object")
    if obj.get("revision", 0) < 0:
        yield invalid("revision", obj["revision"], "must be greater than or equal to 0")


def revision_change(new: Obj, old: Obj) -> Causes:
    """Check that the data of a ControllerRevision stay as they are."""
    yield from unchanged(new, old, "", f"{_APPS}.ControllerRevision", "data")


class PodTemplates(Strategy):
    """The rules of PodTemplates."""

    has_status = False

    def default(self, obj: Obj) -> None:
        """Fill in the template."""
        default_template(obj.setdefault("template", {}))

    def validate(self, obj: Obj) -> list[Cause]:
        """Check the template."""
        return list(pod_template(obj["template"], "template"))

    def warnings(self, obj: Obj, old: Obj | None) -> list[str]:
        """Warn of the template."""
        del old
        return list(spec_warnings(obj["template"], "template."))


def _rolling(strategy: Obj, defaults: dict[str, Any]) -> None:
    fill(strategy, {"type": "RollingUpdate"})
    if strategy["type"] == "RollingUpdate":
        parameters = strategy.setdefault("rollingUpdate", {})
        for key, value in defaults.items():
            parameters.setdefault(key, value)


def _annotate(obj: Obj, generation: int) -> None:
    meta = obj["metadata"]
    meta["annotations"] = {**(meta.get("annotations") or {}), GENERATION: str(generation)}
