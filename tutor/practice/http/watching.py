"""Watches: changes as they happen, from any revision that is not forgotten yet.

https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

import orjson
from aiohttp import web

from tutor.practice.api import errors
from tutor.practice.api.errors import Obj
from tutor.practice.api.store import Event, Expired
from tutor.practice.http import options
from tutor.practice.http.answers import JSON, shaped, wants_table
from tutor.practice.http.call import Call
from tutor.practice.http.lists import selected

BOOKMARK_SECONDS = 60.0
LONGEST = 3600.0
"""Seconds that a watch without a timeout lasts."""
WAITING = 10_000
"""Events that may wait for a client that does not read; then the watch ends, and the client begins anew."""


async def watch(call: Call) -> web.StreamResponse:
    """Answer a watch until its timeout, or until the client goes."""
    query = call.request.query
    options.check_list(query, watching=True)
    chosen = selected(call)
    store = call.parts.api.store
    queue: asyncio.Queue[Event | None] = asyncio.Queue(WAITING)

    def hear(event: Event) -> None:
        if event.resource == call.resource and _in_namespace(call, event):
            try:
                queue.put_nowait(event)
            except asyncio.QueueFull:  # writing waits for a client that does not read, and must not wait for ever
                if call.request.transport:
                    call.request.transport.abort()

    try:
        first = _first(call, chosen)
    except Expired:  # the watch begins, and says so at once
        gone = errors.expired(f"too old resource version: {query.get('resourceVersion')} ({store.revision})")
        return web.Response(body=orjson.dumps({"type": "ERROR", "object": gone.status}) + b"\n", content_type=JSON)
    unsubscribe = store.subscribe(hear)
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Cache-Control": "no-cache, private"})
    try:
        await response.prepare(call.request)
        for line in first:
            await response.write(line)
        await _follow(call, response, queue, chosen)
    except (ConnectionResetError, asyncio.CancelledError):
        pass  # the client has gone, or the server stops
    finally:
        unsubscribe()
    return response


async def _follow(
    call: Call, response: web.StreamResponse, queue: asyncio.Queue[Event | None], chosen: Callable[[Obj], bool]
) -> None:
    """Write changes, and a bookmark now and then, until the watch's time is over."""
    loop = asyncio.get_running_loop()
    bookmarks = call.request.query.get("allowWatchBookmarks") == "true"
    end = loop.time() + (float(options.number(call.request.query, "timeoutSeconds") or 0) or LONGEST)
    while (left := end - loop.time()) > 0 and not queue.full():
        try:
            event = await asyncio.wait_for(queue.get(), min(left, BOOKMARK_SECONDS))
        except TimeoutError:
            if bookmarks and left > BOOKMARK_SECONDS:
                await response.write(_bookmark(call, call.parts.api.store.revision))
            continue
        if event is not None and (line := _line(call, event, chosen)):
            await response.write(line)
            await asyncio.sleep(0)  # many events must not keep other requests waiting


def _first(call: Call, chosen: Callable[[Obj], bool]) -> list[bytes]:
    """Return what is sent at once: all that is there, or the changes since the revision asked for."""
    query, store = call.request.query, call.parts.api.store
    since = query.get("resourceVersion", "")
    initial = query.get("sendInitialEvents") == "true"
    if since not in ("", "0") and not initial:
        if problem := options.unreadable(since):
            raise errors.ApiError(500, "", f'resourceVersion: Invalid value: "{since}": {problem}')
        events: Iterable[Event] = store.changes(call.resource, int(since))
        return [line for each in events if _in_namespace(call, each) and (line := _line(call, each, chosen))]
    if query.get("sendInitialEvents") == "false":
        return []
    there = [each for each in store.list(call.resource, call.namespace) if chosen(each)]
    lines = [_encoded(call, "ADDED", each) for each in there]
    if initial:
        lines.append(_bookmark(call, store.revision, {"k8s.io/initial-events-end": "true"}))
    return lines


def _line(call: Call, event: Event, chosen: Callable[[Obj], bool]) -> bytes | None:
    """Return a change as this watch sees it: what leaves its selection is deleted to it, what enters is new."""
    is_chosen = event.type != "DELETED" and chosen(event.object)
    was_chosen = event.old is not None and chosen(event.old)
    if is_chosen:
        return _encoded(call, "MODIFIED" if was_chosen else "ADDED", event.object)
    return _encoded(call, "DELETED", event.object) if was_chosen else None


def _encoded(call: Call, type: str, obj: Obj) -> bytes:
    shown = shaped(call.request, call.parts, call.kind, call.parts.versions.outward(call.kind, obj))
    return orjson.dumps({"type": type, "object": shown}) + b"\n"


def _bookmark(call: Call, revision: int, annotations: Obj | None = None) -> bytes:
    meta: Obj = {"resourceVersion": str(revision), "creationTimestamp": None}
    if annotations:
        meta["annotations"] = annotations
    obj: Obj = {"kind": call.kind.kind, "apiVersion": call.kind.api_version, "metadata": meta}
    if wants_table(call.request):
        table = call.parts.table(call.kind, [], "None")
        row = {
            "cells": [],
            "object": {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": meta},
        }
        obj = {**table, "rows": [row], "metadata": {"resourceVersion": str(revision)}}
    return orjson.dumps({"type": "BOOKMARK", "object": obj}) + b"\n"


def _in_namespace(call: Call, event: Event) -> bool:
    return not call.namespace or event.object["metadata"].get("namespace") == call.namespace
