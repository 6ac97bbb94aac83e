"""Pods: their first state, their quality of service, their generation."""

from __future__ import annotations

from tutor.practice.api.causes import forbidden
from tutor.practice.api.errors import Cause, Obj
from tutor.practice.api.strategy import Strategy
from tutor.practice.rules.pod_defaults import default_pod
from tutor.practice.rules.pod_spec import pod_spec
from tutor.practice.rules.pod_updates import pod_update
from tutor.practice.rules.pod_warnings import name_warnings, spec_warnings
from tutor.practice.rules.quantities import number

_QOS = ("cpu", "memory")
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
        """Check a Pod: its spec, and in a new one (it has no revision) what only comes later."""
        spec = obj["spec"]
        found = list(pod_spec(spec, "spec"))
        if obj["metadata"].get("resourceVersion"):
            return found
        if spec.get("ephemeralContainers"):
            found.append(forbidden("spec.ephemeralContainers", "cannot be set on create"))
        if spec.get("nodeName") and spec.get("schedulingGates"):
            found.append(forbidden("spec.nodeName", "cannot be set until all schedulingGates have been cleared"))
        return found

    def validate_update(self, new: Obj, old: Obj) -> list[Cause]:
        """Check the new spec, and that little of it is new."""
        return [*pod_spec(new["spec"], "spec"), *pod_update(new["spec"], old["spec"])]

    def warnings(self, obj: Obj, old: Obj | None) -> list[str]:
        """Warn of the name and the spec of a new Pod."""
        return [] if old else [*name_warnings(obj, "in the Pod's hostname"), *spec_warnings(obj)]

    def prepare_status(self, new: Obj, old: Obj) -> None:
        """Keep the quality of service, besides all that is not status."""
        super().prepare_status(new, old)
        status = new.setdefault("status", {})
        if not status.get("qosClass"):
            status["qosClass"] = (old.get("status") or {}).get("qosClass") or qos_class(new["spec"])


def qos_class(spec: Obj) -> str:
    """Return `Guaranteed`, `Burstable` or `BestEffort`.

    https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/v1/helper/qos/qos.go
    """
    owners = [*(spec.get("containers") or []), *(spec.get("initContainers") or [])]
    if any((spec.get("resources") or {}).get(side) for side in ("requests", "limits")):
        owners = [spec]
    sums: dict[str, dict[str, object]] = {"requests": {}, "limits": {}}
    guaranteed = True
    for owner in owners:
        resources = owner.get("resources") or {}
        for side, total in sums.items():
            amounts = resources.get(side) or {}
            found = {key: number(amounts[key]) for key in _QOS if key in amounts and number(amounts[key]) > 0}
            for key, amount in found.items():
                total[key] = amount + total.get(key, 0)  # type: ignore[operator]
            if side == "limits" and len(found) < len(_QOS):
                guaranteed = False
    if not sums["requests"] and not sums["limits"]:
        return "BestEffort"
    return "Guaranteed" if guaranteed and sums["requests"] == sums["limits"] else "Burstable"
