"""The plugins that say which nodes cannot take a Pod, in the order and the words of kube-scheduler.

https://kubernetes.io/docs/reference/scheduling/config/#scheduling-plugins
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tutor.practice.api.errors import Obj
from tutor.practice.api.store import Store
from tutor.practice.scheduler.cluster import NodeInfo, PodInfo, Port
from tutor.practice.scheduler.interpod import InterPod
from tutor.practice.scheduler.matching import UNSCHEDULABLE, tolerates, untolerated, wants_node
from tutor.practice.scheduler.spread import Spread
from tutor.practice.scheduler.volumes import Rejected, Volumes


@dataclass(frozen=True)
class Refusal:
    """Why a node cannot take a Pod."""

    plugin: str
    reasons: tuple[str, ...]
    final: bool = False
    """Whether evicting Pods there would not help."""


Check: TypeAlias = Callable[[NodeInfo], Refusal | None]


class Filters:
    """The checks for one Pod. Making them raises Rejected where no node can take the Pod."""

    def __init__(self, store: Store, pod: PodInfo, nodes: Sequence[NodeInfo]) -> None:
        self.pod = pod
        self._only = _only_nodes(pod.pod)
        self.volumes = Volumes(store, pod.pod)
        spread, interpod = Spread(pod.pod, nodes), InterPod(store, pod.pod, nodes)
        self._checks: tuple[Check, ...] = (
            self._unschedulable,
            self._taints,
            self._node_affinity,
            self._ports,
            self._fit,
            lambda _: _refusal("VolumeRestrictions", self.volumes.exclusive(nodes), final=False),
            lambda node: _refusal("VolumeBinding", self.volumes.binding(node.node), final=True),
            lambda node: _refusal("PodTopologySpread", *spread.check(node)),
            lambda node: _refusal("InterPodAffinity", *interpod.check(node)),
        )

    def refusal(self, node: NodeInfo) -> Refusal | None:
        """Return what the first plugin says that refuses the node."""
        if self._only is not None and node.name not in self._only:
            return Refusal("NodeAffinity", ("node(s) didn't satisfy plugin(s) [NodeAffinity]",), final=True)
        return next((found for check in self._checks if (found := check(node))), None)

    def _unschedulable(self, node: NodeInfo) -> Refusal | None:
        tolerations = self.pod.pod["spec"].get("tolerations") or []
        if node.node["spec"].get("unschedulable") and not tolerates(tolerations, UNSCHEDULABLE):
            return Refusal("NodeUnschedulable", ("node(s) were unschedulable",), final=True)
        return None

    def _taints(self, node: NodeInfo) -> Refusal | None:
        if untolerated(self.pod.pod, node.taints, ("NoSchedule", "NoExecute")):
            return Refusal("TaintToleration", ("node(s) had untolerated taint(s)",), final=True)
        return None

    def _node_affinity(self, node: NodeInfo) -> Refusal | None:
        if wants_node(self.pod.pod, node.node):
            return None
        return Refusal("NodeAffinity", ("node(s) didn't match Pod's node affinity/selector",), final=True)

    def _ports(self, node: NodeInfo) -> Refusal | None:
        taken = (port for other in node.pods.values() for port in other.ports) if self.pod.ports else ()
        if any(_clash(mine, other) for other in taken for mine in self.pod.ports):
            return Refusal("NodePorts", ("node(s) didn't have free ports for the requested pod ports",))
        return None

    def _fit(self, node: NodeInfo) -> Refusal | None:
        reasons, final = [], False
        if len(node.pods) + 1 > node.allocatable("pods") // 1000:
            reasons.append("Too many pods")
        for resource, amount in self.pod.requests.items():
            if amount and amount > node.allocatable(resource) - node.requested(resource):
                reasons.append(f"Insufficient {resource}")
                final |= amount > node.allocatable(resource)
        return Refusal("NodeResourcesFit", tuple(reasons), final) if reasons else None


def _refusal(plugin: str, reason: str, final: bool) -> Refusal | None:
    return Refusal(plugin, (reason,), final) if reason else None


def _clash(mine: Port, other: Port) -> bool:
    every = "0.0.0.0"  # noqa: S104 - a host port on all addresses
    return mine[1:] == other[1:] and (mine[0] == other[0] or every in (mine[0], other[0]))


def _only_nodes(pod: Obj) -> set[str] | None:
    """Return the nodes that required node affinity names, None where any may do."""
    affinity = (pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}
    found: set[str] = set()
    for term in required.get("nodeSelectorTerms") or []:
        named = [
            set(each.get("values") or [])
            for each in term.get("matchFields") or []
            if each["key"] == "metadata.name" and each["operator"] == "In"
        ]
        if not named:
            return None
        found |= set.intersection(*named)
    if required and not found:
        raise Rejected("NodeAffinity", "pod affinity terms conflict")
    return found or None
