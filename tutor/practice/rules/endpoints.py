"""Endpoints and EndpointSlices.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/discovery/v1/defaults.go
"""

from __future__ import annotations

from tutor.practice.api.errors import Obj
from tutor.practice.api.strategy import Strategy
from tutor.practice.rules.pod_defaults import fill


class Endpoints(Strategy):
    """The rules of Endpoints."""

    has_status = False
    counts_generations = False
    may_create_on_update = True

    def default(self, obj: Obj) -> None:
        """Fill in the ports' protocols."""
        for subset in obj.get("subsets") or []:
            for port in subset.get("ports") or []:
                fill(port, {"protocol": "TCP"})


class EndpointSlices(Strategy):
    """The rules of EndpointSlices."""

    has_status = False

    def default(self, obj: Obj) -> None:
        """Fill in the ports' names and protocols."""
        for port in obj.get("ports") or []:
            port.setdefault("name", "")
            port.setdefault("protocol", "TCP")
        obj.setdefault("endpoints", None)
        for endpoint in obj["endpoints"] or []:
            endpoint.setdefault("conditions", {})
