"""The `scale` subresource: how many replicas, whatever the kind calls them.

https://kubernetes.io/docs/reference/kubernetes-api/autoscaling-resources/scale-v1/
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from tutor.practice.api import errors, selectors
from tutor.practice.api.causes import invalid
from tutor.practice.api.errors import Obj
from tutor.practice.http import bodies, objects
from tutor.practice.http.answers import json_answer
from tutor.practice.http.call import Call

PATHS = {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}


async def scale(call: Call) -> web.Response:
    """GET, PUT or PATCH the scale of an object."""
    stored = call.stored()
    if call.path.verb == "get":
        return json_answer(_scale_of(call, stored))
    updating = call.path.verb == "update"
    change: Any = await (bodies.parse(call.request, "Scale") if updating else objects.read_patch(call))

    def build(obj: Obj) -> Obj:
        wanted: Obj = (
            change if updating else objects.patched(call, call.request.content_type, _scale_of(call, obj), change)
        )
        wanted = bodies.fitting(wanted, "autoscaling/v1", "Scale", call.parts.schema)
        revision = (wanted.get("metadata") or {}).get("resourceVersion")
        if revision and revision != obj["metadata"]["resourceVersion"]:
            raise errors.modified(call.resource, call.path.name)
        replicas = (wanted.get("spec") or {}).get("replicas") or 0
        if not isinstance(replicas, int) or replicas < 0:
            cause = invalid("spec.replicas", replicas, "must be greater than or equal to 0")
            raise errors.invalid("Scale", "autoscaling", call.path.name, [cause])
        _put(obj, _path(call, "specReplicasPath"), replicas)
        return obj

    new = call.parts.api.change(
        call.resource,
        *call.key,
        build,
        subresource="scale",
        who=call.who,
        manager=call.manager,
        dry_run=bodies.dry_run(call.request),
        warnings=call.warnings,
    )
    return json_answer(_scale_of(call, new), warnings=call.warnings)


def _scale_of(call: Call, obj: Obj) -> Obj:
    meta = obj["metadata"]
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    spec_replicas = _get(obj, _path(call, "specReplicasPath"))
    status: Obj = {"replicas": _get(obj, _path(call, "statusReplicasPath")) or 0}
    selector = _selector(call, obj)
    if selector:
        status["selector"] = selector
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {key: meta[key] for key in kept if key in meta},
        "spec": {"replicas": spec_replicas} if spec_replicas else {},
        "status": status,
    }


def _selector(call: Call, obj: Obj) -> str:
    if call.resource in call.parts.scales:
        path = call.parts.scales[call.resource].get("labelSelectorPath")
        return str(_get(obj, path) or "") if path else ""
    selector = (obj.get("spec") or {}).get("selector") or {}
    if call.resource == "replicationcontrollers":
        selector = {"matchLabels": selector}
    return selectors.shown(selector)


def _path(call: Call, name: str) -> str:
    return str(call.parts.scales.get(call.resource, {}).get(name) or PATHS[name])


def _get(obj: Obj, path: str) -> Any:
    value: Any = obj
    for key in path.strip(".").split("."):
        value = (value or {}).get(key)
    return value


def _put(obj: Obj, path: str, value: Any) -> None:
    *parents, last = path.strip(".").split(".")
    for key in parents:
        obj = obj.setdefault(key, {})
    obj[last] = value
