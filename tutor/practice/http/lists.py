"""Lists: selectors, chunks that stay consistent, and deleting whole collections."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable

import orjson
from aiohttp import web

from tutor.practice.api import errors, selectors
from tutor.practice.api.errors import Obj
from tutor.practice.api.meta import key_of
from tutor.practice.http import options
from tutor.practice.http.answers import json_answer, shaped
from tutor.practice.http.call import Call

EXPIRED = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without "
    "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. "
    "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or "
    "deleted between the time the first chunk was returned and now may show up in the list."
)


def selected(call: Call) -> Callable[[Obj], bool]:
    """Return what decides whether an object is meant by the query's selectors and the path's name."""
    labels = selectors.parse_labels(call.request.query.get("labelSelector", ""))
    fields = selectors.parse_fields(call.request.query.get("fieldSelector", ""), call.resource)
    name = call.path.name

    def chosen(obj: Obj) -> bool:
        meta = obj["metadata"]
        return (not name or meta["name"] == name) and labels(meta.get("labels") or {}) and fields(obj)

    return chosen


async def get(call: Call) -> web.Response:
    """GET a list, in chunks where the query has a `limit`."""
    store, query = call.parts.api.store, call.request.query
    options.check_list(query, watching=False)
    limit = max(options.number(query, "limit") or 0, 0)
    revision, after = store.revision, ""
    if token := query.get("continue"):
        revision, after = _read_token(token)
        items = call.parts.pages.held(revision, call.request.path, query.get("labelSelector", ""))
        if items is None:
            raise errors.expired(EXPIRED)
    else:
        exact = query.get("resourceVersionMatch") == "Exact"
        options.check_revision(query.get("resourceVersion", ""), revision, exact=exact)
        chosen = selected(call)
        items = [each for each in store.list(call.resource, call.namespace) if chosen(each)]
    rest = [each for each in items if "/".join(key_of(each)) > after] if after else items
    meta: Obj = {"resourceVersion": str(revision)}
    if limit and len(rest) > limit:
        page = rest[:limit]
        call.parts.pages.hold(items, revision, call.request.path, query.get("labelSelector", ""))
        meta["continue"] = _token(revision, "/".join(key_of(page[-1])))
        if not query.get("labelSelector") and not query.get("fieldSelector"):
            meta["remainingItemCount"] = len(rest) - limit
        rest = page
    outward = call.parts.versions.outward
    return json_answer(_list(call, [outward(call.kind, each) for each in rest], meta), warnings=call.warnings)


async def delete(call: Call) -> web.Response:
    """DELETE a collection: every object that the selectors choose."""
    deletion, dry = await call.deletion()
    chosen = selected(call)
    doomed = [each for each in call.parts.api.store.list(call.resource, call.namespace) if chosen(each)]
    for each in doomed:
        call.parts.api.delete(call.resource, *key_of(each), deletion, who=call.who, dry_run=dry)
    return json_answer(_list(call, doomed, {"resourceVersion": str(call.parts.api.store.revision)}))


def _list(call: Call, items: list[Obj], meta: Obj) -> Obj:
    kind = call.kind
    whole = {"kind": f"{kind.kind}List", "apiVersion": kind.api_version, "metadata": meta, "items": items}
    whole = shaped(call.request, call.parts, kind, whole)
    if whole["kind"] == f"{kind.kind}List" and not kind.custom:  # typed lists leave out what each item would repeat
        whole["items"] = [{k: v for k, v in each.items() if k not in ("apiVersion", "kind")} for each in items]
    return whole


def _token(revision: int, last: str) -> str:
    return base64.urlsafe_b64encode(orjson.dumps({"v": "meta.k8s.io/v1", "rv": revision, "start": last})).decode()


def _read_token(token: str) -> tuple[int, str]:
    try:
        data = base64.urlsafe_b64decode(token)
    except binascii.Error as error:
        raise errors.bad_request("invalid continue token: continue key is not valid: illegal base64 data") from error
    try:
        whole = orjson.loads(data)
        return int(whole["rv"]), str(whole["start"])
    except (ValueError, KeyError, TypeError) as error:
        first = json.dumps(data[:1].decode("latin-1")).strip('"')
        why = f"invalid character '{first}' looking for beginning of value"
        raise errors.bad_request(f"invalid continue token: continue key is not valid: {why}") from error
