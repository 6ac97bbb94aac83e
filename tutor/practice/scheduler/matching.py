"""Node selectors, tolerations and the terms of affinities: what matches what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from tutor.practice.api.errors import Obj
from tutor.practice.api.selectors import matches
from tutor.practice.api.store import Store

UNSCHEDULABLE = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}


def matches_node(selector: Obj, node: Obj) -> bool:
    """Tell whether a node matches a NodeSelector: any of its terms, and all that the term says."""
    return any(matches_term(term, node) for term in selector.get("nodeSelectorTerms") or [])


def matches_term(term: Obj, node: Obj) -> bool:
    """Tell whether a node matches one term; an empty one matches nothing."""
    fields, expressions = term.get("matchFields") or [], term.get("matchExpressions") or []
    if not fields and not expressions:
        return False
    name = {"metadata.name": node["metadata"]["name"]}
    return matches({"matchExpressions": fields}, name) and matches(
        {"matchExpressions": expressions}, node["metadata"].get("labels")
    )


def wants_node(pod: Obj, node: Obj) -> bool:
    """Tell whether a node matches a Pod's nodeSelector and required node affinity."""
    spec = pod["spec"]
    if not matches({"matchLabels": spec.get("nodeSelector") or {}}, node["metadata"].get("labels")):
        return False
    required = ((spec.get("affinity") or {}).get("nodeAffinity") or {}).get(
        "requiredDuringSchedulingIgnoredDuringExecution"
    )
    return required is None or matches_node(required, node)


def tolerates(tolerations: Iterable[Obj], taint: Mapping[str, str]) -> bool:
    """Tell whether one of the tolerations is for this taint."""
    return any(_tolerates(each, taint) for each in tolerations)


def untolerated(pod: Obj, taints: Iterable[Obj], effects: tuple[str, ...]) -> list[Obj]:
    """Return the taints of these effects that a Pod does not tolerate."""
    tolerations = pod["spec"].get("tolerations") or []
    return [taint for taint in taints if taint["effect"] in effects and not tolerates(tolerations, taint)]


def pod_terms(pod: Obj, kind: str, when: str) -> list[Obj]:
    """Return a Pod's terms: `kind` is `podAffinity` or `podAntiAffinity`, `when` is `required` or `preferred`."""
    affinity = (pod["spec"].get("affinity") or {}).get(kind) or {}
    return affinity.get(f"{when}DuringSchedulingIgnoredDuringExecution") or []


def term_matcher(term: Obj, owner: Obj, store: Store) -> Callable[[Obj], bool]:
    """Return what tells whether another Pod is one that `owner`'s term is about."""
    names = set(term.get("namespaces") or [])
    chooser = term.get("namespaceSelector")
    if chooser is not None:
        every = store.list("namespaces")
        names |= {each["metadata"]["name"] for each in every if matches(chooser, each["metadata"].get("labels"))}
    elif not names:
        names = {owner["metadata"]["namespace"]}
    selector = term.get("labelSelector")
    return lambda pod: pod["metadata"]["namespace"] in names and matches(selector, pod["metadata"].get("labels"))


def _tolerates(toleration: Obj, taint: Mapping[str, str]) -> bool:
    if toleration.get("effect") and toleration["effect"] != taint["effect"]:
        return False
    if toleration.get("key") and toleration["key"] != taint["key"]:
        return False
    if toleration.get("operator") == "Exists":
        return True
    return bool(toleration.get("key")) and (toleration.get("value") or "") == (taint.get("value") or "")
