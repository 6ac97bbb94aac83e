"""Subresources that are neither streams nor scales: status, approval, tokens, evictions, bindings, finalizers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from tutor.practice.api import errors
from tutor.practice.api.errors import Obj
from tutor.practice.http import bodies, objects
from tutor.practice.http.answers import json_answer
from tutor.practice.http.call import Call

SUCCESS: Obj = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


async def status(call: Call) -> web.Response:
    """GET, PUT or PATCH the status."""
    if call.path.verb == "get":
        return await objects.get(call)
    return await (objects.patch if call.path.verb == "patch" else objects.update)(call, "status")


async def part(call: Call) -> web.Response:
    """GET, PUT or PATCH one part of an object, as `ephemeralcontainers` of a Pod or `approval` of a request."""
    if call.path.verb == "get":
        return await objects.get(call)
    take = PARTS[call.resource, call.path.subresource]
    media = call.request.content_type
    sent: Any = await (call.body() if call.path.verb == "update" else objects.read_patch(call))

    def build(stored: Obj) -> Obj:
        new = sent if call.path.verb == "update" else call.inward(objects.patched(call, media, stored, sent))
        revision = (new.get("metadata") or {}).get("resourceVersion")
        if revision and revision != stored["metadata"]["resourceVersion"]:
            raise errors.modified(call.resource, call.path.name)
        return take(stored, new)

    stored = call.parts.api.change(
        call.resource,
        *call.key,
        build,
        subresource=call.path.subresource,
        who=call.who,
        manager=call.manager,
        dry_run=bodies.dry_run(call.request),
        warnings=call.warnings,
    )
    return call.answer(stored)


async def evict(call: Call) -> web.Response:
    """POST an eviction: the Pod goes where its disruption budgets allow it."""
    eviction = await bodies.parse(call.request, "Eviction", default={})
    eviction = bodies.fitting(eviction, "policy/v1", "Eviction", call.parts.schema)
    call.parts.evict(call.parts.api, call.stored(), eviction)
    return json_answer(SUCCESS, 201)


async def bind(call: Call) -> web.Response:
    """POST a binding: a scheduler's decision."""
    binding = await bodies.parse(call.request, "Binding")
    binding = bodies.fitting(binding, "v1", "Binding", call.parts.schema)
    target = (binding.get("target") or {}).get("name") or ""
    if not target:
        cause = errors.Cause("target.name", "FieldValueRequired", "Required value")
        raise errors.invalid("Binding", "", call.path.name, [cause])
    call.parts.bind(call.parts.api, *call.key, target, (binding.get("metadata") or {}).get("annotations"))
    return json_answer(SUCCESS, 201)


async def token(call: Call) -> web.Response:
    """POST a TokenRequest for a ServiceAccount."""
    request = await bodies.parse(call.request, "TokenRequest", default={})
    request = bodies.fitting(request, "authentication.k8s.io/v1", "TokenRequest", call.parts.schema)
    return json_answer(call.parts.token(call.stored(), request), 201)


def _ephemeral(stored: Obj, new: Obj) -> Obj:
    stored["spec"]["ephemeralContainers"] = new["spec"].get("ephemeralContainers") or []
    return stored


def _resize(stored: Obj, new: Obj) -> Obj:
    for kind in ("containers", "initContainers"):
        for old, wanted in zip(stored["spec"].get(kind) or [], new["spec"].get(kind) or [], strict=False):
            old["resources"] = wanted.get("resources") or {}
    return stored


def _approval(stored: Obj, new: Obj) -> Obj:
    conditions = (new.get("status") or {}).get("conditions") or []
    stored.setdefault("status", {})["conditions"] = conditions
    return stored


def _finalize(stored: Obj, new: Obj) -> Obj:
    stored["spec"] = {**stored.get("spec", {}), "finalizers": (new.get("spec") or {}).get("finalizers") or []}
    return stored


PARTS: dict[tuple[str, str], Callable[[Obj, Obj], Obj]] = {
    ("pods", "ephemeralcontainers"): _ephemeral,
    ("pods", "resize"): _resize,
    ("namespaces", "finalize"): _finalize,
    ("certificatesigningrequests.certificates.k8s.io", "approval"): _approval,
}
ACTIONS: dict[tuple[str, str], Callable[[Call], Awaitable[web.Response]]] = {
    ("pods", "eviction"): evict,
    ("pods", "binding"): bind,
    ("serviceaccounts", "token"): token,
}
