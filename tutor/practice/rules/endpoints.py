"""Endpoints and EndpointSlices.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/discovery/v1/defaults.go
"""

from __future__ import annotations

from tutor.practice.api.causes import duplicate, invalid, not_supported, required
from tutor.practice.api.errors import Cause, Obj
from tutor.practice.api.meta import name_faults
from tutor.practice.api.strategy import Strategy
from tutor.practice.rules.addresses import special_address
from tutor.practice.rules.checks import Causes, between, dns_name, faults, ip_address, one_of
from tutor.practice.rules.pod_defaults import fill

PROTOCOLS = ("SCTP", "TCP", "UDP")


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

    def validate(self, obj: Obj) -> list[Cause]:
        """Check addresses and ports."""
        return [cause for index, each in enumerate(obj.get("subsets") or []) for cause in _subset(each, index)]


class EndpointSlices(Strategy):
    """The rules of EndpointSlices."""

    has_status = False

    def default(self, obj: Obj) -> None:
        """Fill in the ports' names and protocols."""
        for port in obj.get("ports") or []:
            port.setdefault("name", "")
            port.setdefault("protocol", "TCP")
        for key in ("endpoints", "ports"):  # Go writes them even where there are none
            obj.setdefault(key, None)
        for endpoint in obj["endpoints"] or []:
            endpoint.setdefault("conditions", {})

    def validate(self, obj: Obj) -> list[Cause]:
        """Check the type, addresses and ports."""
        return list(_slice(obj))

    def validate_update(self, new: Obj, old: Obj) -> list[Cause]:
        """Check that the type stays."""
        if new.get("addressType") != old.get("addressType"):
            return [invalid("addressType", None, "field is immutable")]
        return self.validate(new)

    def warnings(self, obj: Obj, old: Obj | None) -> list[str]:
        """Tell of a type that nothing uses."""
        del old
        return ["spec.addressType: FQDN endpoints are deprecated"] if obj.get("addressType") == "FQDN" else []


def _subset(subset: Obj, index: int) -> Causes:
    at = f"subsets[{index}]"
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


def _slice(obj: Obj) -> Causes:
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
