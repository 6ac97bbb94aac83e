"""From a request to the handler of what it asks for: who, whether they may, and what."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from aiohttp import web

from tutor.practice.api import errors
from tutor.practice.api.errors import ApiError
from tutor.practice.http import (
    bodies,
    forwarding,
    lists,
    objects,
    options,
    proxy,
    scale,
    streams,
    subresources,
    watching,
)
from tutor.practice.http.answers import json_answer, refusal
from tutor.practice.http.call import Call
from tutor.practice.http.parts import Parts
from tutor.practice.http.path import Path, understand

Handler = Callable[[Call], Awaitable[web.StreamResponse]]
VERBS: dict[str, Handler] = {
    "get": objects.get,
    "list": lists.get,
    "watch": watching.watch,
    "create": objects.create,
    "update": objects.update,
    "patch": objects.patch,
    "delete": objects.delete,
    "deletecollection": lists.delete,
}
SUBRESOURCES: dict[str, Handler] = {
    "status": subresources.status,
    "scale": scale.scale,
    "log": streams.log,
    "exec": streams.run,
    "attach": streams.run,
    "portforward": forwarding.forward,
    "proxy": proxy.proxy,
}
DEPRECATED = {
    "endpoints": "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
    "componentstatuses": "v1 ComponentStatus is deprecated in v1.19+",
}
"""What every request for a resource is warned of."""
REVIEWS = ("authentication.k8s.io", "authorization.k8s.io")
YEAR = timedelta(days=365)
log = logging.getLogger("practice")


class Dispatcher:
    """Answers every request."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.asked = time.monotonic()
        """When the last request came."""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Return the response; refusals and mistakes of our own become `Status` objects, too."""
        self.asked = time.monotonic()
        try:
            return await self._answer(request)
        except ApiError as error:
            return refusal(error)
        except Exception as error:
            log.exception("%s %s", request.method, request.path_qs)
            return refusal(ApiError(500, "InternalError", f"Internal error occurred: {error}", {}))

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        watching = options.is_true(request.query, "watch")
        path = understand(request.method, request.path, watching=watching)
        access = self._parts.access
        who = access.authenticate(*_certificate(request))
        if any(name.startswith("Impersonate-") for name in request.headers):
            who = access.impersonated(who, request.headers, path)
        access.authorize(who, _decisive(path, request))
        if not path.resource:
            return self._document(request, path)
        kind = self._parts.api.kinds.at(path.group, path.version, path.resource)
        if kind is None:
            if path.group == "metrics.k8s.io" and (found := self._parts.metrics(path)) is not None:
                return json_answer(found)
            return self._nowhere(path)
        call = Call(request, self._parts, path, kind, who)
        if kind.resource in DEPRECATED:
            call.warnings.append(DEPRECATED[kind.resource])
        if kind.warning:
            call.warnings.append(kind.warning)
        if kind.group in REVIEWS:
            if path.verb != "create":
                raise errors.method_not_allowed()
            body = await bodies.parse(request, kind.kind)
            body = bodies.fitting(body, kind.api_version, kind.kind, self._parts.schema)
            return json_answer(self._parts.review(kind.resource, body, who, path.namespace), 201)
        try:
            return await self._handler(call)(call)
        except ApiError as error:
            return refusal(error, call.warnings)

    def _handler(self, call: Call) -> Handler:
        name, kind = call.path.subresource, call.kind
        if not name:
            served = call.path.verb in VERBS if kind.custom else call.path.verb in kind.verbs
            if not served or not _fits(call):
                raise errors.method_not_allowed()
            return VERBS[call.path.verb]
        if name not in kind.subresources:
            raise errors.no_such_path()
        if handler := subresources.ACTIONS.get((kind.resource, name)):
            return handler
        if (kind.resource, name) in subresources.PARTS:
            return subresources.part
        if name in SUBRESOURCES:
            return SUBRESOURCES[name]
        raise errors.no_such_path()

    def _nowhere(self, path: Path) -> web.Response:
        """Answer for a path that is not served: a `Status` only from the groups of the API server itself."""
        if path.group and not any(kind.group == path.group and not kind.custom for kind in self._parts.api.kinds):
            return web.Response(status=404, text="404 page not found\n")
        raise errors.no_such_path()

    def _document(self, request: web.Request, path: Path) -> web.Response:
        if request.method not in ("GET", "HEAD"):
            raise errors.method_not_allowed()
        found = self._parts.documents(path.whole, request.headers.get("Accept", ""))
        if found is None:
            return self._nowhere(path)
        body, content_type = found
        headers = {"Content-Type": content_type, "Cache-Control": "no-cache, private", "Vary": "Accept"}
        wanted, current = request.query.get("hash"), self._parts.documents.hash(path.whole)
        if wanted and current:  # who names the hash may keep the document for good: kubectl does
            if wanted != current:
                return web.Response(status=301, headers={"Location": f"{path.whole}?hash={current}"})
            headers |= {"Cache-Control": "public, immutable", "ETag": f'"{current}"'}
            headers["Expires"] = (self._parts.api.clock.now() + YEAR).strftime("%a, %d %b %Y %H:%M:%S UTC")
        return web.Response(body=body, headers=headers)


def _fits(call: Call) -> bool:
    """Tell whether the method belongs to the path: POST to collections, PUT and PATCH to objects, HEAD to neither."""
    if call.path.verb in ("update", "patch") and not call.path.name:
        return False
    return call.request.method != "HEAD" and not (call.path.verb == "create" and call.path.name)


def _decisive(path: Path, request: web.Request) -> Path:
    """Return what must be allowed: for a WebSocket into a Pod `create`, as for the POST that kubectl falls back to."""
    upgraded = path.subresource in ("exec", "attach", "portforward") and "Upgrade" in request.headers
    return replace(path, verb="create") if upgraded else path


def _certificate(request: web.Request) -> tuple[Mapping[str, Any] | None, Mapping[str, str], bytes | None]:
    """Return the client's certificate, the headers, and the certificate's DER."""
    tls = request.transport.get_extra_info("ssl_object") if request.transport else None
    certificate = tls.getpeercert() if tls else None
    if not tls or not certificate:
        return None, request.headers, None
    return certificate, request.headers, tls.getpeercert(binary_form=True)
