"""Rows of Services and what stands before and behind them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tutor.practice.api import selectors
from tutor.practice.api.errors import Obj
from tutor.practice.tables.texts import NONE, UNSET, age, labels, listed

SHOWN = 3
"""Addresses in a column; the rest is counted."""


def service(obj: Obj, now: datetime) -> list[Any]:
    """PORT(S) has node ports, too."""
    spec = obj["spec"]
    kind = spec.get("type", "ClusterIP")
    ips = spec.get("clusterIPs") or []
    internal = (ips[0] if ips else spec.get("clusterIP")) or NONE
    ports = [
        f"{each['port']}{':' + str(each['nodePort']) if each.get('nodePort') else ''}/{each.get('protocol', 'TCP')}"
        for each in spec.get("ports") or []
    ]
    return [
        *(obj["metadata"]["name"], kind, internal, _external(obj, kind), listed(ports)),
        *(age(obj, now), labels(spec.get("selector"))),
    ]


def endpoints(obj: Obj, now: datetime) -> list[Any]:
    """The first three addresses with their ports."""
    found: list[str] = []
    for subset in obj.get("subsets") or []:
        addresses = [each["ip"] for each in subset.get("addresses") or []]
        ports = subset.get("ports") or []
        found += [f"{ip}:{port['port']}" for port in ports for ip in addresses] if ports else addresses
    return [obj["metadata"]["name"], _first(found), age(obj, now)]


def endpoint_slice(obj: Obj, now: datetime) -> list[Any]:
    """The first three ports and addresses."""
    addresses = [address for each in obj.get("endpoints") or [] for address in each.get("addresses") or []]
    ports = [str(each["port"]) if each.get("port") else "*" for each in obj.get("ports") or []]
    return [
        *(obj["metadata"]["name"], obj["addressType"], _first(ports, UNSET), _first(addresses, UNSET), age(obj, now)),
    ]


def ingress(obj: Obj, now: datetime) -> list[Any]:
    """PORTS is 443 besides where there is TLS."""
    spec = obj["spec"]
    hosts = [each["host"] for each in spec.get("rules") or [] if each.get("host")]
    found = ((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
    address = ",".join(each.get("ip") or each.get("hostname", "") for each in found)
    name = spec.get("ingressClassName") or (obj["metadata"].get("annotations") or {}).get("kubernetes.io/ingress.class")
    ports = "80, 443" if spec.get("tls") else "80"
    return [obj["metadata"]["name"], name or NONE, _first(hosts, "*"), address, ports, age(obj, now)]


def ingress_class(obj: Obj, now: datetime) -> list[Any]:
    """The controller, and its parameters."""
    parameters = obj["spec"].get("parameters")
    shown = NONE
    if parameters:
        group = f".{parameters['apiGroup']}" if parameters.get("apiGroup") else ""
        shown = f"{parameters['kind']}{group}/{parameters['name']}"
    return [obj["metadata"]["name"], obj["spec"].get("controller", ""), shown, age(obj, now)]


def network_policy(obj: Obj, now: datetime) -> list[Any]:
    """The Pods that it selects."""
    return [obj["metadata"]["name"], selectors.shown(obj["spec"].get("podSelector") or {}) or NONE, age(obj, now)]


def address(obj: Obj, now: datetime) -> list[Any]:
    """An IPAddress and what has it."""
    del now
    parent = obj["spec"]["parentRef"]
    names = (parent.get(key) for key in ("resource", "namespace", "name"))
    return [obj["metadata"]["name"], "/".join(filter(None, names))]


def _external(obj: Obj, kind: str) -> str:
    spec = obj["spec"]
    given = spec.get("externalIPs") or []
    if kind == "ExternalName":
        return str(spec.get("externalName", ""))
    if kind != "LoadBalancer":
        return listed(given)
    found = ((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
    addresses = [each.get("ip") or each.get("hostname", "") for each in found]
    return listed([*addresses, *given], "<pending>")


def _first(values: list[str], none: str = NONE) -> str:
    if not values:
        return none
    more = f" + {len(values) - SHOWN} more..." if len(values) > SHOWN else ""
    return ",".join(values[:SHOWN]) + more


ROWS = {
    "v1/Service": service,
    "v1/Endpoints": endpoints,
    "discovery.k8s.io/v1/EndpointSlice": endpoint_slice,
    "networking.k8s.io/v1/Ingress": ingress,
    "networking.k8s.io/v1/IngressClass": ingress_class,
    "networking.k8s.io/v1/NetworkPolicy": network_policy,
    "networking.k8s.io/v1/ServiceCIDR": lambda obj, now: [
        obj["metadata"]["name"],
        listed(obj["spec"].get("cidrs") or []),
        age(obj, now),
    ],
    "networking.k8s.io/v1/IPAddress": address,
}
