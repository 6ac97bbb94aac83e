"""Environment variables of containers, and the fields they come from."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tutor.practice.api.causes import invalid, not_supported
from tutor.practice.api.errors import Obj
from tutor.practice.api.meta import name_faults, qualified_faults
from tutor.practice.rules.checks import Causes, dns_name, env_name_faults, faults, items, key_faults, needed
from tutor.practice.schema.quantity import number

_FIELDS = (
    *("metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName"),
    *("status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"),
)
_UNCONVERTED = "error converting fieldPath: "
_LABELS = {"metadata.labels", "metadata.annotations"}
_CONVERTED = {*_FIELDS, *_LABELS, "spec.restartPolicy", "spec.schedulerName", "spec.hostNetwork", "status.phase"}
_RESOURCES = tuple(
    f"{side}.{name}" for side in ("limits", "requests") for name in ("cpu", "ephemeral-storage", "memory")
)
_UNITS = ("1", *(f"1{prefix}" for prefix in ("k", *"MGTPE", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")))
_SOURCES = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")


def environment(container: Obj, path: str) -> Causes:
    """Check `env` and `envFrom`."""
    for at, variable in items(container, path, "env"):
        yield from needed(variable, at, "name")
        if variable.get("name"):
            yield from faults(f"{at}.name", variable["name"], env_name_faults(variable["name"]))
        if variable.get("valueFrom") is not None:
            yield from _value_from(variable, f"{at}.valueFrom")
    for at, source in items(container, path, "envFrom"):
        if source.get("prefix"):
            yield from faults(f"{at}.prefix", source["prefix"], env_name_faults(source["prefix"]))
        kinds = [key for key in ("configMapRef", "secretRef") if source.get(key) is not None]
        for kind in kinds:
            yield from needed(source[kind], f"{at}.{kind}", "name")
            yield from dns_name(source[kind], f"{at}.{kind}", "name")
        if not kinds:
            yield invalid(f"{path}.envFrom", "", "must specify one of: `configMapRef` or `secretRef`")
        elif len(kinds) > 1:
            yield invalid(f"{path}.envFrom", "", "may not have more than one field specified at a time")


def field_ref(reference: Obj, path: str, supported: Sequence[str]) -> Causes:
    """Check a field of the Pod; `supported` names those that may be used there."""
    field = reference.get("fieldPath") or ""
    yield from needed(reference, path, "fieldPath")
    base, subscript, key = field.partition("['")
    if subscript and key.endswith("']"):
        if base in _LABELS:
            yield from faults(path, key[:-2], qualified_faults(key[:-2]))
        else:
            yield invalid(f"{path}.fieldPath", field, f"{_UNCONVERTED}field label does not support subscript: {field}")
    elif reference.get("apiVersion", "v1") != "v1":
        yield invalid(f"{path}.fieldPath", field, f"{_UNCONVERTED}unsupported pod version: {reference['apiVersion']}")
    elif field and field not in _CONVERTED:
        yield invalid(f"{path}.fieldPath", field, f"{_UNCONVERTED}field label not supported: {field}")
    elif field and field not in supported:
        yield not_supported(f"{path}.fieldPath", field, supported)


def resource_ref(reference: Obj, path: str, *, volume: bool = False) -> Causes:
    """Check a resource of a container; in a `volume` the container must be named."""
    resource = reference.get("resource") or ""
    yield from needed(reference, path, *(["containerName"] if volume else []))
    yield from needed(reference, path, "resource")
    if resource and resource not in _RESOURCES:
        yield not_supported(f"{path}.resource", resource, _RESOURCES)
    divisor = number(reference.get("divisor") or 0)
    if resource.endswith(".cpu") and divisor not in (0, 1, number("1m")):
        detail = "only divisor's values 1m and 1 are supported with the cpu resource"
        yield invalid(f"{path}.divisor", resource, detail)
    elif re.search("memory$|storage$", resource) and divisor not in map(number, ("0", *_UNITS)):
        kind = "memory" if resource.endswith("memory") else "local ephemeral storage"
        detail = f"only divisor's values {', '.join(_UNITS)} are supported with the {kind} resource"
        yield invalid(f"{path}.divisor", resource, detail)


def _value_from(variable: Obj, path: str) -> Causes:
    value = variable["valueFrom"]
    kinds = [key for key in _SOURCES if value.get(key) is not None]
    for kind in kinds:
        source, at = value[kind], f"{path}.{kind}"
        if kind == "fieldRef":
            yield from field_ref(source, at, _FIELDS)
        elif kind == "resourceFieldRef":
            yield from resource_ref(source, at)
        elif kind != "fileKeyRef":
            yield from faults(f"{at}.name", source.get("name") or "", name_faults(source.get("name") or ""))
            yield from needed(source, at, "key")
            if source.get("key"):
                yield from faults(f"{at}.key", source["key"], key_faults(source["key"]))
    if not kinds:
        yield invalid(
            path, "", f"must specify one of: {', '.join(f'`{each}`' for each in _SOURCES[:-1])} or `fileKeyRef`"
        )
    elif variable.get("value"):
        yield invalid(path, "", "may not be specified when `value` is not empty")
    elif len(kinds) > 1:
        yield invalid(path, "", "may not have more than one field specified at a time")
