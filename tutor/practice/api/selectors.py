"""Label and field selectors, as `kubectl -l` and `--field-selector` write them and as objects hold them.

https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from tutor.practice.api.errors import Obj, bad_request
from tutor.practice.api.label_selector import Labels, Matcher, Parser


def parse_labels(text: str) -> Matcher:
    """Return what decides whether labels match `text`. Raises ApiError (400) when it cannot be read."""
    requirements = Parser(text).parse()
    return lambda labels: all(each(labels) for each in requirements)


def matches(selector: Obj | None, labels: Labels | None) -> bool:
    """Tell whether labels match a LabelSelector; None selects nothing, an empty one everything."""
    if selector is None:
        return False
    labels = labels or {}
    if any(labels.get(key) != value for key, value in (selector.get("matchLabels") or {}).items()):
        return False
    return all(_expression(each, labels) for each in selector.get("matchExpressions") or [])


def matches_map(selector: Labels | None, labels: Labels | None) -> bool:
    """Tell whether labels match a Service's or ReplicationController's plain map; an empty one selects nothing."""
    return bool(selector) and all((labels or {}).get(key) == value for key, value in (selector or {}).items())


def shown(selector: Obj) -> str:
    """Return a LabelSelector as text, as the `status.selector` of a Scale holds it."""
    parts = [f"{key}={value}" for key, value in sorted((selector.get("matchLabels") or {}).items())]
    for each in selector.get("matchExpressions") or []:
        values = ",".join(sorted(each.get("values") or []))
        parts.append(
            {
                "In": f"{each['key']} in ({values})",
                "NotIn": f"{each['key']} notin ({values})",
                "Exists": each["key"],
                "DoesNotExist": f"!{each['key']}",
            }[each["operator"]]
        )
    return ",".join(parts)


def parse_fields(text: str, resource: str) -> Callable[[Obj], bool]:
    """Return what decides whether an object's fields match. Raises ApiError (400) for what cannot be selected by."""
    wanted: list[tuple[str, str, bool]] = []
    for part in filter(None, (each.strip() for each in text.split(","))):
        match = re.match(r"([^=!]+)(!=|==|=)(.*)$", part)
        if not match:
            raise bad_request(f"invalid selector: '{part}'; can't understand '{part}'")
        wanted.append((match[1].strip(), match[3].strip(), match[2] == "!="))
        if match[1].strip() not in FIELDS.get(resource, ()) and match[1].strip() not in COMMON:
            raise bad_request(f"field label not supported: {match[1].strip()}")
    return lambda obj: all((field_of(obj, path) == value) is not negated for path, value, negated in wanted)


COMMON = ("metadata.name", "metadata.namespace")
FIELDS: Mapping[str, tuple[str, ...]] = {
    "pods": (
        *("spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork"),
        *("status.phase", "status.podIP", "status.podIPs", "status.nominatedNodeName"),
    ),
    "events": (
        *("involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid"),
        *("involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath"),
        *("reason", "reportingComponent", "source", "type"),
    ),
    "nodes": ("spec.unschedulable",),
    "namespaces": ("status.phase",),
    "secrets": ("type",),
    "services": ("spec.clusterIP", "spec.type"),
    "replicationcontrollers": ("status.replicas",),
    "replicasets.apps": ("status.replicas",),
    "jobs.batch": ("status.successful",),
    "certificatesigningrequests.certificates.k8s.io": ("spec.signerName",),
}
"""https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/#list-of-supported-fields"""


def field_of(obj: Obj, path: str) -> str:
    """Return the text of a field for a field selector, "" where it is absent."""
    if path == "reportingComponent":
        return str(obj.get("reportingComponent") or (obj.get("source") or {}).get("component") or "")
    if path == "source":
        return str((obj.get("source") or {}).get("component") or obj.get("reportingComponent") or "")
    value: Any = obj
    for key in path.split("."):
        value = (value or {}).get(key)
    if path in ("spec.unschedulable", "spec.hostNetwork"):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _expression(expression: Obj, labels: Labels) -> bool:
    key, values = expression["key"], expression.get("values") or []
    match expression["operator"]:
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
        case "Gt":
            return _number(labels.get(key)) > _number(values[0])
        case "Lt":
            return _number(labels.get(key)) < _number(values[0])
    return False


def _number(text: str | None) -> float:
    try:
        return int(text or "")
    except ValueError:
        return float("nan")
