"""PodTopologySpread: Pods spread over zones, hosts, or whatever a label names.

https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from tutor.practice.api.errors import Obj
from tutor.practice.api.selectors import matches
from tutor.practice.scheduler.cluster import NodeInfo
from tutor.practice.scheduler.matching import wants_node

REASON = "node(s) didn't match pod topology spread constraints"


class Constraint:
    """One constraint with the number of matching Pods in every domain."""

    def __init__(self, pod: Obj, spec: Obj, nodes: Sequence[NodeInfo]) -> None:
        self.key, self.max_skew = spec["topologyKey"], spec["maxSkew"]
        self.selector = spec.get("labelSelector")
        self._namespace = pod["metadata"]["namespace"]
        self.self_match = int(matches(self.selector, pod["metadata"].get("labels")))
        self.counts: dict[str, int] = {}
        for node in nodes:
            if wants_node(pod, node.node):
                value = node.labels[self.key]
                self.counts[value] = self.counts.get(value, 0) + self.on(node)
        self.least = min(self.counts.values(), default=0)
        if len(self.counts) < (spec.get("minDomains") or 1):
            self.least = 0

    def on(self, node: NodeInfo) -> int:
        """Return how many Pods on a node count."""
        return sum(
            each.pod["metadata"]["namespace"] == self._namespace
            and not each.pod["metadata"].get("deletionTimestamp")
            and matches(self.selector, each.pod["metadata"].get("labels"))
            for each in node.pods.values()
        )


class Spread:
    """The constraints of one Pod that must hold."""

    def __init__(self, pod: Obj, nodes: Sequence[NodeInfo]) -> None:
        hard = [each for each in constraints(pod) if each["whenUnsatisfiable"] == "DoNotSchedule"]
        keys = {each["topologyKey"] for each in hard}
        labelled = [node for node in nodes if keys <= node.labels.keys()] if hard else []
        self._hard = [Constraint(pod, each, labelled) for each in hard]

    def check(self, node: NodeInfo) -> tuple[str, bool]:
        """Return why the node will not do ("" where it will), and whether evictions would not help."""
        for each in self._hard:
            if each.key not in node.labels:
                return f"{REASON} (missing required label)", True
            count = each.counts.get(node.labels[each.key], 0)
            if count + each.self_match - each.least > each.max_skew:
                return REASON, False
        return "", False


def spread_scores(pod: Obj, nodes: Sequence[NodeInfo]) -> Mapping[str, float]:
    """Return 0 to 100 by node name: fewer Pods of the same kind in the domain is better."""
    soft = [each for each in constraints(pod) if each["whenUnsatisfiable"] == "ScheduleAnyway"]
    if not soft:
        return {}
    keys = {each["topologyKey"] for each in soft}
    fitting = [node for node in nodes if keys <= node.labels.keys()]
    totals = {node.name: 0.0 for node in fitting}
    for spec in soft:
        constraint = Constraint(pod, spec, fitting)
        weight = math.log(len(constraint.counts) + 2)
        for node in fitting:
            count = constraint.counts.get(node.labels[constraint.key], 0)
            totals[node.name] += count * weight + (constraint.max_skew - 1)
    low, high = min(totals.values(), default=0.0), max(totals.values(), default=0.0)
    return {name: 100 * (high + low - round(total)) / high if high else 100.0 for name, total in totals.items()}


def constraints(pod: Obj) -> list[Obj]:
    """Return a Pod's own constraints."""
    return pod["spec"].get("topologySpreadConstraints") or []
