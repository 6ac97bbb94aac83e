"""NetworkPolicies, Ingresses and their classes.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/networking/v1/defaults.go
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tutor.practice.api.causes import invalid
from tutor.practice.api.errors import Cause, Obj
from tutor.practice.api.strategy import Strategy
from tutor.practice.rules import network_checks as checks
from tutor.practice.rules.pod_defaults import fill


class NetworkPolicies(Strategy):
    """The rules of NetworkPolicies."""

    has_status = False

    def default(self, obj: Obj) -> None:
        """Fill in the ports' protocols and which directions the policy is about."""
        spec = obj.setdefault("spec", {})
        spec.setdefault("podSelector", {})
        for rule in (*(spec.get("ingress") or []), *(spec.get("egress") or [])):
            for port in rule.get("ports") or []:
                fill(port, {"protocol": "TCP"})
        fill(spec, {"policyTypes": ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]})

    def validate(self, obj: Obj) -> list[Cause]:
        """Check selectors, ports and peers."""
        return list(checks.policy(obj["spec"]))


class Ingresses(Strategy):
    """The rules of Ingresses."""

    first_status: Mapping[str, Any] = {"loadBalancer": {}}

    def validate(self, obj: Obj) -> list[Cause]:
        """Check hosts, paths and backends."""
        return list(checks.ingress(obj))

    def warnings(self, obj: Obj, old: Obj | None) -> list[str]:
        """Tell of the annotation that a field took the place of."""
        if old is not None or checks.OLD_CLASS not in (obj["metadata"].get("annotations") or {}):
            return []
        return [f"annotation \"{checks.OLD_CLASS}\" is deprecated, please use 'spec.ingressClassName' instead"]


class IngressClasses(Strategy):
    """The rules of IngressClasses."""

    has_status = False

    def default(self, obj: Obj) -> None:
        """Fill in where the parameters are."""
        if parameters := (obj.get("spec") or {}).get("parameters"):
            fill(parameters, {"scope": "Cluster"})

    def validate(self, obj: Obj) -> list[Cause]:
        """Check the controller and the parameters."""
        return list(checks.ingress_class(obj.get("spec") or {}))

    def validate_update(self, new: Obj, old: Obj) -> list[Cause]:
        """Check that the controller stays."""
        found = self.validate(new)
        controller = (new.get("spec") or {}).get("controller") or ""
        if controller != (old.get("spec") or {}).get("controller"):
            found.append(invalid("spec.controller", controller, "field is immutable"))
        return found
