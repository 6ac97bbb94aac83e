"""NetworkPolicies, Ingresses and their classes, addresses.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/networking/v1/defaults.go
"""

from __future__ import annotations

from tutor.practice.api.errors import Obj
from tutor.practice.api.strategy import Strategy
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


class Ingresses(Strategy):
    """The rules of Ingresses."""

    first_status = {"loadBalancer": {}}


class IngressClasses(Strategy):
    """The rules of IngressClasses."""

    has_status = False

    def default(self, obj: Obj) -> None:
        """Fill in where the parameters are."""
        if parameters := (obj.get("spec") or {}).get("parameters"):
            fill(parameters, {"scope": "Cluster"})
