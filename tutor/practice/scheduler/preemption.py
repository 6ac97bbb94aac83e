"""DefaultPreemption: which Pods of lower priority have to go so that another has a place.

https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tutor.practice.api.errors import Obj
from tutor.practice.api.selectors import matches
from tutor.practice.api.store import Store
from tutor.practice.scheduler.cluster import NodeInfo, PodInfo
from tutor.practice.scheduler.filters import Filters, Refusal


@dataclass(frozen=True)
class Placement:
    """A node, and the Pods that have to go there."""

    node: str
    victims: tuple[PodInfo, ...]
    broken_budgets: int


def preempt(
    store: Store, pod: PodInfo, nodes: Sequence[NodeInfo], refusals: Mapping[str, Refusal]
) -> tuple[Placement | None, str]:
    """Return the best placement, None where evictions do not help, and what the scheduler says of it."""
    if pod.pod["spec"].get("preemptionPolicy") == "Never":
        return None, "preemption: not eligible due to preemptionPolicy=Never."
    if _already_preempting(pod, nodes, refusals):
        return None, "preemption: not eligible due to a terminating pod on the nominated node."
    placements, reasons = [], Counter[str]()
    for node in nodes:
        if refusals[node.name].final:
            reasons["Preemption is not helpful for scheduling"] += 1
            continue
        found = _place(store, pod, node, nodes)
        if isinstance(found, Placement):
            placements.append(found)
        else:
            reasons.update(found)
    if not placements:
        return None, f"preemption: {summary(len(nodes), reasons)}"
    best = min(placements, key=_cost)
    return best, (
        f"preemption: found a potential placement for pod on node {best.node}, preempting {len(best.victims)} victims"
    )


def summary(nodes: int, reasons: Mapping[str, int]) -> str:
    """Return `0/3 nodes are available: 1 …, 2 ….`, ordered as text."""
    texts = sorted(f"{count} {reason}" for reason, count in reasons.items())
    return f"0/{nodes} nodes are available: {', '.join(texts)}."


def _place(store: Store, pod: PodInfo, node: NodeInfo, nodes: Sequence[NodeInfo]) -> Placement | tuple[str, ...]:
    lower = [each for each in node.pods.values() if each.priority < pod.priority]
    if not lower:
        return ("No preemption victims found for incoming pod",)

    def refused(victims: Sequence[PodInfo]) -> Refusal | None:
        without = node.having(drop=[each.uid for each in victims])
        world = [without if each.name == node.name else each for each in nodes]
        return Filters(store, pod, world).refusal(without)

    refusal = refused(lower)
    if refusal:
        return refusal.reasons
    breaking = _breaking(store, lower)
    victims = list(lower)
    # Those whose budget would break are spared first, then the most important ones.
    for each in sorted(lower, key=lambda each: (each.uid not in breaking, -each.priority, _started(each.pod))):
        spared = [other for other in victims if other is not each]
        if not refused(spared):
            victims = spared
    victims.sort(key=lambda each: (-each.priority, _started(each.pod)))
    return Placement(node.name, tuple(victims), sum(each.uid in breaking for each in victims))


def _cost(placement: Placement) -> tuple[object, ...]:
    victims = placement.victims
    highest = max((each.priority for each in victims), default=-(2**31))
    first = min((_started(each.pod) for each in victims if each.priority == highest), default="")
    total = sum(each.priority + 2**31 for each in victims)
    latest = tuple(-ord(char) for char in first)  # a later start is the smaller loss
    return placement.broken_budgets, highest, total, len(victims), latest, placement.node


def _breaking(store: Store, pods: Sequence[PodInfo]) -> set[str]:
    """Return the uids of Pods whose eviction a PodDisruptionBudget does not allow."""
    found: set[str] = set()
    left: dict[str, int] = {}
    for each in sorted(pods, key=lambda each: (-each.priority, _started(each.pod))):
        meta = each.pod["metadata"]
        for budget in store.list("poddisruptionbudgets.policy", meta["namespace"]):
            if meta.get("labels") and matches(budget["spec"].get("selector"), meta["labels"]):
                uid = budget["metadata"]["uid"]
                left[uid] = left.get(uid, (budget.get("status") or {}).get("disruptionsAllowed", 0)) - 1
                if left[uid] < 0:
                    found.add(each.uid)
    return found


def _already_preempting(pod: PodInfo, nodes: Sequence[NodeInfo], refusals: Mapping[str, Refusal]) -> bool:
    nominated = (pod.pod.get("status") or {}).get("nominatedNodeName")
    node = next((each for each in nodes if each.name == nominated), None)
    if node is None or refusals[node.name].final:
        return False
    return any(
        each.priority < pod.priority
        and each.pod["metadata"].get("deletionTimestamp")
        and any(
            condition["type"] == "DisruptionTarget" and condition.get("reason") == "PreemptionByScheduler"
            for condition in (each.pod.get("status") or {}).get("conditions") or []
        )
        for each in node.pods.values()
    )


def _started(pod: Obj) -> str:
    return str((pod.get("status") or {}).get("startTime") or pod["metadata"].get("creationTimestamp") or "")
