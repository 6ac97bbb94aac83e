"""LimitRanger: defaults and bounds for containers, Pods and claims of a namespace.

https://kubernetes.io/docs/concepts/policy/limit-range/
"""

from __future__ import annotations

from collections.abc import Iterator

from tutor.practice.admission.amounts import Amounts, pod_amounts, read
from tutor.practice.admission.plugin import Plugin, forbid
from tutor.practice.api.errors import Obj
from tutor.practice.api.request import Request
from tutor.practice.api.store import Store
from tutor.practice.schema.quantity import Quantity

ANNOTATION = "kubernetes.io/limit-ranger"


class LimitRanger(Plugin):
    """Fills in requests and limits, and refuses what is out of bounds."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def mutate(self, request: Request) -> None:
        """Fill in what containers leave out, and note it in an annotation."""
        if not self._concerns(request, "pods") or request.object is None:
            return
        for limit_range in self._store.list("limitranges", request.namespace):
            _merge(request.object, *_defaults(limit_range))

    def validate(self, request: Request) -> None:
        """Raise ApiError (403) with all that is out of the first LimitRange's bounds."""
        if not self._concerns(request, "pods", "persistentvolumeclaims") or request.object is None:
            return
        spec = request.object.get("spec") or {}
        for limit_range in self._store.list("limitranges", request.namespace):
            check = _pod_faults if request.resource == "pods" else _claim_faults
            found = [text for limit in limit_range["spec"].get("limits") or [] for text in check(limit, spec)]
            texts = list(dict.fromkeys(found))
            if texts:
                raise forbid(request, texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]")

    def _concerns(self, request: Request, *resources: str) -> bool:
        changes = ("CREATE", "UPDATE") if request.resource != "pods" else ("CREATE",)
        return request.resource in resources and request.operation in changes and not request.subresource


def _defaults(limit_range: Obj) -> tuple[Obj, Obj]:
    requests: Obj = {}
    limits: Obj = {}
    for limit in limit_range["spec"].get("limits") or []:
        if limit["type"] == "Container":
            requests |= limit.get("defaultRequest") or {}
            limits |= limit.get("default") or {}
    return requests, limits


def _merge(pod: Obj, requests: Obj, limits: Obj) -> None:
    notes = []
    for field, what in (("containers", "container"), ("initContainers", "init container")):
        for container in pod["spec"].get(field) or []:
            resources = container.setdefault("resources", {})
            for kind, defaults in (("request", requests), ("limit", limits)):
                own = resources.get(f"{kind}s") or {}
                missing = sorted(set(defaults) - set(own))
                if missing:
                    resources[f"{kind}s"] = {**own, **{name: defaults[name] for name in missing}}
                    notes.append(f"{', '.join(missing)} {kind} for {what} {container['name']}")
    if notes:
        annotations = pod["metadata"].setdefault("annotations", {})
        annotations[ANNOTATION] = f"LimitRanger plugin set: {'; '.join(notes)}"


def _pod_faults(limit: Obj, spec: Obj) -> Iterator[str]:
    if limit["type"] == "Container":
        for container in [*(spec.get("containers") or []), *(spec.get("initContainers") or [])]:
            resources = container.get("resources") or {}
            yield from _faults(limit, read(resources.get("requests")), read(resources.get("limits")))
    elif limit["type"] == "Pod":
        yield from _faults(limit, pod_amounts(spec, "requests"), pod_amounts(spec, "limits"))


def _claim_faults(limit: Obj, spec: Obj) -> Iterator[str]:
    if limit["type"] == "PersistentVolumeClaim":
        requests = read((spec.get("resources") or {}).get("requests"))
        yield from _under(limit, requests, {})
        for name, most in read(limit.get("max")).items():
            if name not in requests:
                yield f"{_usage('maximum', name, limit, most)}.  No request is specified"
            elif requests[name].value > most.value:
                yield f"{_usage('maximum', name, limit, most)}, but request is {requests[name]}"


def _faults(limit: Obj, requests: Amounts, limits: Amounts) -> Iterator[str]:
    yield from _under(limit, requests, limits)
    for name, most in sorted(read(limit.get("max")).items()):
        text = _usage("maximum", name, limit, most)
        if name not in limits:
            yield f"{text}.  No limit is specified"
        elif limits[name].value > most.value:
            yield f"{text}, but limit is {limits[name]}"
        elif name in requests and requests[name].value > most.value:
            yield f"{text}, but request is {requests[name]}"
    for name, most in sorted(read(limit.get("maxLimitRequestRatio")).items()):
        text = f"{name} max limit to request ratio per {limit['type']} is {most}, but"
        if name not in requests or not requests[name].value:
            yield f"{text} no request is specified or request is 0"
        elif name not in limits or not limits[name].value:
            yield f"{text} no limit is specified or limit is 0"
        elif (ratio := limits[name].value / requests[name].value) > most.value:
            yield f"{text} provided ratio is {float(ratio):f}"


def _under(limit: Obj, requests: Amounts, limits: Amounts) -> Iterator[str]:
    for name, least in sorted(read(limit.get("min")).items()):
        text = _usage("minimum", name, limit, least)
        if name not in requests:
            yield f"{text}.  No request is specified"
        elif requests[name].value < least.value:
            yield f"{text}, but request is {requests[name]}"
        elif name in limits and limits[name].value < least.value:
            yield f"{text}, but limit is {limits[name]}"


def _usage(bound: str, name: str, limit: Obj, value: Quantity) -> str:
    return f"{bound} {name} usage per {limit['type']} is {value}"
