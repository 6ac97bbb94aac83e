"""What counts against a ResourceQuota, and how much of it there is.

https://kubernetes.io/docs/concepts/policy/resource-quotas/
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from tutor.practice.admission.amounts import Amounts, added, pod_amounts, read
from tutor.practice.admission.plugin import containers_of
from tutor.practice.api.errors import Obj
from tutor.practice.api.store import Store
from tutor.practice.schema.quantity import Quantity, parse

COUNTED = ("configmaps", "secrets", "services", "persistentvolumeclaims", "resourcequotas", "replicationcontrollers")
"""Resources with a short name in quotas; all others count as `count/RESOURCE`."""
COMPUTE = ("cpu", "memory", "ephemeral-storage")
ONE = Quantity(Fraction(1), "DecimalSI")
CLASS_SUFFIX = ".storageclass.storage.k8s.io/"


def usage_of(resource: str, obj: Obj) -> Amounts:
    """Return what one object uses, under all names that a quota may count it."""
    used = {f"count/{resource}": ONE}
    if resource == "pods":
        return used | _pod_usage(obj)
    if resource in COUNTED:
        used[resource] = ONE
    spec = obj.get("spec") or {}
    if resource == "persistentvolumeclaims":
        size = read((spec.get("resources") or {}).get("requests")).get("storage")
        storage = {"requests.storage": size} if size else {}
        storage_class = spec.get("storageClassName")
        if storage_class:
            own = {**storage, "persistentvolumeclaims": ONE}
            used |= {f"{storage_class}{CLASS_SUFFIX}{name}": amount for name, amount in own.items()}
        return used | storage
    if resource == "services" and spec.get("type") in ("NodePort", "LoadBalancer"):
        ports = len(spec.get("ports") or [])
        if spec["type"] == "LoadBalancer":
            used["services.loadbalancers"] = ONE
            ports = 0 if spec.get("allocateLoadBalancerNodePorts") is False else ports
        used["services.nodeports"] = Quantity(Fraction(ports), "DecimalSI")
    return used


def matches(quota: Obj, resource: str, obj: Obj) -> bool:
    """Tell whether an object is in a quota's scopes; only Pods ever are in one."""
    spec = quota.get("spec") or {}
    wanted = [{"scopeName": scope, "operator": "Exists"} for scope in spec.get("scopes") or []]
    wanted += (spec.get("scopeSelector") or {}).get("matchExpressions") or []
    return not wanted or (resource == "pods" and all(_in_scope(each, obj.get("spec") or {}) for each in wanted))


def hard(quota: Obj) -> Amounts:
    """Return a quota's bounds."""
    return read((quota.get("spec") or {}).get("hard"))


def used(store: Store, quota: Obj) -> Amounts:
    """Return how much of each bounded resource the namespace uses: the quota's `status.used`."""
    total = {name: Quantity(Fraction(0), bound.format) for name, bound in hard(quota).items()}
    for resource in {each for name in total for each in _resources(name)}:
        for obj in store.list(resource, quota["metadata"]["namespace"]):
            if matches(quota, resource, obj):
                own = usage_of(resource, obj)
                total = added(total, {name: amount for name, amount in own.items() if name in total})
    return total


def _resources(name: str) -> Iterator[str]:
    """Yield the resources whose objects count under a name."""
    if name.startswith("count/"):
        yield name.removeprefix("count/")
    elif name.startswith("services"):
        yield "services"
    elif name in ("requests.storage", "persistentvolumeclaims") or CLASS_SUFFIX in name:
        yield "persistentvolumeclaims"
    elif name in COUNTED:
        yield name
    else:
        yield "pods"


def _pod_usage(pod: Obj) -> Amounts:
    if (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
        return {}
    found = {"pods": ONE}
    for name, amount in pod_amounts(pod["spec"], "requests").items():
        found[f"requests.{name}"] = amount
        if name in COMPUTE:
            found[name] = amount
    limits = pod_amounts(pod["spec"], "limits")
    return found | {f"limits.{name}": amount for name, amount in limits.items()}


def _in_scope(wanted: Obj, spec: Obj) -> bool:
    values, name = wanted.get("values") or [], spec.get("priorityClassName")
    match wanted["scopeName"]:
        case "BestEffort":
            return _best_effort(spec)
        case "NotBestEffort":
            return not _best_effort(spec)
        case "Terminating":
            return spec.get("activeDeadlineSeconds") is not None
        case "NotTerminating":
            return spec.get("activeDeadlineSeconds") is None
        case "PriorityClass":
            found = {"In": name in values, "NotIn": name not in values, "DoesNotExist": not name}
            return found.get(wanted["operator"], bool(name))
    return False


def _best_effort(spec: Obj) -> bool:
    for container in containers_of(spec):
        resources = container.get("resources") or {}
        for kind in ("requests", "limits"):
            if any(parse(str((resources.get(kind) or {}).get(name, "0"))).value for name in ("cpu", "memory")):
                return False
    return True
