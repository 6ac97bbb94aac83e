"""InterPodAffinity: Pods that want to be near others, or away from them.

https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from tutor.practice.api.errors import Obj
from tutor.practice.api.store import Store
from tutor.practice.scheduler.cluster import NodeInfo, PodInfo
from tutor.practice.scheduler.matching import pod_terms, term_matcher


class InterPod:
    """The required terms of one Pod and of those that run already, by the domains where they are met."""

    def __init__(self, store: Store, pod: Obj, nodes: Sequence[NodeInfo]) -> None:
        near, away = pod_terms(pod, "podAffinity", "required"), pod_terms(pod, "podAntiAffinity", "required")
        near_matchers = [term_matcher(term, pod, store) for term in near]
        self._near = [(term["topologyKey"], _domains(term, nodes, _all(near_matchers))) for term in near]
        self._away = [(term["topologyKey"], _domains(term, nodes, term_matcher(term, pod, store))) for term in away]
        # The first of a group that wants to be near itself has nobody to be near to yet.
        self._first = not any(found for _, found in self._near) and _all(near_matchers)(pod)
        self._refused = {
            (term["topologyKey"], node.labels[term["topologyKey"]])
            for node, other in _pods(nodes, with_terms=True)
            for term in pod_terms(other.pod, "podAntiAffinity", "required")
            if term["topologyKey"] in node.labels and term_matcher(term, other.pod, store)(pod)
        }

    def check(self, node: NodeInfo) -> tuple[str, bool]:
        """Return why the node will not do ("" where it will), and whether evictions would not help."""
        for key, domains in self._near:
            if key not in node.labels or not (self._first or node.labels[key] in domains):
                return "node(s) didn't match pod affinity rules", True
        if any(node.labels.get(key) in domains for key, domains in self._away):
            return "node(s) didn't match pod anti-affinity rules", False
        if any(node.labels.get(key) == value for key, value in self._refused):
            return "node(s) didn't satisfy existing pods anti-affinity rules", False
        return "", False


def interpod_scores(store: Store, pod: Obj, nodes: Sequence[NodeInfo]) -> Mapping[str, float]:
    """Return 0 to 100 by node name, from the preferred terms of the Pod and of those that run already."""
    points: dict[tuple[str, str], int] = {}

    def add(node: NodeInfo, term: Obj, owner: Obj, other: Obj, weight: int) -> None:
        key = term["topologyKey"]
        if key in node.labels and term_matcher(term, owner, store)(other):
            points[key, node.labels[key]] = points.get((key, node.labels[key]), 0) + weight

    signs = (("podAffinity", 1), ("podAntiAffinity", -1))
    own = [(each, sign) for kind, sign in signs for each in pod_terms(pod, kind, "preferred")]
    for node, other in _pods(nodes, with_terms=not own):
        for each, sign in own:
            add(node, each["podAffinityTerm"], pod, other.pod, sign * each["weight"])
        for kind, sign in signs if other.has_terms else ():
            for each in pod_terms(other.pod, kind, "preferred"):
                add(node, each["podAffinityTerm"], other.pod, pod, sign * each["weight"])
        for term in pod_terms(other.pod, "podAffinity", "required"):
            add(node, term, other.pod, pod, 1)
    if not points:
        return {}
    totals = {
        node.name: sum(n for (key, value), n in points.items() if node.labels.get(key) == value) for node in nodes
    }
    low, high = min(totals.values()), max(totals.values())
    return {name: 100 * (total - low) / (high - low) if high > low else 0.0 for name, total in totals.items()}


def _pods(nodes: Sequence[NodeInfo], *, with_terms: bool) -> Iterator[tuple[NodeInfo, PodInfo]]:
    return ((node, pod) for node in nodes for pod in node.pods.values() if pod.has_terms or not with_terms)


def _domains(term: Obj, nodes: Sequence[NodeInfo], matcher: Callable[[Obj], bool]) -> set[str]:
    key = term["topologyKey"]
    return {
        node.labels[key] for node in nodes if key in node.labels and any(matcher(p.pod) for p in node.pods.values())
    }


def _all(matchers: Sequence[Callable[[Obj], bool]]) -> Callable[[Obj], bool]:
    return lambda pod: all(matcher(pod) for matcher in matchers)
