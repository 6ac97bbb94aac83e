"""NetworkPolicies, Ingresses and their classes.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/networking/validation/validation.go
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from tutor.practice.api.causes import forbidden, invalid, not_supported, required
from tutor.practice.api.errors import Obj
from tutor.practice.api.meta import SUBDOMAIN, name_faults
from tutor.practice.rules.addresses import cidr
from tutor.practice.rules.checks import (
    Causes,
    dns_name,
    faults,
    items,
    label_selector,
    needed,
    one_of,
    port,
    port_name_faults,
)
from tutor.practice.rules.plain import fill

_PROTOCOLS, _DIRECTIONS = ("TCP", "UDP", "SCTP"), ("Ingress", "Egress")
_PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")
OLD_CLASS = "kubernetes.io/ingress.class"
_WILDCARD_TEXT = (
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of "
    "lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', "
    r"regex used for validation is '\*\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
_NOT_IN_PATHS = ("//", "/./", "/../", "%2f", "%2F")
_NOT_AT_END = ("/..", "/.")


def default_policy(obj: Obj) -> None:
    """Fill in the ports' protocols of a NetworkPolicy, and which directions it is about."""
    spec = obj["spec"]
    for rule in (*(spec.get("ingress") or []), *(spec.get("egress") or [])):
        for each in rule.get("ports") or []:
            fill(each, {"protocol": "TCP"})
    fill(spec, {"policyTypes": ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]})


def policy(obj: Obj) -> Causes:
    """Check a NetworkPolicy."""
    spec = obj["spec"]
    yield from label_selector(spec.get("podSelector") or {}, "spec.podSelector")
    for side, peers in (("ingress", "from"), ("egress", "to")):
        for index, rule in enumerate(spec.get(side) or []):
            at = f"spec.{side}[{index}]"
            for number, each in enumerate(rule.get("ports") or []):
                yield from _policy_port(each, f"{at}.ports[{number}]")
            for number, each in enumerate(rule.get(peers) or []):
                yield from _peer(each, f"{at}.{peers}[{number}]")
    types = spec["policyTypes"]
    if len(types) > len(_DIRECTIONS):
        yield invalid("spec.policyTypes", types, "may not specify more than two policyTypes")
        return
    for index, each in enumerate(types):
        if each not in _DIRECTIONS:
            yield not_supported(f"spec.policyTypes[{index}]", each, _DIRECTIONS)


def ingress(obj: Obj) -> Causes:
    """Check an Ingress."""
    spec = obj.get("spec") or {}
    if not spec.get("rules") and spec.get("defaultBackend") is None:
        yield invalid("spec", None, "either `defaultBackend` or `rules` must be specified")
    if spec.get("defaultBackend") is not None:
        yield from _backend(spec["defaultBackend"], "spec.defaultBackend")
    for at, rule in items(spec, "spec", "rules"):
        if rule.get("host"):
            yield from _host(rule["host"], f"{at}.host")
        if rule.get("http") is not None:
            yield from _paths(rule["http"].get("paths") or [], f"{at}.http.paths")
    for at, tls in items(spec, "spec", "tls"):
        for number, host in enumerate(tls.get("hosts") or []):
            yield from _domain(host, f"{at}.hosts[{number}]")
        yield from dns_name(tls, at, "secretName")
    yield from dns_name(spec, "spec", "ingressClassName")
    old = (obj["metadata"].get("annotations") or {}).get(OLD_CLASS)
    if old and spec.get("ingressClassName") and old != spec["ingressClassName"]:
        yield invalid(f"annotations.{OLD_CLASS}", old, "must match `ingressClassName` when both are specified")


def ingress_warnings(obj: Obj, old: Obj | None) -> Iterator[str]:
    """Tell of the annotation that a field took the place of."""
    if old is None and OLD_CLASS in (obj["metadata"].get("annotations") or {}):
        yield f"annotation \"{OLD_CLASS}\" is deprecated, please use 'spec.ingressClassName' instead"


def ingress_class_change(new: Obj, old: Obj) -> Causes:
    """Check that the controller of an IngressClass stays."""
    controller = (new.get("spec") or {}).get("controller") or ""
    if controller != (old.get("spec") or {}).get("controller"):
        yield invalid("spec.controller", controller, "field is immutable")


def default_class(obj: Obj) -> None:
    """Fill in where the parameters of an IngressClass are."""
    if parameters := (obj.get("spec") or {}).get("parameters"):
        fill(parameters, {"scope": "Cluster"})


def ingress_class(obj: Obj) -> Causes:
    """Check an IngressClass."""
    spec = obj.get("spec") or {}
    controller = spec.get("controller") or ""
    domain, slash, path = controller.partition("/")
    if not controller:
        yield required("spec.controller")
    elif not slash or not path or name_faults(domain):
        yield invalid("spec.controller", controller, 'must be a domain-prefixed path (such as "acme.io/foo")')
    parameters = spec.get("parameters")
    if parameters is None:
        return
    yield from needed(parameters, "spec.parameters", "kind", "name")
    yield from one_of(parameters, "spec.parameters", "scope", ("Cluster", "Namespace"))
    if parameters["scope"] == "Namespace" and not parameters.get("namespace"):
        yield required("spec.parameters.namespace", "`parameters.scope` is set to 'Namespace'")
    elif parameters["scope"] == "Cluster" and parameters.get("namespace"):
        yield forbidden("spec.parameters.namespace", "`parameters.scope` is set to 'Cluster'")


def _policy_port(each: Obj, at: str) -> Causes:
    yield from one_of(each, at, "protocol", _PROTOCOLS)
    number, end = each.get("port"), each.get("endPort")
    if number is not None:
        yield from port(f"{at}.port", number)
    if end is None:
        return
    if number is None:
        yield invalid(f"{at}.endPort", end, "may not be specified when `port` is not specified")
    elif isinstance(number, str):
        yield invalid(f"{at}.endPort", end, "may not be specified when `port` is non-numeric")
    else:
        if end < number:
            yield invalid(f"{at}.endPort", end, "must be greater than or equal to `port`")
        if not 1 <= end <= 65535:
            yield invalid(f"{at}.endPort", end, "must be between 1 and 65535, inclusive")


def _peer(peer: Obj, at: str) -> Causes:
    selectors = [key for key in ("podSelector", "namespaceSelector") if peer.get(key) is not None]
    for key in selectors:
        yield from label_selector(peer[key], f"{at}.{key}")
    block = peer.get("ipBlock")
    if block is not None:
        yield from _block(block, f"{at}.ipBlock")
        if selectors:
            yield forbidden(at, "may not specify both ipBlock and another peer")
    elif not selectors:
        yield required(at, "must specify a peer")


def _block(block: Obj, at: str) -> Causes:
    if not block.get("cidr"):
        yield required(f"{at}.cidr")
        return
    wrong = list(cidr(f"{at}.cidr", block["cidr"]))
    yield from wrong
    for path, each in items(block, at, "except"):
        faulty = list(cidr(path, each))
        yield from faulty
        if not wrong and not faulty:
            outer, inner = (ipaddress.ip_network(text, strict=False) for text in (block["cidr"], each))
            inside = outer.version == inner.version and inner.network_address in outer
            if not inside or inner.prefixlen <= outer.prefixlen:
                yield invalid(path, each, "must be a strict subset of `cidr`")


def _host(host: str, at: str) -> Causes:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        yield from _domain(host, at)
    else:
        yield invalid(at, host, "must be a DNS name, not an IP address")


def _domain(host: str, at: str) -> Causes:
    if "*" not in host:
        yield from faults(at, host, name_faults(host))
    elif not host.startswith("*.") or not SUBDOMAIN.fullmatch(host[2:]):
        yield invalid(at, host, _WILDCARD_TEXT)


def _paths(paths: list[Obj], at: str) -> Causes:
    if not paths:
        yield required(at)
    for index, each in enumerate(paths):
        path, kind = f"{at}[{index}]", each.get("pathType")
        if kind is None:
            yield required(f"{path}.pathType", "pathType must be specified")
        elif kind not in _PATH_TYPES:
            yield not_supported(f"{path}.pathType", kind, _PATH_TYPES)
        else:
            yield from _path(each.get("path") or "", f"{path}.path", exact=kind != "ImplementationSpecific")
        yield from _backend(each.get("backend") or {}, f"{path}.backend")


def _path(value: str, at: str, *, exact: bool) -> Causes:
    if not value.startswith("/") and (exact or value):
        yield invalid(at, value, "must be an absolute path")
    elif exact:
        for each in _NOT_IN_PATHS:
            if each in value:
                yield invalid(at, value, f"must not contain '{each}'")
        for each in _NOT_AT_END:
            if value.endswith(each):
                yield invalid(at, value, f"cannot end with '{each}'")


def _backend(backend: Obj, at: str) -> Causes:
    service = backend.get("service")
    if backend.get("resource") is not None and service is not None:
        yield invalid(at, "", "cannot set both resource and service backends")
    elif backend.get("resource") is not None:
        yield from needed(backend["resource"], f"{at}.resource", "kind", "name")
    elif service is None:
        yield invalid(at, "", "resource or service backend is required")
    else:
        name, target = service.get("name") or "", service.get("port") or {}
        if name:
            yield from faults(f"{at}.service.name", name, name_faults(name, label=True))
        else:
            yield required(f"{at}.service.name")
        if target.get("name") and target.get("number"):
            yield invalid(at, "", "cannot set both port name & port number")
        elif target.get("name"):
            yield from faults(f"{at}.service.port.name", target["name"], port_name_faults(target["name"]))
        elif target.get("number"):
            yield from port(f"{at}.service.port.number", target["number"])
        else:
            yield required(at, "port name or number is required")
