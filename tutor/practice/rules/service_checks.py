"""What is refused of Services.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/validation/validation.go
"""

from __future__ import annotations

from collections.abc import Iterator

from tutor.practice.api.causes import duplicate, forbidden, invalid, not_supported, required
from tutor.practice.api.errors import Cause, Obj
from tutor.practice.api.meta import name_faults, qualified_faults, validate_labels
from tutor.practice.rules.addresses import cidr, special_address
from tutor.practice.rules.checks import (
    Causes,
    between,
    dns_name,
    faults,
    ip_address,
    items,
    one_of,
    port_name_faults,
    struct_text,
)

_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
WITH_ADDRESS = ("ClusterIP", "NodePort", "LoadBalancer")
"""Types with an address of the cluster's."""
_PROTOCOLS = ("SCTP", "TCP", "UDP")
SERVICE_PORT = "io.k8s.api.core.v1.ServicePort"


def service(spec: Obj) -> Causes:
    """Check the spec of a Service."""
    kind, ports, headless = spec["type"], spec.get("ports") or [], spec.get("clusterIP") == "None"
    if not ports and not headless and kind != "ExternalName":
        yield required("spec.ports")
    yield from _by_type(spec, kind, headless=headless)
    names: set[str] = set()
    for index, port in enumerate(ports):
        yield from _port(port, f"spec.ports[{index}]", names, several=len(ports) > 1)
    yield from validate_labels(spec.get("selector") or {}, "spec.selector")
    yield from one_of(spec, "spec", "sessionAffinity", ("ClientIP", "None"))
    sticky = ((spec.get("sessionAffinityConfig") or {}).get("clientIP") or {}).get("timeoutSeconds")
    if spec["sessionAffinity"] == "ClientIP" and not 0 < (sticky or 0) <= 86400:
        at = "spec.sessionAffinityConfig.clientIP.timeoutSeconds"
        yield invalid(at, sticky, "must be greater than 0 and less than 86400")
    yield from _addresses(spec, kind)
    for at, address in items(spec, "spec", "externalIPs"):
        yield from ip_address(at, address)
        yield from special_address(at, address)
    yield from one_of(spec, "spec", "type", _TYPES)
    yield from _pairs(ports, kind)
    yield from _outside(spec, kind)


def service_change(new: Obj, old: Obj) -> Causes:
    """Check that a Service keeps the address that it has."""
    both = all(each["type"] in WITH_ADDRESS for each in (new, old))
    had, has = old.get("clusterIPs") or [], new.get("clusterIPs") or []
    if both and had and has[:1] != had[:1]:
        yield invalid("spec.clusterIPs[0]", has, "may not change once set")


def service_status(obj: Obj) -> Causes:
    """Check the status of a Service: where a load balancer listens."""
    at = "status.loadBalancer.ingress"
    ingress = ((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
    if ingress and obj["spec"]["type"] != "LoadBalancer":
        yield forbidden(at, "may only be used when `spec.type` is 'LoadBalancer'")
        return
    for index, each in enumerate(ingress):
        if each.get("ip"):
            yield from ip_address(f"{at}[{index}].ip", each["ip"])
        yield from dns_name(each, f"{at}[{index}]", "hostname")


def service_warnings(spec: Obj) -> Iterator[str]:
    """Return what kubectl prints of a Service that is stored all the same."""
    if spec.get("clusterIP") == "None":
        for key in ("loadBalancerIP", "externalIPs"):
            if spec.get(key):
                yield f"spec.{key} is ignored for headless services"
        if spec["sessionAffinity"] != "None":
            yield "spec.SessionAffinity is ignored for headless services"
    elif spec.get("externalIPs") and spec["type"] != "ExternalName":
        yield "spec.externalIPs is deprecated and may no longer be implemented in some clusters"
    if spec["type"] == "ExternalName" and spec.get("externalIPs"):
        yield 'spec.externalIPs is ignored when spec.type is "ExternalName"'
    if spec["type"] != "ExternalName" and spec.get("externalName"):
        yield 'spec.externalName is ignored when spec.type is not "ExternalName"'
    if spec.get("trafficDistribution") == "PreferClose":
        yield 'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"'


def _by_type(spec: Obj, kind: str, *, headless: bool) -> Causes:
    if kind in ("LoadBalancer", "NodePort") and headless:
        yield invalid("spec.clusterIPs[0]", "None", f"may not be set to 'None' for {kind} services")
    if kind == "ExternalName":
        for key in ("clusterIPs", "ipFamilies", "ipFamilyPolicy"):
            if spec.get(key):
                yield forbidden(f"spec.{key}", "may not be set for ExternalName services")
        name = (spec.get("externalName") or "").removesuffix(".")
        if name:
            yield from faults("spec.externalName", name, name_faults(name))
        else:
            yield required("spec.externalName")


def _port(port: Obj, path: str, names: set[str], *, several: bool) -> Causes:
    name = port.get("name") or ""
    if several and not name:
        yield required(f"{path}.name")
    elif name:
        yield from faults(f"{path}.name", name, name_faults(name, label=True))
        if name in names:
            yield duplicate(f"{path}.name", name)
        names.add(name)
    yield from between(port, path, "port", low=1, high=65535)
    yield from one_of(port, path, "protocol", _PROTOCOLS)
    target = port.get("targetPort")
    if isinstance(target, str):
        yield from faults(f"{path}.targetPort", target, port_name_faults(target))
    elif not 1 <= (target or 0) <= 65535:
        yield invalid(f"{path}.targetPort", target, "must be between 1 and 65535, inclusive")
    if protocol := port.get("appProtocol"):
        yield from faults(f"{path}.appProtocol", protocol, qualified_faults(protocol))


def _addresses(spec: Obj, kind: str) -> Causes:
    if kind == "ExternalName":
        return
    for at, each in items(spec, "spec", "clusterIPs"):
        if each != "None":
            yield from ip_address(at, each)
    yield from one_of(spec, "spec", "ipFamilyPolicy", ("PreferDualStack", "RequireDualStack", "SingleStack"))


def _pairs(ports: list[Obj], kind: str) -> Causes:
    """Check that no two ports are the same."""
    if kind == "ClusterIP":
        for index, port in enumerate(ports):
            if port.get("nodePort"):
                yield forbidden(f"spec.ports[{index}].nodePort", "may not be used when `type` is 'ClusterIP'")
    for key in ("nodePort", "port"):
        seen = set()
        for index, port in enumerate(ports):
            pair = (port.get("protocol"), port.get(key))
            if pair[1] and pair in seen:
                at = f"spec.ports[{index}]"
                if key == "nodePort":
                    yield duplicate(f"{at}.nodePort", pair[1])
                else:
                    text = struct_text({"protocol": pair[0], "port": pair[1], "targetPort": 0}, SERVICE_PORT)
                    yield Cause(at, "FieldValueDuplicate", f"Duplicate value: {text}")
            seen.add(pair)


def _outside(spec: Obj, kind: str) -> Causes:
    only = "may only be used when `type` is 'LoadBalancer'"
    if kind == "LoadBalancer":
        for index, each in enumerate(spec.get("loadBalancerSourceRanges") or []):
            yield from cidr(f"spec.LoadBalancerSourceRanges[{index}]", each.strip())
        if spec.get("loadBalancerClass"):
            name = spec["loadBalancerClass"]
            yield from faults("spec.loadBalancerClass", name, qualified_faults(name))
    else:
        if spec.get("loadBalancerSourceRanges"):
            yield forbidden("spec.LoadBalancerSourceRanges", only)
        for key in ("allocateLoadBalancerNodePorts", "loadBalancerClass"):
            if spec.get(key) is not None:
                yield forbidden(f"spec.{key}", only)
    policy = spec.get("externalTrafficPolicy")
    outwards = kind in ("NodePort", "LoadBalancer") or (kind == "ClusterIP" and spec.get("externalIPs"))
    if policy and not outwards:
        yield invalid("spec.externalTrafficPolicy", policy, "may only be set for externally-accessible services")
    elif outwards and policy not in ("Cluster", "Local"):
        yield not_supported("spec.externalTrafficPolicy", policy, ("Cluster", "Local"))
    yield from one_of(spec, "spec", "internalTrafficPolicy", ("Cluster", "Local"))
    if spec.get("healthCheckNodePort") and not (kind == "LoadBalancer" and policy == "Local"):
        text = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
        yield invalid("spec.healthCheckNodePort", spec["healthCheckNodePort"], text)
    yield from one_of(spec, "spec", "trafficDistribution", ("PreferClose", "PreferSameZone", "PreferSameNode"))
