"""Creating, reading, changing and deleting one object."""

from __future__ import annotations

from typing import Any

import orjson
from aiohttp import web

from tutor.practice.api import causes, errors
from tutor.practice.api.errors import ApiError, Obj
from tutor.practice.clock import stamp
from tutor.practice.http import bodies, options
from tutor.practice.http.answers import json_answer
from tutor.practice.http.call import Call
from tutor.practice.patches import apply, json_patch, merge, strategic
from tutor.practice.patches.errors import PatchError
from tutor.practice.patches.golang import go_value
from tutor.practice.schema import decode, parsing

JSON_PATCH, MERGE, STRATEGIC, APPLY = (
    f"application/{kind}"
    for kind in ("json-patch+json", "merge-patch+json", "strategic-merge-patch+json", "apply-patch+yaml")
)


async def get(call: Call) -> web.Response:
    """GET one object."""
    revision = call.request.query.get("resourceVersion", "")
    if problem := options.unreadable(revision):
        raise ApiError(500, "", f'resourceVersion: Invalid value: "{revision}": {problem}')
    return call.answer(call.stored())


async def create(call: Call) -> web.Response:
    """POST a new object."""
    options.check_manager(call.request.query.get("fieldManager", ""), "CreateOptions")
    obj = await call.body()
    made = call.parts.api.create(
        call.resource,
        obj,
        call.namespace,
        who=call.who,
        manager=call.manager,
        dry_run=bodies.dry_run(call.request),
        warnings=call.warnings,
    )
    return call.answer(made, 201)


async def update(call: Call, subresource: str = "") -> web.Response:
    """PUT an object, or its status."""
    options.check_manager(call.request.query.get("fieldManager", ""), "UpdateOptions")
    obj = await call.body()
    meta = obj.setdefault("metadata", {})
    if not meta.get("name"):
        raise _nameless(call)
    if problem := options.unreadable(meta.get("resourceVersion") or ""):
        raise ApiError(500, "", problem)
    if meta["name"] != call.path.name:
        raise errors.bad_request(
            f"the name of the object ({meta['name']}) does not match the name on the URL ({call.path.name})"
        )
    known = call.parts.api.store.get(call.resource, *call.key) is not None
    stored = call.parts.api.update(
        call.resource,
        obj,
        call.namespace,
        subresource=subresource,
        who=call.who,
        manager=call.manager,
        dry_run=bodies.dry_run(call.request),
        warnings=call.warnings,
    )
    return call.answer(stored, 200 if known else 201)


async def patch(call: Call, subresource: str = "") -> web.Response:
    """PATCH an object, or its status: JSON, merge and strategic merge patches, and server-side apply."""
    options.check_manager(call.request.query.get("fieldManager", ""), "PatchOptions")
    media = call.request.content_type
    if media == APPLY:
        return await _apply(call, subresource)
    if "force" in call.request.query:
        cause = causes.forbidden("force", "may not be specified for non-apply patch")
        raise errors.invalid("PatchOptions", "meta.k8s.io", "", [cause])
    change = await read_patch(call)

    def build(stored: Obj) -> Obj:
        old = call.parts.versions.outward(call.kind, stored)
        new = patched(call, media, old, change)
        try:
            decoded = call.inward(new)
        except decode.DecodeError as error:
            raise _unfit(error, go_value(change) if media == STRATEGIC else orjson.dumps(new).decode()) from error
        if not (decoded.get("metadata") or {}).get("name"):
            raise _nameless(call)
        return decoded

    stored = call.parts.api.change(
        call.resource,
        *call.key,
        build,
        subresource=subresource,
        who=call.who,
        manager=call.manager,
        dry_run=bodies.dry_run(call.request),
        warnings=call.warnings,
    )
    return call.answer(stored)


async def read_patch(call: Call) -> Any:
    """Return the patch in the body. Raises ApiError (400, 415)."""
    media = call.request.content_type
    accepted = [JSON_PATCH, MERGE, APPLY] if call.kind.custom else [JSON_PATCH, MERGE, STRATEGIC, APPLY]
    if media not in accepted:
        raise bodies.unsupported(", ".join(accepted))
    body = await bodies.raw(call.request)
    try:
        return parsing.parse_patch(body)
    except ValueError as error:
        raise errors.bad_request(str(error)) from error


def patched(call: Call, media: str, old: Obj, change: Any) -> Obj:
    """Return `old` with the patch. Raises ApiError."""
    try:
        if media == JSON_PATCH:
            return json_patch.apply(old, change)
        if media == MERGE:
            return merge.apply(old, change)
        return strategic.apply(old, change, call.type)
    except PatchError as error:
        raise refused(error) from error


def refused(error: PatchError) -> ApiError:
    """Return the API server's answer to a patch that cannot be applied."""
    details: Obj | None = {"causes": list(error.causes)} if error.causes else None
    if error.code == 422:
        details = details or {}
    return ApiError(error.code, error.reason, error.message, details)


def _nameless(call: Call) -> ApiError:
    return errors.bad_request(
        f"the name of the object ({call.path.name} based on URL) was undeterminable: name must be provided"
    )


def _unfit(error: decode.DecodeError, value: str) -> ApiError:
    """Return the refusal of a patch whose result does not fit the type: 422, where a whole object would be a 400."""
    return errors.invalid("", "", "", [causes.invalid("patch", value, error.detail)])


async def delete(call: Call) -> web.Response:
    """DELETE one object."""
    deletion, dry = await call.deletion()
    last, gone = call.parts.api.delete(
        call.resource, *call.key, deletion, who=call.who, dry_run=dry, warnings=call.warnings
    )
    if not gone:
        return call.answer(last)
    meta = last["metadata"]
    details = {"name": meta["name"], "group": call.kind.group, "kind": call.kind.plural, "uid": meta["uid"]}
    status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
    status["details"] = {key: value for key, value in details.items() if value}
    return json_answer(status, warnings=call.warnings)


async def _apply(call: Call, subresource: str) -> web.Response:
    """Server-side apply: https://kubernetes.io/docs/reference/using-api/server-side-apply/."""
    manager = call.request.query.get("fieldManager", "")
    if not manager:
        cause = errors.Cause("fieldManager", "FieldValueRequired", "Required value: is required for apply patch")
        raise errors.invalid("PatchOptions", "meta.k8s.io", "", [cause])
    try:
        applied = parsing.parse_yaml(await bodies.raw(call.request))
    except ValueError as error:
        raise errors.bad_request(f"error decoding YAML: {error}") from error
    if not applied.get("apiVersion") or not applied.get("kind"):
        group, _, version = (applied.get("apiVersion") or "").rpartition("/")
        raise errors.bad_request(f"invalid object type: {group}/{version}, Kind={applied.get('kind') or ''}")
    bodies.expect(applied, call.kind, known=False)
    meta = applied.setdefault("metadata", {})
    if not isinstance(meta, dict):
        what = f"(/; {call.kind.group}/{call.kind.version}, Kind={call.kind.kind})"
        why = f".metadata: expected map, got {go_value(meta)}"
        raise ApiError(500, "", f"failed to create typed patch object {what}: {why}")
    if meta.setdefault("name", call.path.name) != call.path.name:
        raise errors.bad_request(
            f"the name of the object ({meta['name']}) does not match the name on the URL ({call.path.name})"
        )
    if call.namespace:
        meta.setdefault("namespace", call.namespace)
    force = call.request.query.get("force") == "true"
    now = stamp(call.parts.api.clock.now())
    dry_run = bodies.dry_run(call.request)
    has_status = call.parts.api.strategy(call.resource).has_status

    def build(live: Obj | None) -> Obj:
        old = call.parts.versions.outward(call.kind, live) if live else None
        try:
            merged = apply.apply(
                old, applied, manager, force, call.type, now, subresource=subresource, has_status=has_status
            )
        except PatchError as error:
            raise refused(error) from error
        return call.inward(merged, "Ignore")

    if call.parts.api.store.get(call.resource, *call.key) is None:
        if subresource or meta.get("uid") or meta.get("resourceVersion"):
            raise errors.not_found(call.resource, call.path.name)
        made = call.parts.api.create(
            call.resource,
            build(None),
            call.namespace,
            who=call.who,
            dry_run=dry_run,
            warnings=call.warnings,
            owned=False,
        )
        return call.answer(made, 201)
    stored = call.parts.api.change(
        call.resource,
        *call.key,
        build,
        subresource=subresource,
        who=call.who,
        dry_run=dry_run,
        warnings=call.warnings,
        owned=False,
    )
    return call.answer(stored)
