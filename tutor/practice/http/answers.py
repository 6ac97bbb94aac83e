"""Answers: objects and lists as JSON or as the tables that kubectl prints, and refusals as `Status`."""

from __future__ import annotations

import re
from collections.abc import Iterable

import orjson
from aiohttp import web

from tutor.practice.api.errors import ApiError, Obj
from tutor.practice.api.kinds import Kind
from tutor.practice.http.parts import Parts

JSON = "application/json"
TABLE = re.compile(r"as=Table")
PARTIAL = re.compile(r"as=(PartialObjectMetadata(?:List)?)\b")


def wants_table(request: web.Request) -> bool:
    """Tell whether the client would rather have a Table, as `kubectl get` does."""
    return bool(TABLE.search(request.headers.get("Accept", "").partition(",application/json,")[0]))


def shaped(request: web.Request, parts: Parts, kind: Kind, obj: Obj) -> Obj:
    """Return an object, or a list, in the shape that the client asks for."""
    accept = request.headers.get("Accept", "")
    if wants_table(request):
        items = obj["items"] if "items" in obj and obj.get("kind", "").endswith("List") else [obj]
        table = parts.table(kind, items, request.query.get("includeObject", "Metadata") or "Metadata")
        meta = obj["metadata"]
        keys = ("resourceVersion", "continue", "remainingItemCount")
        table["metadata"] = {key: meta[key] for key in keys if key in meta}
        return table
    if PARTIAL.search(accept):
        return partial(obj)
    return obj


def partial(obj: Obj) -> Obj:
    """Return the object's or the list's metadata alone, as metadata clients want it."""
    if "items" in obj and obj["kind"].endswith("List"):
        items = [partial(each) for each in obj["items"]]
        return {**obj, "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "items": items}
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": obj["metadata"]}


def json_answer(obj: Obj, code: int = 200, warnings: Iterable[str] = ()) -> web.Response:
    """Return a JSON response; `warnings` become the headers that kubectl prints as `Warning: …`."""
    response = web.Response(body=orjson.dumps(obj) + b"\n", status=code, content_type=JSON)
    for text in dict.fromkeys(warnings):
        if text.isprintable():  # a real server leaves out what a header cannot carry, too
            escaped = text.replace("\\", "\\\\").replace('"', '\\"')
            response.headers.add("Warning", f'299 - "{escaped}"')
    return response


def refusal(error: ApiError, warnings: Iterable[str] = ()) -> web.Response:
    """Return the response of a refusal."""
    response = json_answer(error.status, error.code, warnings)
    if seconds := (error.details or {}).get("retryAfterSeconds"):
        response.headers["Retry-After"] = str(seconds)
    return response
