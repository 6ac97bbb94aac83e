"""What an admission policy is about: rules of resources, and selectors of namespaces and objects.

https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
"""

from __future__ import annotations

from collections.abc import Iterable

from tutor.practice.api.errors import Obj
from tutor.practice.api.request import Request
from tutor.practice.api.selectors import matches as selects
from tutor.practice.api.store import Store


def matches(store: Store, request: Request, constraints: Obj | None) -> bool:
    """Tell whether a request is within `matchConstraints` or `matchResources`; without any it is."""
    if not constraints:
        return True
    rules = constraints.get("resourceRules")
    if rules and not any(_in_rule(request, rule) for rule in rules):
        return False
    if any(_in_rule(request, rule) for rule in constraints.get("excludeResourceRules") or []):
        return False
    return _in_namespaces(store, request, constraints.get("namespaceSelector")) and _in_objects(
        request, constraints.get("objectSelector")
    )


def _in_rule(request: Request, rule: Obj) -> bool:
    plural = request.kind.plural
    names = {plural, "*"} if not request.subresource else {f"{plural}/{request.subresource}", f"{plural}/*", "*/*"}
    if request.subresource:
        names.add(f"*/{request.subresource}")
    else:
        names.add("*/*")
    return (
        _among(request.operation, rule.get("operations"))
        and _among(request.kind.group, rule.get("apiGroups"))
        and _among(request.kind.version, rule.get("apiVersions"))
        and bool(names & set(rule.get("resources") or []))
        and (not rule.get("resourceNames") or request.name in rule["resourceNames"])
    )


def _among(value: str, allowed: Iterable[str] | None) -> bool:
    allowed = set(allowed or ())
    return "*" in allowed or value in allowed


def _in_namespaces(store: Store, request: Request, selector: Obj | None) -> bool:
    if not selector:
        return True
    if request.resource == "namespaces":
        namespace = request.object or request.old
    elif request.namespace:
        namespace = store.get("namespaces", "", request.namespace)
    else:
        return True
    return selects(selector, ((namespace or {}).get("metadata") or {}).get("labels"))


def _in_objects(request: Request, selector: Obj | None) -> bool:
    if not selector:
        return True
    objects = [each for each in (request.object, request.old) if each is not None]
    return any(selects(selector, each["metadata"].get("labels")) for each in objects)
