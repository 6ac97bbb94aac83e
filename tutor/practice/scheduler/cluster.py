"""What the scheduler knows of the cluster: the nodes, and what the Pods on them take."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeAlias

from tutor.practice.admission.amounts import pod_amounts
from tutor.practice.api.errors import Obj
from tutor.practice.controllers.podtools import is_finished
from tutor.practice.schema.quantity import units

Resources: TypeAlias = dict[str, int]
"""Amounts in thousandths by resource name."""
Port: TypeAlias = tuple[str, str, int]
"""Address, protocol and port of the host."""
LEAST = {"cpu": 100, "memory": 200 * 1024 * 1024 * 1000}
"""What a container that asks for nothing counts as when nodes are compared, in thousandths."""


@dataclass(frozen=True)
class PodInfo:
    """A Pod, and what follows from its spec."""

    pod: Obj
    requests: Resources
    counted: Resources
    """The requests with `LEAST` for containers that have none."""
    ports: frozenset[Port]
    has_terms: bool
    """Whether it wants to be near other Pods, or away from them."""

    @property
    def uid(self) -> str:
        """The Pod's uid."""
        return str(self.pod["metadata"]["uid"])

    @property
    def priority(self) -> int:
        """The Pod's priority, 0 where it has none."""
        return int(self.pod["spec"].get("priority") or 0)

    @classmethod
    def of(cls, pod: Obj) -> PodInfo:
        """Work out a Pod's requests and ports."""
        amounts = pod_amounts(pod["spec"], "requests")
        requests = {name: math.ceil(amount.value * 1000) for name, amount in amounts.items()}
        bare = dict.fromkeys(LEAST, 0)
        for container in pod["spec"].get("containers") or []:
            for name in LEAST.keys() - ((container.get("resources") or {}).get("requests") or {}).keys():
                bare[name] += LEAST[name]
        counted = {name: requests.get(name, 0) + bare[name] for name in LEAST}
        has_terms = not {"podAffinity", "podAntiAffinity"}.isdisjoint(pod["spec"].get("affinity") or {})
        return cls(pod, requests, counted, frozenset(_ports(pod)), has_terms)


@dataclass
class NodeInfo:
    """A node and the Pods on it, at one moment."""

    node: Obj
    pods: dict[str, PodInfo] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The node's name."""
        return str(self.node["metadata"]["name"])

    @property
    def labels(self) -> dict[str, str]:
        """The node's labels."""
        return self.node["metadata"].get("labels") or {}

    @property
    def taints(self) -> list[Obj]:
        """The node's taints."""
        return self.node["spec"].get("taints") or []

    def allocatable(self, resource: str) -> int:
        """Return how much the node has for Pods, in thousandths."""
        status = self.node.get("status") or {}
        return milli((status.get("allocatable") or status.get("capacity") or {}).get(resource, 0))

    def requested(self, resource: str, *, counted: bool = False) -> int:
        """Return how much the Pods ask for (or are counted for), in thousandths."""
        return self._sums[counted].get(resource, 0)

    @cached_property
    def _sums(self) -> tuple[Resources, Resources]:
        requested: Resources = {}
        counted: Resources = {}
        for pod in self.pods.values():
            for total, amounts in ((requested, pod.requests), (counted, pod.counted)):
                for name, amount in amounts.items():
                    total[name] = total.get(name, 0) + amount
        return requested, counted

    def having(self, add: Iterable[PodInfo] = (), drop: Iterable[str] = ()) -> NodeInfo:
        """Return the node with more Pods, and without some (by uid)."""
        without = set(drop)
        pods = {uid: pod for uid, pod in self.pods.items() if uid not in without}
        return NodeInfo(self.node, pods | {pod.uid: pod for pod in add})


class Cluster:
    """The nodes by name, kept up to date with every change."""

    def __init__(self) -> None:
        self._nodes: dict[str, Obj] = {}
        self._pods: dict[str, dict[str, PodInfo]] = {}
        self._where: dict[str, str] = {}
        self._infos: dict[str, NodeInfo] = {}

    def __iter__(self) -> Iterator[NodeInfo]:
        for name in sorted(self._nodes):
            if name not in self._infos:
                self._infos[name] = NodeInfo(self._nodes[name], dict(self._pods.get(name, {})))
            yield self._infos[name]

    def node(self, node: Obj, *, gone: bool = False) -> None:
        """Note a node as it is now."""
        name = node["metadata"]["name"]
        self._infos.pop(name, None)
        if gone:
            self._nodes.pop(name, None)
        else:
            self._nodes[name] = node

    def pod(self, pod: Obj, *, gone: bool = False, node: str = "") -> None:
        """Note a Pod as it is now; `node` where it is to go there, but does not say so yet."""
        uid = pod["metadata"]["uid"]
        where = pod["spec"].get("nodeName") or node
        before = self._where.pop(uid, "")
        known = self._pods.get(before, {}).pop(uid, None)
        self._infos.pop(before, None)
        if gone or not where or is_finished(pod):
            return
        info = replace(known, pod=pod) if known and known.pod["spec"] == pod["spec"] else PodInfo.of(pod)
        self._pods.setdefault(where, {})[uid] = info
        self._infos.pop(where, None)
        self._where[uid] = where


def milli(quantity: str | int) -> int:
    """Return a quantity in thousandths, rounded up."""
    return units(quantity, 1000)


def _ports(pod: Obj) -> Iterator[Port]:
    spec = pod["spec"]
    restarted = [each for each in spec.get("initContainers") or [] if each.get("restartPolicy") == "Always"]
    for container in (spec.get("containers") or []) + restarted:
        for port in container.get("ports") or []:
            number = port.get("hostPort") or (port["containerPort"] if spec.get("hostNetwork") else 0)
            if number:
                yield port.get("hostIP") or "0.0.0.0", port.get("protocol") or "TCP", number  # noqa: S104
