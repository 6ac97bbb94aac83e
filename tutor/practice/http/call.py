"""One request for a resource, understood: what handlers work with."""

from __future__ import annotations

from dataclasses import dataclass, field

from aiohttp import web

from tutor.practice.api import causes, errors
from tutor.practice.api.deletion import Deletion
from tutor.practice.api.errors import Obj
from tutor.practice.api.kinds import Kind
from tutor.practice.api.request import User
from tutor.practice.http import bodies, options
from tutor.practice.http.answers import json_answer, shaped
from tutor.practice.http.parts import Parts
from tutor.practice.http.path import Path
from tutor.practice.http.versions import key
from tutor.practice.schema import decode
from tutor.practice.schema.definitions import Type

PROPAGATIONS = ("Foreground", "Background", "Orphan", "nil")


@dataclass
class Call:
    """A request, its path, the kind that it is about, and who sent it."""

    request: web.Request
    parts: Parts
    path: Path
    kind: Kind
    who: User
    warnings: list[str] = field(default_factory=list)

    @property
    def resource(self) -> str:
        """The key in the store."""
        return key(self.kind)

    @property
    def namespace(self) -> str:
        """The namespace of the path; empty for cluster-scoped kinds, and for lists across namespaces."""
        return self.path.namespace if self.kind.namespaced else ""

    @property
    def key(self) -> tuple[str, str]:
        """Namespace and name of the object that the path names."""
        return self.namespace, self.path.name

    @property
    def type(self) -> Type:
        """The schema of the kind. Raises ApiError (404) where there is none."""
        found = self.parts.schema.for_kind(self.kind.api_version, self.kind.kind)
        if found is None:
            raise errors.no_such_path()
        return found

    @property
    def manager(self) -> str:
        """The field manager: the one named, else the client's own name, as the API server derives it."""
        named = self.request.query.get("fieldManager", "")
        return named or self.request.headers.get("User-Agent", "unknown").partition("/")[0]

    def stored(self) -> Obj:
        """Return the object that the path names. Raises ApiError (404)."""
        return self.parts.api.get(self.resource, *self.key)

    async def body(self, default: Obj | None = None) -> Obj:
        """Return the body as an object of the kind, in the stored version."""
        obj = await bodies.parse(self.request, self.kind.kind, default=default)
        named = (obj.get("apiVersion") or "", obj.get("kind") or "")
        bodies.expect(obj, self.kind, known=self.parts.api.kinds.of(*named) is not None)
        obj |= {"apiVersion": self.kind.api_version, "kind": self.kind.kind}
        return self.inward(obj)

    def inward(self, obj: Obj, validation: str | None = None) -> Obj:
        """Return an object of the request, read strictly, in the stored version."""
        wanted = validation or bodies.validation_of(self.request)
        obj = bodies.strictly(obj, self.type, wanted, self.warnings)
        return self.parts.versions.inward(self.kind, obj)

    async def deletion(self) -> tuple[Deletion, bool]:
        """Return the options of a delete request, and whether it is a dry run."""
        body = await bodies.parse(self.request, "DeleteOptions", default={})
        query = self.request.query
        body = self._deletion_body(body)
        seconds = body.get("gracePeriodSeconds", options.number(query, "gracePeriodSeconds"))
        propagation = body.get("propagationPolicy") or query.get("propagationPolicy", "")
        if body.get("orphanDependents") is not None and propagation:
            why = "orphanDependents and deletionPropagation cannot be both set"
            raise _refused(causes.invalid("propagationPolicy", propagation, why))
        if body.get("orphanDependents") or query.get("orphanDependents") == "true":
            propagation = "Orphan"
        if propagation not in ("", "Foreground", "Background", "Orphan"):
            raise _refused(causes.not_supported("propagationPolicy", propagation, PROPAGATIONS))
        preconditions = body.get("preconditions") or {}
        deletion = Deletion(
            propagation=propagation,
            grace=seconds,
            uid=preconditions.get("uid") or "",
            resource_version=preconditions.get("resourceVersion") or "",
        )
        return deletion, bodies.dry_run(self.request, body)

    def _deletion_body(self, body: Obj) -> Obj:
        """Return DeleteOptions whose values are of the right types. Raises ApiError (400)."""
        kind = body.get("kind") or "DeleteOptions"
        if kind != "DeleteOptions":
            version = body.get("apiVersion") or "v1"
            raise errors.bad_request(
                f'no kind "{kind}" is registered for version "{version}" in scheme "pkg/runtime/scheme.go:111"'
            )
        try:
            return bodies.fitting(body, "v1", kind, self.parts.schema)
        except decode.DecodeError as error:
            raise errors.bad_request(error.detail) from error

    def answer(self, obj: Obj, code: int = 200) -> web.Response:
        """Return the response with an object from the store, in the version and shape that were asked for."""
        shown = self.parts.versions.outward(self.kind, obj)
        return json_answer(shaped(self.request, self.parts, self.kind, shown), code, self.warnings)


def _refused(cause: errors.Cause) -> errors.ApiError:
    return errors.invalid("DeleteOptions", "meta.k8s.io", "", [cause])
