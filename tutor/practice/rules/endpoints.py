"""Endpoints and EndpointSlices.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/discovery/v1/defaults.go
"""

from __future__ import annotations

from collections.abc import Iterator

from tutor.practice.api.causes import duplicate, invalid, not_supported, required
from tutor.practice.api.errors import Obj
from tutor.practice.api.meta import name_faults
from tutor.practice.rules.addresses import special_address
from tutor.practice.rules.checks import Causes, between, dns_name, faults, ip_address, one_of
from tutor.practice.rules.plain import fill

PROTOCOLS = ("SCTP", "TCP", "UDP")


def default_endpoints(obj: Obj) -> None:
    """Fill in the protocols of an Endpoints' ports."""
    for subset in obj.get("subsets") or []:
        for port in subset.get("ports") or []:
            fill(port, {"protocol": "TCP"})


def default_slice(obj: Obj) -> None:
    """Fill in the ports' names and protocols of an EndpointSlice."""
    for port in obj.get("ports") or []:
        fill(port, {"name": "", "protocol": "TCP"})
    for key in ("endpoints", "ports"):  # Go writes them even where there are none
        obj.setdefault(key, None)
    for endpoint in obj["endpoints"] or []:
        endpoint.setdefault("conditions", {})


def endpoints(obj: Obj) -> Causes:
    """Check the addresses and ports of an Endpoints."""
    for index, subset in enumerate(obj.get("subsets") or []):
        yield from _subset(subset, f"subsets[{index}]")


def slice_change(new: Obj, old: Obj) -> Causes:
    """Check that the type of an EndpointSlice stays."""
    if new.get("addressType") != old.get("addressType"):
        yield invalid("addressType", None, "field is immutable")


def slice_warnings(obj: Obj, old: Obj | None) -> Iterator[str]:
    """Tell of a type that nothing uses."""
    del old
    if obj.get("addressType") == "FQDN":
        yield "spec.addressType: FQDN endpoints are deprecated"


def _subset(subset: Obj, at: str) -> Causes:
    if not subset.get("addresses") and not subset.get("notReadyAddresses"):
        yield required(at, "must specify `addresses` or `notReadyAddresses`")
    for key in ("addresses", "notReadyAddresses"):
        for number, address in enumerate(subset.get(key) or []):
            path, ip = f"{at}.{key}[{number}]", address.get("ip") or ""
            if wrong := list(ip_address(f"{path}.ip", ip)):
                yield from [*wrong, invalid(f"{path}.ip", ip, "must be a valid IP address")]
            yield from special_address(f"{path}.ip", ip)
            yield from dns_name(address, path, "hostname", label=True)
    ports = subset.get("ports") or []
    for number, port in enumerate(ports):
        path = f"{at}.ports[{number}]"
        if len(ports) > 1 and not port.get("name"):
            yield required(f"{path}.name")
        yield from dns_name(port, path, "name", label=True)
        yield from between(port, path, "port", low=1, high=65535)
        yield from one_of(port, path, "protocol", PROTOCOLS)


def endpoint_slice(obj: Obj) -> Causes:
    """Check the type of an EndpointSlice, its addresses and ports."""
    kind, kinds = obj.get("addressType") or "", ("FQDN", "IPv4", "IPv6")
    if not kind:
        yield required("addressType")
    elif kind not in kinds:
        yield not_supported("addressType", kind, kinds)
    names = set()
    for index, endpoint in enumerate(obj["endpoints"] or []):
        at = f"endpoints[{index}]"
        addresses = endpoint.get("addresses") or []
        if not addresses:
            yield required(f"{at}.addresses")
        for number, address in enumerate(addresses):
            if kind == "FQDN":
                yield from faults(f"{at}.addresses[{number}]", address, name_faults(address))
            elif kind in kinds:
                yield from ip_address(f"{at}.addresses[{number}]", address)
        yield from dns_name(endpoint, at, "hostname", label=True)
    for index, port in enumerate(obj.get("ports") or []):
        at = f"ports[{index}]"
        yield from dns_name(port, at, "name", label=True)
        if port["name"] in names:
            yield duplicate(f"{at}.name", port["name"])
        names.add(port["name"])
        yield from one_of(port, at, "protocol", PROTOCOLS)
