"""Whether a Pod may be on a node: node selectors, node affinity, taints and tolerations.

https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
"""

from __future__ import annotations

from tutor.practice.api.errors import Obj
from tutor.practice.api.selectors import matches, matches_map


def selects_node(pod_spec: Obj, node: Obj) -> bool:
    """Tell whether nodeSelector and required node affinity allow the node."""
    labels = node["metadata"].get("labels") or {}
    if pod_spec.get("nodeSelector") and not matches_map(pod_spec["nodeSelector"], labels):
        return False
    affinity = ((pod_spec.get("affinity") or {}).get("nodeAffinity") or {}).get(
        "requiredDuringSchedulingIgnoredDuringExecution"
    )
    if not affinity:
        return True
    fields = {"metadata.name": node["metadata"]["name"]}
    return any(
        (term.get("matchExpressions") or term.get("matchFields"))
        and matches({"matchExpressions": term.get("matchExpressions")}, labels)
        and matches({"matchExpressions": term.get("matchFields")}, fields)
        for term in affinity.get("nodeSelectorTerms") or []
    )


def tolerates(pod_spec: Obj, node: Obj, *effects: str) -> bool:
    """Tell whether all of the node's taints with one of these effects are tolerated."""
    taints = [each for each in (node.get("spec") or {}).get("taints") or [] if each["effect"] in effects]
    tolerations = pod_spec.get("tolerations") or []
    return all(any(_tolerated(taint, each) for each in tolerations) for taint in taints)


def _tolerated(taint: Obj, toleration: Obj) -> bool:
    if toleration.get("effect") not in (None, "", taint["effect"]):
        return False
    if toleration.get("key") not in (None, "", taint["key"]):
        return False
    return toleration.get("operator") == "Exists" or (toleration.get("value") or "") == (taint.get("value") or "")
