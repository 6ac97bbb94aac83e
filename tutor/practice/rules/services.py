"""Services: their defaults, and what follows from their type.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/registry/core/service/strategy.go
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tutor.practice.api.errors import Cause, Obj
from tutor.practice.api.meta import name_faults
from tutor.practice.api.store import Store
from tutor.practice.api.strategy import Strategy
from tutor.practice.rules import service_checks as checks
from tutor.practice.rules.addresses import Addresses
from tutor.practice.rules.plain import fill
from tutor.practice.rules.service_checks import WITH_ADDRESS

STICKY_SECONDS = 10800


class Services(Strategy):
    """The rules of Services."""

    first_status: Mapping[str, Any] = {"loadBalancer": {}}
    counts_generations = False
    may_create_on_update = True

    def name_faults(self, name: str) -> list[str]:
        """A name is a label."""
        return name_faults(name, label=True)

    def default(self, obj: Obj) -> None:
        """Fill in type, affinity, policies and ports."""
        spec = obj.setdefault("spec", {})
        fill(spec, {"type": "ClusterIP", "sessionAffinity": "None"})
        if spec["sessionAffinity"] == "None":
            spec.pop("sessionAffinityConfig", None)
        elif spec["sessionAffinity"] == "ClientIP":
            sticky = spec.setdefault("sessionAffinityConfig", {}).setdefault("clientIP", {})
            sticky.setdefault("timeoutSeconds", STICKY_SECONDS)
        for port in spec.get("ports") or []:
            fill(port, {"protocol": "TCP", "targetPort": port.get("port", 0)})
            if not port.get("nodePort"):
                port.pop("nodePort", None)
        if faces_outwards(spec):
            fill(spec, {"externalTrafficPolicy": "Cluster"})
        if spec["type"] in WITH_ADDRESS:
            fill(spec, {"internalTrafficPolicy": "Cluster"})
        if spec["type"] == "LoadBalancer":
            spec.setdefault("allocateLoadBalancerNodePorts", True)
            for each in ((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []:
                if each.get("ip"):
                    each.setdefault("ipMode", "VIP")

    def allocate(self, store: Store, new: Obj, old: Obj | None, *, dry_run: bool = False) -> list[Cause]:
        """Take addresses and node ports, or keep those that it has."""
        spec, before = new["spec"], old["spec"] if old else None
        if before:
            _keep_allocated(spec, before)
        _follow(spec, before)
        if before:
            _drop(spec, before)
        return Addresses(store, new, dry_run=dry_run).take(before)

    def prepare_update(self, new: Obj, old: Obj) -> None:
        """Forget the load balancer with the type."""
        super().prepare_update(new, old)
        if old["spec"]["type"] == "LoadBalancer" != new["spec"]["type"]:
            new["status"] = {**new.get("status", {}), "loadBalancer": {}}

    def validate(self, obj: Obj) -> list[Cause]:
        """Check the spec."""
        return list(checks.service(obj["spec"]))

    def validate_update(self, new: Obj, old: Obj) -> list[Cause]:
        """Check the spec, and that the address stays."""
        return [*checks.service_change(new["spec"], old["spec"]), *checks.service(new["spec"])]

    def validate_status(self, new: Obj, old: Obj) -> list[Cause]:
        """Check where a load balancer listens."""
        del old
        return list(checks.service_status(new))

    def warnings(self, obj: Obj, old: Obj | None) -> list[str]:
        """Tell of what has no effect, and of what is deprecated."""
        del old
        return list(checks.service_warnings(obj["spec"]))


def faces_outwards(spec: Obj) -> bool:
    """Tell whether clients outside of the cluster may reach the Service."""
    return spec["type"] in ("NodePort", "LoadBalancer") or bool(spec["type"] == "ClusterIP" and spec.get("externalIPs"))


def has_address(spec: Obj) -> bool:
    """Tell whether the type is one with an address of the cluster's."""
    return spec["type"] in WITH_ADDRESS


def has_node_ports(spec: Obj) -> bool:
    """Tell whether every port has one on the nodes."""
    kind = spec["type"]
    return bool(kind == "NodePort" or (kind == "LoadBalancer" and spec.get("allocateLoadBalancerNodePorts", True)))


def checks_health(spec: Obj) -> bool:
    """Tell whether load balancers ask the nodes at a port for the Service's health."""
    return bool(spec["type"] == "LoadBalancer" and spec.get("externalTrafficPolicy") == "Local")


def _keep_allocated(spec: Obj, before: Obj) -> None:
    """Fill in what was allocated before and the update leaves out."""
    if has_address(spec) and has_address(before):
        fill(spec, {"clusterIP": before.get("clusterIP", "")})
        if not spec.get("clusterIPs") and spec["clusterIP"] == before.get("clusterIP"):
            spec["clusterIPs"] = list(before.get("clusterIPs") or [])
    if has_node_ports(spec) and has_node_ports(before):
        known = {_key(port): port["nodePort"] for port in before.get("ports") or [] if port.get("nodePort")}
        used = {port.get("nodePort") for port in spec.get("ports") or []}
        for port in spec.get("ports") or []:
            if not port.get("nodePort") and known.get(_key(port), 0) not in {0, *used}:
                port["nodePort"] = known[_key(port)]
    if checks_health(spec) and checks_health(before):
        fill(spec, {"healthCheckNodePort": before.get("healthCheckNodePort", 0)})


def _key(port: Obj) -> tuple[str, int]:
    return port.get("protocol", "TCP"), port.get("port", 0)


def _follow(spec: Obj, before: Obj | None) -> None:
    """Let `clusterIP` and `clusterIPs` follow each other."""
    one, many = spec.get("clusterIP") or "", spec.get("clusterIPs") or []
    if before is None:
        if one and not many:
            spec["clusterIPs"] = [one]
        return
    changed = one != (before.get("clusterIP") or "")
    if changed and many == (before.get("clusterIPs") or []):
        spec["clusterIPs"] = [one, *many[1:]] if one else []
    elif not changed and not many:
        spec["clusterIP"] = ""


_DROPPED: tuple[tuple[Callable[[Obj], bool], tuple[str, ...]], ...] = (
    (has_address, ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy")),
    (checks_health, ("healthCheckNodePort",)),
    (lambda spec: spec["type"] == "LoadBalancer", ("allocateLoadBalancerNodePorts", "loadBalancerClass")),
    (faces_outwards, ("externalTrafficPolicy",)),
)


def _drop(spec: Obj, before: Obj) -> None:
    """Take away what the new type does not have and the update only carries along."""
    if has_node_ports(before) and not has_node_ports(spec):
        had = {port.get("nodePort") for port in before.get("ports") or []}
        for port in spec.get("ports") or []:
            if port.get("nodePort") in had:
                port.pop("nodePort", None)
    for applies, keys in _DROPPED:
        if applies(before) and not applies(spec):
            for key in keys:
                if spec.get(key) == before.get(key):
                    spec.pop(key, None)
