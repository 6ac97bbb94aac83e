"""ResourceQuotas: what a namespace uses of what it may.

https://kubernetes.io/docs/concepts/policy/resource-quotas/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from tutor.practice.api.errors import Obj
from tutor.practice.api.meta import key_of
from tutor.practice.api.store import Event, Store
from tutor.practice.controllers.queue import Controller
from tutor.practice.scheduler.claims import request
from tutor.practice.scheduler.cluster import finished, pod_requests
from tutor.practice.scheduler.quantities import is_binary, milli, shown

COUNTED = {
    "pods": "pods",
    "services": "services",
    "configmaps": "configmaps",
    "secrets": "secrets",
    "persistentvolumeclaims": "persistentvolumeclaims",
    "replicationcontrollers": "replicationcontrollers",
    "resourcequotas": "resourcequotas",
}
"""Resources that may be limited by their bare names."""
OF_CLASS = ".storageclass.storage.k8s.io/"


class QuotaController(Controller):
    """Counts again whenever something in the namespace changes."""

    name: ClassVar[str] = "resourcequota-controller"
    resource: ClassVar[str] = "resourcequotas"

    def reconcile(self, obj: Obj) -> None:
        """Write `status.hard` and `status.used`."""
        hard = obj["spec"].get("hard") or {}
        used = usage(self.store, obj)
        status = {"hard": hard, "used": {name: used[name] for name in hard if name in used}}
        if (obj.get("status") or {}) != status:
            self.api.set_status(self.resource, obj, status)

    def _hear(self, event: Event) -> None:
        super()._hear(event)
        namespace = event.object["metadata"].get("namespace")
        if namespace and event.resource != "events" and _counts_differently(event):
            for quota in self.store.list(self.resource, namespace):
                self.enqueue(key_of(quota))


def usage(store: Store, quota: Obj) -> Mapping[str, str]:
    """Return what the namespace uses of everything that the quota limits, as quantities."""
    namespace = quota["metadata"]["namespace"]
    pods = [pod for pod in store.list("pods", namespace) if counts(quota, pod)]
    used: dict[str, str] = {}
    for name, limit in (quota["spec"].get("hard") or {}).items():
        if name == "pods":
            used[name] = str(len(pods))
        elif name.startswith("count/") or name in COUNTED:
            used[name] = str(len(store.list(COUNTED.get(name, name.removeprefix("count/")), namespace)))
        elif name.startswith("services."):
            services = store.list("services", namespace)
            used[name] = str(sum(_service(each, name) for each in services))
        elif name.endswith(("requests.storage", "/persistentvolumeclaims")) and "ephemeral" not in name:
            used[name] = _claims(store.list("persistentvolumeclaims", namespace), name)
        else:
            kind, resource = ("limits", name[7:]) if name.startswith("limits.") else ("requests", name)
            resource = resource.removeprefix("requests.")
            total = sum(pod_requests(pod, kind=kind).get(resource, 0) for pod in pods)
            texts = _texts(pods, kind, resource)
            used[name] = shown(total, binary=is_binary(next(iter(texts), limit)))
    return used


def counts(quota: Obj, pod: Obj) -> bool:
    """Tell whether a Pod is one that the quota is about: not finished, and in its scopes."""
    spec = quota["spec"]
    if finished(pod):
        return False
    if not all(_in_scope(pod, {"scopeName": scope, "operator": "Exists"}) for scope in spec.get("scopes") or []):
        return False
    return all(_in_scope(pod, each) for each in (spec.get("scopeSelector") or {}).get("matchExpressions") or [])


def _in_scope(pod: Obj, expression: Obj) -> bool:
    spec, values = pod["spec"], expression.get("values") or []
    besteffort = not any(pod_requests(pod, kind=kind) for kind in ("requests", "limits"))
    match expression["scopeName"]:
        case "BestEffort":
            return besteffort
        case "NotBestEffort":
            return not besteffort
        case "Terminating":
            return spec.get("activeDeadlineSeconds") is not None
        case "NotTerminating":
            return spec.get("activeDeadlineSeconds") is None
        case "PriorityClass":
            name = spec.get("priorityClassName")
            return {
                "In": name in values,
                "NotIn": name not in values,
                "Exists": bool(name),
                "DoesNotExist": not name,
            }[expression["operator"]]
        case "CrossNamespacePodAffinity":
            terms = [
                term.get("podAffinityTerm", term)
                for kind in ("podAffinity", "podAntiAffinity")
                for found in ((spec.get("affinity") or {}).get(kind) or {}).values()
                for term in found
            ]
            return any(term.get("namespaces") or term.get("namespaceSelector") is not None for term in terms)
    return False


def _service(service: Obj, name: str) -> int:
    kind, ports = service["spec"].get("type"), service["spec"].get("ports") or []
    if name == "services.loadbalancers":
        return int(kind == "LoadBalancer")
    if kind == "LoadBalancer" and service["spec"].get("allocateLoadBalancerNodePorts") is False:
        return sum(bool(each.get("nodePort")) for each in ports)
    return len(ports) if kind in ("NodePort", "LoadBalancer") else 0


def _claims(claims: Iterable[Obj], name: str) -> str:
    storage_class, _, what = name.rpartition(OF_CLASS)
    chosen = [each for each in claims if not storage_class or each["spec"].get("storageClassName") == storage_class]
    if what == "persistentvolumeclaims":
        return str(len(chosen))
    texts = [each["spec"]["resources"]["requests"]["storage"] for each in chosen]
    return shown(sum(map(request, chosen)), binary=any(map(is_binary, texts)))


def _texts(pods: Iterable[Obj], kind: str, resource: str) -> list[str]:
    containers = (each for pod in pods for each in pod["spec"].get("containers") or [])
    amounts = ((each.get("resources") or {}).get(kind, {}).get(resource) for each in containers)
    return [each for each in amounts if each and milli(each)]


def _counts_differently(event: Event) -> bool:
    if event.type != "MODIFIED" or event.old is None:
        return True
    if event.resource in ("pods", "services", "persistentvolumeclaims"):
        return event.old.get("spec") != event.object.get("spec") or finished(event.old) != finished(event.object)
    return False
