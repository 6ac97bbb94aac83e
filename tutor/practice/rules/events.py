"""Events and Leases.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/validation/events.go
"""

from __future__ import annotations

from tutor.practice.api.errors import Obj
from tutor.practice.api.strategy import Strategy


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


class Leases(Strategy):
    """The rules of Leases."""

    has_status = False
    counts_generations = False
    may_create_on_update = True
    may_update_unconditionally = False
