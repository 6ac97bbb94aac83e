"""What a Pod's spec says of its place: affinity, tolerations, spreading."""

from __future__ import annotations

from collections.abc import Iterator

from tutor.practice.api.causes import duplicate, invalid, not_supported, required
from tutor.practice.api.errors import Obj
from tutor.practice.api.meta import name_faults, qualified_faults
from tutor.practice.rules.checks import (
    LABEL_OPERATORS,
    Causes,
    faults,
    items,
    label_selector,
    label_value,
    needed,
    one_of,
    requirements,
)

_HARD = "requiredDuringSchedulingIgnoredDuringExecution"
_SOFT = "preferredDuringSchedulingIgnoredDuringExecution"
_POSITIVE = "must be greater than zero"


def tolerations(spec: Obj, path: str) -> Causes:
    """Check a Pod's tolerations."""
    for at, each in items(spec, path, "tolerations"):
        key, value = each.get("key") or "", each.get("value") or ""
        operator = each.get("operator") or ""
        if key:
            yield from faults(f"{at}.key", key, qualified_faults(key))
        elif operator != "Exists":
            detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
            yield invalid(f"{at}.operator", operator, detail)
        if each.get("tolerationSeconds") is not None and each.get("effect") != "NoExecute":
            detail = "effect must be 'NoExecute' when `tolerationSeconds` is set"
            yield invalid(f"{at}.effect", each.get("effect") or "", detail)
        if operator in ("", "Equal"):
            yield from label_value(f"{at}.operator", value)
        elif operator == "Exists" and value:
            yield invalid(f"{at}.operator", value, "value must be empty when `operator` is 'Exists'")
        if operator not in ("", "Equal", "Exists"):
            more = ("Lt", "Gt") if operator in ("Lt", "Gt") else ()  # known, but not enabled
            yield not_supported(f"{at}.operator", operator, ("Equal", "Exists", *more))
        if each.get("effect"):
            yield from one_of(each, at, "effect", ("NoSchedule", "PreferNoSchedule", "NoExecute"))


Term = tuple[str, Obj]
"""A term of an affinity and its path."""


def node_terms(spec: Obj, path: str) -> Iterator[Term]:
    """Yield the terms of a Pod's affinity to nodes, the required ones first."""
    node, at = (spec.get("affinity") or {}).get("nodeAffinity") or {}, f"{path}.affinity.nodeAffinity"
    yield from items(node.get(_HARD) or {}, f"{at}.{_HARD}", "nodeSelectorTerms")
    for where, each in items(node, at, _SOFT):
        yield f"{where}.preference", each.get("preference") or {}


def pod_terms(spec: Obj, path: str) -> Iterator[Term]:
    """Yield the terms of a Pod's affinity to other Pods, and against them."""
    for kind in ("podAffinity", "podAntiAffinity"):
        given, at = (spec.get("affinity") or {}).get(kind) or {}, f"{path}.affinity.{kind}"
        yield from items(given, at, _HARD)
        for where, each in items(given, at, _SOFT):
            yield f"{where}.podAffinityTerm", each.get("podAffinityTerm") or {}


def affinity(spec: Obj, path: str) -> Causes:
    """Check a Pod's affinity to nodes and to other Pods."""
    given, at = spec.get("affinity") or {}, f"{path}.affinity"
    required_terms = (given.get("nodeAffinity") or {}).get(_HARD)
    if required_terms is not None and not required_terms.get("nodeSelectorTerms"):
        yield required(f"{at}.nodeAffinity.{_HARD}.nodeSelectorTerms", "must have at least one node selector term")
    for kind in ("nodeAffinity", "podAffinity", "podAntiAffinity"):
        for where, each in items(given.get(kind) or {}, f"{at}.{kind}", _SOFT):
            if not 1 <= each.get("weight", 0) <= 100:
                yield invalid(f"{where}.weight", each.get("weight", 0), "must be in the range 1-100")
    for where, term in node_terms(spec, path):
        expressions = term.get("matchExpressions") or []
        yield from requirements(expressions, f"{where}.matchExpressions", (*LABEL_OPERATORS, "Gt", "Lt"))
    for where, term in pod_terms(spec, path):
        yield from _pod_term(term, where)


def spreading(spec: Obj, path: str) -> Causes:
    """Check a Pod's topologySpreadConstraints."""
    pairs = [
        (each.get("topologyKey"), each.get("whenUnsatisfiable")) for each in spec.get("topologySpreadConstraints") or []
    ]
    for index, each in enumerate(spec.get("topologySpreadConstraints") or []):
        at, when = f"{path}.topologySpreadConstraints[{index}]", each.get("whenUnsatisfiable") or ""
        if each.get("maxSkew", 0) <= 0:
            yield invalid(f"{at}.maxSkew", each.get("maxSkew", 0), _POSITIVE)
        yield from needed(each, at, "topologyKey", detail="can not be empty")
        yield from one_of(each, at, "whenUnsatisfiable", ("DoNotSchedule", "ScheduleAnyway"), optional=False)
        if pairs[index] in pairs[index + 1 :]:
            yield duplicate(f"{at}.{{topologyKey, whenUnsatisfiable}}", f"{{{pairs[index][0]}, {when}}}")
        least = each.get("minDomains")
        if least is not None and least <= 0:
            yield invalid(f"{at}.minDomains", least, _POSITIVE)
        if least is not None and when != "DoNotSchedule":
            detail = f"can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {when}"
            yield invalid(f"{at}.minDomains", least, detail)
        for key in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
            yield from one_of(each, at, key, ("Honor", "Ignore"))
        yield from label_selector(each.get("labelSelector") or {}, f"{at}.labelSelector")


def _pod_term(term: Obj, path: str) -> Causes:
    yield from label_selector(term.get("labelSelector") or {}, f"{path}.labelSelector")
    yield from label_selector(term.get("namespaceSelector") or {}, f"{path}.namespaceSelector")
    for name in term.get("namespaces") or []:
        yield from faults(f"{path}.namespace", name, name_faults(name, label=True))
    yield from needed(term, path, "topologyKey", detail="can not be empty")
    key = term.get("topologyKey") or ""
    yield from faults(f"{path}.topologyKey", key, qualified_faults(key))
