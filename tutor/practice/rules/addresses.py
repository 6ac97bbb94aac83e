"""The addresses and node ports that Services get: each once in the cluster.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/registry/core/service/storage/alloc.go
"""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Iterable, Iterator

from tutor.practice.api.causes import invalid
from tutor.practice.api.errors import ApiError, Cause, Obj
from tutor.practice.api.store import Store
from tutor.practice.rules.checks import items

NETWORK = ipaddress.ip_network("10.96.0.0/16")
RESERVED = 256
"""The lower addresses are for those who choose one: others are taken first."""
_FAMILIES = ("IPv4", "IPv6")
PORTS = range(30000, 32768)
RESERVED_PORTS = 86
DRY_PORT = 32769
"""What a dry run shows for a port; it takes none."""


def special_address(path: str, value: str) -> Iterator[Cause]:
    """Check an address that others reach: none that only means something on one machine."""
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return
    if address.is_unspecified:
        yield invalid(path, value, f"may not be unspecified ({address})")
    if address.is_loopback:
        yield invalid(path, value, "may not be in the loopback range (127.0.0.0/8, ::1/128)")
    if address.is_link_local:
        yield invalid(path, value, "may not be in the link-local range (169.254.0.0/16, fe80::/10)")
    if address.is_multicast:
        yield invalid(path, value, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)")


def cidr(path: str, value: str) -> Iterator[Cause]:
    """Check an address block."""
    try:
        block = ipaddress.ip_interface(value if "/" in value else "")
    except ValueError:
        yield invalid(path, value, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")
    else:
        if block.ip != block.network.network_address:
            yield invalid(path, value, "must not have bits set beyond the prefix length")


class Addresses:
    """Takes what one Service needs, which is filled in."""

    def __init__(self, store: Store, service: Obj, *, dry_run: bool) -> None:
        self._spec, self._dry_run = service["spec"], dry_run
        me = (service["metadata"].get("namespace"), service["metadata"].get("name"))
        others = [each for each in store.list("services") if _key(each) != me]
        self._addresses = {address for each in others for address in each["spec"].get("clusterIPs") or []}
        self._ports = {port for each in others for port in _node_ports(each["spec"])}

    def take(self, before: Obj | None) -> list[Cause]:
        """Fill in addresses, their families and node ports; return why that cannot be done."""
        spec = self._spec
        if spec["type"] == "ExternalName":
            return []
        return self._families(before) or self._address(before) or self._node_ports(before)

    def _families(self, before: Obj | None) -> list[Cause]:
        spec = self._spec
        if spec["type"] not in ("ClusterIP", "NodePort", "LoadBalancer"):
            return []
        families = spec.get("ipFamilies") or []
        headless = spec.get("clusterIP") == "None"
        if headless and not spec.get("selector") and before is None:
            spec["ipFamilyPolicy"] = spec.get("ipFamilyPolicy") or "RequireDualStack"
            both = spec["ipFamilyPolicy"] != "SingleStack"
            wanted = [*families, *(each for each in _FAMILIES if each not in families)]
            spec["ipFamilies"] = wanted[: 2 if both else 1]
            return []
        spec["ipFamilyPolicy"] = spec.get("ipFamilyPolicy") or "SingleStack"
        spec["ipFamilies"] = families or ["IPv4"]
        found = []
        if spec["ipFamilyPolicy"] == "RequireDualStack" and (spec.get("selector") or not headless):
            text = "this cluster is not configured for dual-stack services"
            found.append(invalid("spec.ipFamilyPolicy", "RequireDualStack", text))
        if "IPv6" in families and not headless:
            index = families.index("IPv6")
            found.append(invalid(f"spec.ipFamilies[{index}]", "IPv6", "not configured on this cluster"))
        return found

    def _address(self, before: Obj | None) -> list[Cause]:
        spec = self._spec
        given, many = spec.get("clusterIP") or "", spec.get("clusterIPs") or []
        if many and not given:
            return [invalid("spec.clusterIPs", many, "must be empty when `clusterIP` is not specified")]
        if many and many[0] != given:
            return [invalid("spec.clusterIPs", many, "first value must match `clusterIP`")]
        if given == "None" or (before and given and given == before.get("clusterIP")):
            return []
        if not given:
            taken = self._free_address()
            spec |= {"clusterIP": taken, "clusterIPs": [taken]}
            return []
        if before and before.get("clusterIP"):  # validation says that it must not change
            return []
        try:
            address = ipaddress.ip_address(given)
        except ValueError:
            return []
        why = ""
        if address not in NETWORK or address in (NETWORK.network_address, NETWORK.broadcast_address):
            why = "the provided network does not match the current range"
            if self._dry_run:
                why = f"the provided IP ({given}) is not in the valid range. The range of valid IPs is {NETWORK}"
        elif given in self._addresses and not self._dry_run:
            why = "provided IP is already allocated"
        return [invalid("spec.clusterIPs", [given], f"failed to allocate IP {given}: {why}")] if why else []

    def _free_address(self) -> str:
        if self._dry_run:
            return str(NETWORK.network_address)
        upper = (RESERVED, NETWORK.num_addresses - 2)
        while True:
            address = str(NETWORK[random.randint(*upper)])  # noqa: S311 - an address, not a secret
            if address not in self._addresses:
                return address

    def _node_ports(self, before: Obj | None) -> list[Cause]:
        spec, found = self._spec, []
        had = set(_node_ports(before)) if before else set()
        mine: dict[int, int] = {}
        balanced = spec["type"] == "LoadBalancer"
        wanted = spec["type"] == "NodePort" or (balanced and spec.get("allocateLoadBalancerNodePorts", True))
        for at, port in items(spec, "spec", "ports"):
            given, number = port.get("nodePort") or 0, port.get("port") or 0
            shared = mine.get(number)  # one number for TCP and UDP
            if given and spec["type"] != "ClusterIP":
                if given not in had and given != shared and (why := self._refused(given, mine)):
                    found.append(invalid(f"{at}.nodePort", given, why))
                mine[number] = given
            elif wanted:
                port["nodePort"] = mine[number] = shared or self._free_port({*mine.values(), *had})
        if balanced and spec.get("externalTrafficPolicy") == "Local":
            given = spec.get("healthCheckNodePort") or 0
            if not given:
                spec["healthCheckNodePort"] = self._free_port(mine.values())
            elif given not in had and (why := self._refused(given, mine)):
                why = f"failed to allocate requested HealthCheck NodePort {given}: {why}"
                raise ApiError(500, "InternalError", f"Internal error occurred: {why}")
        return found

    def _refused(self, port: int, mine: dict[int, int]) -> str:
        if port in mine.values() or (port in self._ports and not self._dry_run):
            return "provided port is already allocated"
        if port not in PORTS and not self._dry_run:
            return f"provided port is not in the valid range. The range of valid ports is {PORTS[0]}-{PORTS[-1]}"
        return ""

    def _free_port(self, mine: Iterable[int]) -> int:
        if self._dry_run:
            return DRY_PORT
        free = [port for port in PORTS if port not in self._ports and port not in mine]
        upper = [port for port in free if port >= PORTS[0] + RESERVED_PORTS]
        return random.choice(upper or free)  # noqa: S311 - a port, not a secret


def _key(service: Obj) -> tuple[str, str]:
    return service["metadata"]["namespace"], service["metadata"]["name"]


def _node_ports(spec: Obj) -> Iterable[int]:
    health = spec.get("healthCheckNodePort")
    return [port["nodePort"] for port in spec.get("ports") or [] if port.get("nodePort")] + ([health] if health else [])
