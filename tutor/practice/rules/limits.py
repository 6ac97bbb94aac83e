"""LimitRanges and ResourceQuotas.

https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/core/validation/validation.go
"""

from __future__ import annotations

from tutor.practice.api.causes import duplicate, forbidden, invalid, required
from tutor.practice.api.errors import Obj
from tutor.practice.api.meta import qualified_faults
from tutor.practice.rules.checks import NEGATIVE, Causes, faults
from tutor.practice.rules.resources import CONTAINER, STANDARD
from tutor.practice.schema.quantity import number, parse

_KINDS = ("Pod", "Container", "PersistentVolumeClaim")
_SCOPES = (
    *("Terminating", "NotTerminating", "BestEffort", "NotBestEffort", "PriorityClass", "CrossNamespacePodAffinity"),
    "VolumeAttributesClass",
)
_CONFLICTS = ({"Terminating", "NotTerminating"}, {"BestEffort", "NotBestEffort"})
_POD_COMPUTE = ("pods", "cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory")

_WHOLE = frozenset(
    {
        *("pods", "services", "replicationcontrollers", "resourcequotas", "secrets", "configmaps"),
        *("persistentvolumeclaims", "services.nodeports", "services.loadbalancers"),
    }
)
_ORDER = (
    ("min", "max", "min", "min", ("min", "max")),
    ("min", "defaultRequest", "defaultRequest", "defaultRequest", ("min", "default request")),
    ("defaultRequest", "max", "defaultRequest", "defaultRequest", ("default request", "max")),
    ("defaultRequest", "default", "defaultRequest", "defaultRequest", ("default request", "default limit")),
    ("min", "default", "default", "min", ("min", "default")),
    ("default", "max", "default", "max", ("default", "max")),
)
"""What must not be above what, the field that is to blame, and the value that is shown, as Kubernetes has it."""


def default_limits(obj: Obj) -> None:
    """Of containers, the default limit comes from the greatest, the default request from the limit."""
    for limit in obj["spec"].get("limits") or []:
        if limit.get("type") != "Container":
            continue
        default = {**(limit.get("max") or {}), **(limit.get("default") or {})}
        requests = {**(limit.get("min") or {}), **default, **(limit.get("defaultRequest") or {})}
        for key, values in (("default", default), ("defaultRequest", requests)):
            if values:
                limit[key] = values


def limit_range(obj: Obj) -> Causes:
    """Check a LimitRange."""
    seen = set()
    for index, limit in enumerate(obj["spec"].get("limits") or []):
        at, kind = f"spec.limits[{index}]", limit.get("type") or ""
        wrong = qualified_faults(kind)
        yield from faults(f"{at}.type", kind, wrong)
        if not wrong and "/" not in kind and kind not in _KINDS:
            yield invalid(f"{at}.type", kind, "must be a standard limit type or fully qualified")
        if kind in seen:
            yield duplicate(f"{at}.type", kind)
            continue
        seen.add(kind)
        yield from _limit(limit, kind, at)


def quota_change(new: Obj, old: Obj) -> Causes:
    """Check that the scopes of a ResourceQuota stay."""
    scopes = new["spec"].get("scopes") or []
    if sorted(scopes) != sorted(old["spec"].get("scopes") or []):
        yield invalid("spec.scopes", scopes, "field is immutable")


def _limit(limit: Obj, kind: str, at: str) -> Causes:
    sides = ("max", "min", "default", "defaultRequest", "maxLimitRequestRatio")
    given = {side: limit.get(side) or {} for side in sides}
    for side in sides:
        if kind == "Pod" and side.startswith("default") and given[side]:
            yield forbidden(f"{at}.{side}", "may not be specified when `type` is 'Pod'")
            continue
        for name in given[side]:
            yield from _resource(name, f"{at}.{side}[{name}]", container=kind == "Container")
    if kind == "PersistentVolumeClaim" and "storage" not in {*given["min"], *given["max"]}:
        text = "either minimum or maximum storage value is required, but neither was provided"
        yield required(f"{at}.limits", text)
    for name in sorted({*given["max"], *given["min"], *given["default"], *given["defaultRequest"], *given[sides[4]]}):
        yield from _amounts(name, given, at)


def _amounts(name: str, given: dict[str, Obj], at: str) -> Causes:
    texts = {side: str(amounts[name]) for side, amounts in given.items() if name in amounts}
    values = {side: number(text) for side, text in texts.items()}
    ratio, shown_ratio = values.get("maxLimitRequestRatio"), texts.get("maxLimitRequestRatio")

    for low, high, at_side, shown, words in _ORDER:
        if low in values and high in values and values[low] > values[high]:
            text = f"{words[0]} value {texts[low]} is greater than {words[1]} value {texts[high]}"
            yield invalid(f"{at}.{at_side}[{name}]", texts[shown], text)
    if ratio is None:
        return
    if ratio < 1:
        yield invalid(f"{at}.maxLimitRequestRatio[{name}]", shown_ratio, f"ratio {shown_ratio} is less than 1")
    if "min" in values and "max" in values and values["min"] and ratio > values["max"] / values["min"]:
        text = f"ratio {shown_ratio} is greater than max/min = {float(values['max'] / values['min']):.6f}"
        yield invalid(f"{at}.maxLimitRequestRatio[{name}]", shown_ratio, text)


def _resource(name: str, path: str, *, container: bool) -> Causes:
    wrong = qualified_faults(name)
    yield from faults(path, name, wrong)
    if wrong or "/" in name or name.startswith("hugepages-"):
        return
    if name not in STANDARD:
        yield invalid(path, name, "must be a standard resource type or fully qualified")
    if container and name not in CONTAINER:
        yield invalid(path, name, "must be a standard resource for containers")


def resource_quota(obj: Obj) -> Causes:
    """Check the names, amounts and scopes of a ResourceQuota."""
    spec = obj["spec"]
    hard = spec.get("hard") or {}
    for name, amount in sorted(hard.items()):
        at = f"spec.hard[{name}]"
        wrong = qualified_faults(name)
        yield from faults(at, name, wrong)
        if not wrong and "/" not in name and name not in STANDARD and "hugepages-" not in name:
            yield invalid(at, name, "must be a standard resource type or fully qualified")
            yield invalid(at, name, "must be a standard resource for quota")
        if number(amount) < 0:
            yield invalid(at, amount, NEGATIVE)
        elif (name in _WHOLE or name.startswith("count/")) and number(amount) % 1:
            yield invalid(at, str(parse(str(amount))), "must be an integer")
    scopes = spec.get("scopes") or []
    if any(scope not in _SCOPES for scope in scopes):
        yield invalid("spec.scopes", scopes, "unsupported scope")
    if {"BestEffort", "NotBestEffort", "Terminating", "NotTerminating"} & {*scopes}:
        allowed = ("pods",) if "BestEffort" in scopes else _POD_COMPUTE
        if any(name not in allowed and not name.startswith("count/") for name in hard):
            yield invalid("spec.scopes", scopes, "unsupported scope applied to resource")
    if any(pair <= {*scopes} for pair in _CONFLICTS):
        yield invalid("spec.scopes", scopes, "conflicting scopes")
    for each in (spec.get("scopeSelector") or {}).get("matchExpressions") or []:
        yield from _scope(each, "spec.scopeSelector.matchExpressions")


def _scope(each: Obj, at: str) -> Causes:
    name, operator, values = each.get("scopeName") or "", each.get("operator") or "", each.get("values") or []
    if name not in _SCOPES:
        yield invalid(f"{at}.scopeName", name, "unsupported scope")
    if operator in ("In", "NotIn"):
        if not values:
            text = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"
            yield required(f"{at}.values", text)
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            text = "must be no value when `operator` is 'Exists' or 'DoesNotExist' for scope selector"
            yield invalid(f"{at}.values", values, text)
    else:
        yield invalid(f"{at}.operator", operator, "not a valid selector operator")
