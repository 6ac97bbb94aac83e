"""Pods: their first state, their quality of service, their generation."""

from __future__ import annotations

from tutor.practice.api.causes import forbidden
from tutor.practice.api.errors import Cause, Obj
from tutor.practice.api.strategy import Strategy
from tutor.practice.rules.pod_defaults import default_pod
from tutor.practice.rules.pod_spec import pod_spec
from tutor.practice.rules.pod_updates import ephemeral_update, pod_update, resize
from tutor.practice.rules.pod_warnings import name_warnings, spec_warnings
from tutor.practice.rules.qos import qos_class

_GATED = {
    "type": "PodScheduled",
    "status": "False",
    "reason": "SchedulingGated",
    "message": "Scheduling is blocked due to non-empty scheduling gates",
}


class Pods(Strategy):
    """The rules of Pods."""

    def default(self, obj: Obj) -> None:
        """Fill in the spec."""
        default_pod(obj.setdefault("spec", {}))

    def prepare_create(self, obj: Obj) -> None:
        """Begin as Pending, with a quality of service."""
        super().prepare_create(obj)
        if obj["spec"].get("terminationGracePeriodSeconds", 0) < 0:
            obj["spec"]["terminationGracePeriodSeconds"] = 1
        obj["status"] = {"phase": "Pending", "qosClass": qos_class(obj["spec"])}
        if obj["spec"].get("schedulingGates"):
            times = {"lastProbeTime": None, "lastTransitionTime": obj["metadata"]["creationTimestamp"]}
            obj["status"]["conditions"] = [{**_GATED, **times}]

    def validate(self, obj: Obj) -> list[Cause]:
        """Check a new Pod: its spec, and what only comes later."""
        spec = obj["spec"]
        found = list(pod_spec(spec, "spec"))
        if spec.get("ephemeralContainers"):
            found.append(forbidden("spec.ephemeralContainers", "cannot be set on create"))
        if spec.get("nodeName") and spec.get("schedulingGates"):
            found.append(forbidden("spec.nodeName", "cannot be set until all schedulingGates have been cleared"))
        return found

    def validate_update(self, new: Obj, old: Obj) -> list[Cause]:
        """Check the new spec, and that little of it is new."""
        return [*pod_spec(new["spec"], "spec"), *pod_update(new["spec"], old["spec"])]

    def update_part(self, new: Obj, old: Obj, subresource: str) -> list[Cause]:
        """Check containers that are added for debugging, or a resize; both make a new generation."""
        checks = {"ephemeralcontainers": ephemeral_update, "resize": resize}
        found = list(pod_spec(new["spec"], "spec"))
        if subresource in checks:
            found += checks[subresource](new["spec"], old["spec"])
            self.prepare_update(new, old)
        return found

    def warnings(self, obj: Obj, old: Obj | None) -> list[str]:
        """Warn of the name and the spec of a new Pod."""
        return [] if old else [*name_warnings(obj, "in the Pod's hostname"), *spec_warnings(obj)]

    def prepare_status(self, new: Obj, old: Obj) -> None:
        """Keep the quality of service, besides all that is not status."""
        super().prepare_status(new, old)
        status = new.setdefault("status", {})
        if not status.get("qosClass"):
            status["qosClass"] = (old.get("status") or {}).get("qosClass") or qos_class(new["spec"])
