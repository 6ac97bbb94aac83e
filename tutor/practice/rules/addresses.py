"""The addresses and node ports that Services get: each once in the cluster.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/registry/core/service/storage/alloc.go
"""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Iterable

from tutor.practice.api.causes import invalid
from tutor.practice.api.errors import Cause, Obj
from tutor.practice.api.store import Store

NETWORK = ipaddress.ip_network("10.96.0.0/16")
RESERVED = 256
"""The lower addresses are for those who choose one: others are taken first."""
PORTS = range(30000, 32768)
RESERVED_PORTS = 86
DRY_PORT = 32769
"""What a dry run shows for a port; it takes none."""


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
            spec["ipFamilies"] = [*families, *({"IPv4": 0, "IPv6": 0}.keys() - {*families})] if both else families
            spec["ipFamilies"] = sorted(spec["ipFamilies"]) if not families else spec["ipFamilies"]
            spec["ipFamilies"] = spec["ipFamilies"] or ["IPv4"]
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
        given = spec.get("clusterIP") or ""
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
        if address not in NETWORK or address == NETWORK.network_address or address == NETWORK.broadcast_address:
            why = f"the provided network does not match the current range or is not a valid address {given}"
            why = f"the provided IP ({given}) is not in the valid range. The range of valid IPs is {NETWORK}"
        elif given in self._addresses:
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
        mine: set[int] = set()
        wanted = spec["type"] == "NodePort" or (
            spec["type"] == "LoadBalancer" and spec.get("allocateLoadBalancerNodePorts", True)
        )
        for index, port in enumerate(spec.get("ports") or []):
            given = port.get("nodePort") or 0
            if given and spec["type"] != "ClusterIP":
                if given not in had and given not in mine and (why := self._refused(given)):
                    found.append(invalid(f"spec.ports[{index}].nodePort", given, why))
                mine.add(given)
            elif wanted:
                port["nodePort"] = self._free_port({*mine, *had})
                mine.add(port["nodePort"])
        if spec["type"] == "LoadBalancer" and spec.get("externalTrafficPolicy") == "Local":
            given = spec.get("healthCheckNodePort") or 0
            if not given:
                spec["healthCheckNodePort"] = self._free_port(mine)
            elif given not in had and (why := self._refused(given)):
                found.append(
                    invalid(
                        "spec.healthCheckNodePort",
                        given,
                        f"failed to allocate requested HealthCheck NodePort {given}: {why}",
                    )
                )
        return found

    def _refused(self, port: int) -> str:
        if port not in PORTS:
            return f"provided port is not in the valid range. The range of valid ports is {PORTS[0]}-{PORTS[-1]}"
        return "provided port is already allocated" if port in self._ports else ""

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
