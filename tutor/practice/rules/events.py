"""Events and Leases.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/validation/events.go
"""

from __future__ import annotations

from tutor.practice.api.causes import invalid
from tutor.practice.api.errors import Obj
from tutor.practice.rules.checks import Causes, at_least


def event(obj: Obj) -> Causes:
    """Check that an Event is in the namespace of what it is about."""
    about, own = (obj.get("involvedObject") or {}).get("namespace") or "", obj["metadata"]["namespace"]
    if about != own and (about or own != "default"):
        yield invalid("involvedObject.namespace", about, "does not match event.namespace")


def lease(obj: Obj) -> Causes:
    """Check the numbers of a Lease."""
    seconds = obj["spec"].get("leaseDurationSeconds")
    if seconds is not None and seconds <= 0:
        yield invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0")
    yield from at_least(obj["spec"], "spec", "leaseTransitions")
