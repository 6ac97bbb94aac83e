"""Resources that containers request, and are limited to."""

from __future__ import annotations

from tutor.practice.api.causes import invalid, not_supported, required
from tutor.practice.api.errors import Obj
from tutor.practice.api.meta import qualified_faults
from tutor.practice.rules.checks import NEGATIVE, Causes, faults
from tutor.practice.schema.quantity import number

CONTAINER = ("cpu", "memory", "ephemeral-storage")
STANDARD = {
    *(*CONTAINER, "storage", "pods", "services", "replicationcontrollers", "resourcequotas", "secrets", "configmaps"),
    *("persistentvolumeclaims", "services.nodeports", "services.loadbalancers"),
    *(f"{side}.{name}" for side in ("requests", "limits") for name in CONTAINER),
    "requests.storage",
}


def overcommitted(name: str) -> bool:
    """Tell whether the requests of a resource may be below its limits."""
    return ("/" not in name or "kubernetes.io/" in name) and not name.startswith("hugepages-")


def container_resources(resources: Obj, path: str) -> Causes:
    """Check the `resources` of a container."""
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    for side, amounts in (("limits", limits), ("requests", requests)):
        for name, amount in amounts.items():
            at = f"{path}.{side}[{name}]"
            yield from _name(name, at)
            if number(amount) < 0:
                yield invalid(at, amount, NEGATIVE)
            elif "/" in name and not overcommitted(name) and number(amount) % 1:
                yield invalid(at, amount, "must be an integer")
            if side == "requests":
                yield from _against_limit(name, amount, limits, path)


def resize_policies(container: Obj, path: str) -> Causes:
    """Check what a change of resources does to a container."""
    for policy in container.get("resizePolicy") or []:
        for key, values in (("resourceName", CONTAINER[:2]), ("restartPolicy", ("NotRequired", "RestartContainer"))):
            if policy.get(key) not in values:
                yield not_supported(f"{path}.resizePolicy", policy.get(key) or "", values)


def _name(name: str, path: str) -> Causes:
    wrong = list(faults(path, name, qualified_faults(name)))
    yield from wrong
    huge = name.startswith("hugepages-")
    if not wrong and "/" not in name and name not in STANDARD and not huge:
        yield invalid(path, name, "must be a standard resource type or fully qualified")
    if "/" not in name and name not in CONTAINER and not huge:
        yield invalid(path, name, "must be a standard resource for containers")
    elif "/" in name and not wrong and "kubernetes.io/" not in name and name.startswith("requests."):
        yield invalid(path, name, "doesn't follow extended resource name standard")


def _against_limit(name: str, request: str, limits: Obj, path: str) -> Causes:
    limit = limits.get(name)
    if limit is None:
        if not overcommitted(name):
            yield required(f"{path}.limits", "Limit must be set for non overcommitable resources")
    elif number(request) != number(limit) and not overcommitted(name):
        yield invalid(f"{path}.requests", request, f"must be equal to {name} limit of {limit}")
    elif number(request) > number(limit):
        yield invalid(f"{path}.requests", request, f"must be less than or equal to {name} limit of {limit}")
