"""The plugins that say which of the nodes that can take a Pod is the best.

https://kubernetes.io/docs/reference/scheduling/config/#scheduling-plugins
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tutor.practice.api.errors import Obj
from tutor.practice.api.store import Store
from tutor.practice.scheduler.cluster import NodeInfo, PodInfo
from tutor.practice.scheduler.interpod import interpod_scores
from tutor.practice.scheduler.matching import matches_term, untolerated
from tutor.practice.scheduler.spread import spread_scores

COMPARED = ("cpu", "memory")


def best(store: Store, pod: PodInfo, fitting: Sequence[NodeInfo]) -> NodeInfo:
    """Return the best of the fitting nodes; of equals the one with the fewest Pods (the real one draws lots)."""
    if len(fitting) == 1:
        return fitting[0]
    weighed: tuple[tuple[int, Mapping[str, float]], ...] = (
        (3, _taints(pod.pod, fitting)),
        (2, _node_affinity(pod.pod, fitting)),
        (1, {node.name: _least_allocated(pod, node) for node in fitting}),
        (1, {node.name: _balanced(pod, node) for node in fitting}),
        (2, spread_scores(pod.pod, fitting)),
        (2, interpod_scores(store, pod.pod, fitting)),
    )

    def score(node: NodeInfo) -> int:
        return sum(weight * int(scores.get(node.name, 0)) for weight, scores in weighed)

    return min(fitting, key=lambda node: (-score(node), len(node.pods), node.name))


def _least_allocated(pod: PodInfo, node: NodeInfo) -> float:
    return sum(100 * (1 - used) for used in _fractions(pod, node, counted=True)) / len(COMPARED)


def _balanced(pod: PodInfo, node: NodeInfo) -> float:
    if not any(pod.requests.get(each) for each in COMPARED):
        return 0.0
    cpu, memory = _fractions(pod, node, counted=False)
    return 100 * (1 - abs(cpu - memory) / 2)


def _fractions(pod: PodInfo, node: NodeInfo, *, counted: bool) -> list[float]:
    wanted = pod.counted if counted else pod.requests
    return [
        min((node.requested(each, counted=counted) + wanted.get(each, 0)) / (node.allocatable(each) or 1), 1.0)
        for each in COMPARED
    ]


def _taints(pod: Obj, nodes: Sequence[NodeInfo]) -> dict[str, float]:
    counts = {node.name: len(untolerated(pod, node.taints, ("PreferNoSchedule",))) for node in nodes}
    most = max(counts.values())
    return {name: 100 - 100 * count / most if most else 100.0 for name, count in counts.items()}


def _node_affinity(pod: Obj, nodes: Sequence[NodeInfo]) -> dict[str, float]:
    affinity = (pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}
    preferred = affinity.get("preferredDuringSchedulingIgnoredDuringExecution") or []
    sums = {
        node.name: sum(each["weight"] for each in preferred if matches_term(each["preference"], node.node))
        for node in nodes
    }
    most = max(sums.values())
    return {name: 100 * total / most if most else 0.0 for name, total in sums.items()}
