"""NetworkPolicies: whether a connection between two addresses is let through.

Source: https://kubernetes.io/docs/concepts/services-networking/network-policies/.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from tutor.practice.api.selectors import matches

if TYPE_CHECKING:
    from tutor.practice.containers.network import Lookup

Obj = dict[str, Any]


def allowed(
    lookup: Lookup, sender: Obj | None, receiver: Obj | None, ips: tuple[str, str], port: int, protocol: str
) -> bool:
    """Whether egress of `sender` and ingress of `receiver` let a connection through; None is no Pod, or a node's.

    `ips` are the sender's and the receiver's addresses, `port` the one at the receiver after a Service's translation.
    """
    if sender is not None and not _one_way(lookup, sender, "egress", receiver, ips[1], receiver, port, protocol):
        return False
    from_node = sender is None and is_node(lookup, ips[0])
    if receiver is None or from_node:  # a node always reaches its Pods: probes come from there
        return True
    return _one_way(lookup, receiver, "ingress", sender, ips[0], receiver, port, protocol)


def _one_way(
    lookup: Lookup, pod: Obj, way: str, peer: Obj | None, ip: str, receiver: Obj | None, port: int, protocol: str
) -> bool:
    isolated = False
    for policy in lookup.list("networkpolicies.networking.k8s.io", pod["metadata"]["namespace"]):
        spec = policy["spec"]
        types = spec.get("policyTypes") or ["Ingress", *(["Egress"] if "egress" in spec else [])]
        if way.capitalize() not in types or not matches(spec.get("podSelector") or {}, _labels(pod)):
            continue
        isolated = True
        for rule in spec.get(way) or []:
            peers = rule.get("from" if way == "ingress" else "to")
            if _port_fits(rule.get("ports"), receiver, port, protocol) and (
                not peers or any(_peer_fits(lookup, each, policy, peer, ip) for each in peers)
            ):
                return True
    return not isolated


def _peer_fits(lookup: Lookup, entry: Obj, policy: Obj, peer: Obj | None, ip: str) -> bool:
    if block := entry.get("ipBlock"):
        address = ipaddress.ip_address(ip)
        inside = address in ipaddress.ip_network(block["cidr"], strict=False)
        return inside and not any(address in ipaddress.ip_network(each) for each in block.get("except") or [])
    if peer is None:
        return False
    namespace = peer["metadata"]["namespace"]
    if "namespaceSelector" in entry:
        found = lookup.get("namespaces", "", namespace)
        if found is None or not matches(entry["namespaceSelector"] or {}, _labels(found)):
            return False
    elif namespace != policy["metadata"]["namespace"]:
        return False
    return matches(entry.get("podSelector") or {}, _labels(peer))


def _port_fits(ports: list[Obj] | None, receiver: Obj | None, port: int, protocol: str) -> bool:
    if not ports:
        return True
    for entry in ports:
        if entry.get("protocol", "TCP") != protocol:
            continue
        wanted = entry.get("port")
        if wanted is None or wanted == port:
            return True
        if isinstance(wanted, str):
            containers = receiver["spec"]["containers"] if receiver else []
            named = [each for container in containers for each in container.get("ports") or []]
            if any(each.get("name") == wanted and each["containerPort"] == port for each in named):
                return True
        elif "endPort" in entry and wanted <= port <= entry["endPort"]:
            return True
    return False


def _labels(obj: Obj) -> dict[str, str]:
    return obj["metadata"].get("labels") or {}


def is_node(lookup: Lookup, ip: str) -> bool:
    """Whether a node has the address."""
    return any(
        address["address"] == ip
        for node in lookup.list("nodes")
        for address in (node.get("status") or {}).get("addresses") or []
    )
