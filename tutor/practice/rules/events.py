"""Events and Leases.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/validation/events.go
"""

from __future__ import annotations

from tutor.practice.api.causes import invalid
from tutor.practice.api.errors import Cause, Obj
from tutor.practice.api.strategy import Strategy
from tutor.practice.rules.checks import at_least


class Events(Strategy):
    """The rules of Events."""

    has_status = False
    counts_generations = False
    may_create_on_update = True

    def default(self, obj: Obj) -> None:
        """Go writes these even where they are empty."""
        obj.setdefault("source", {})
        for key in ("firstTimestamp", "lastTimestamp", "eventTime"):
            obj.setdefault(key, None)
        for key in ("reportingComponent", "reportingInstance"):
            obj.setdefault(key, "")

    def name_faults(self, name: str) -> list[str]:
        """Any name will do."""
        del name
        return []

    def validate(self, obj: Obj) -> list[Cause]:
        """Check that the Event is in the namespace of what it is about."""
        about, own = (obj.get("involvedObject") or {}).get("namespace") or "", obj["metadata"]["namespace"]
        if about != own and (about or own != "default"):
            return [invalid("involvedObject.namespace", about, "does not match event.namespace")]
        return []


class Leases(Strategy):
    """The rules of Leases."""

    has_status = False
    counts_generations = False
    may_create_on_update = True
    may_update_unconditionally = False

    def default(self, obj: Obj) -> None:
        """Go writes the spec even where it is empty."""
        obj.setdefault("spec", {})

    def validate(self, obj: Obj) -> list[Cause]:
        """Check the numbers."""
        spec, found = obj["spec"], []
        seconds = spec.get("leaseDurationSeconds")
        if seconds is not None and seconds <= 0:
            found.append(invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0"))
        return [*found, *at_least(spec, "spec", "leaseTransitions")]
